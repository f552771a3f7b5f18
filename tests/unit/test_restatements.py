"""Records of restatement: applied to what was published, told in the footnote, refused where they do not fit (X-14)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from greenfin import restated as restated_tables
from greenfin.core.problems import Refused
from greenfin.core.records import Cell, How, PriorCell, Table, TableRow
from greenfin.ingest import read_restatements, restated, restatements_used
from greenfin.reference.load import load
from greenfin.reference.same_figures import same_figures

PRIOR = (PriorCell("T20", "diesel", "current", Fraction("12.5"), "t"), PriorCell("T02", "green_balance", "current", Fraction(30), "亿元"))


def written(path: Path, *rows: str, header: str = "单元格,原披露数,重述后,单位,原因,原方法,新方法") -> Path:
    path.write_text("\n".join(("2024年度重述记录", header, *rows)), "utf-8")
    return path


def test_a_record_changes_the_figure_and_says_so(tmp_path: Path) -> None:
    read = read_restatements(written(tmp_path / "r.csv", "T20!diesel.current,12.5,14,t,漏计,发票,台账"))
    found = restated(PRIOR, read.value)
    assert (*read.problems, *found.problems) == ()
    assert found.value[0].value == 14
    assert found.value[0].restated == "12.5 → 14 (+1.5); 漏计; 发票 → 台账"
    assert found.value[1] == PRIOR[1]


def test_another_unit_is_converted(tmp_path: Path) -> None:
    path = written(tmp_path / "r.csv", "T20!diesel.current,12500,13000,kg,omitted", header="Cell,Old,New,Unit,Reason")
    assert restated(PRIOR, read_restatements(path).value).value[0].value == 13


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("T20!diesel.current,12,14,t,x", "ingest.restatement_differs"),
        ("T20!petrol.current,12.5,14,t,x", "ingest.restatement_unpublished"),
        ("T20!diesel.current,12.5,14,kWh,x", "ingest.restatement_unpublished"),
        ("T20!diesel.current,12.5,14,t,", "ingest.restatement_incomplete"),
        ("T20!diesel.current,12.5,about,t,x", "ingest.restatement_incomplete"),
        ("diesel,12.5,14,t,x", "ingest.restatement_unpublished"),
    ],
)
def test_a_record_that_does_not_fit_is_an_error_and_not_used(tmp_path: Path, row: str, code: str) -> None:
    read = read_restatements(written(tmp_path / "r.csv", row))
    found = restated(PRIOR, read.value)
    assert [p.code for p in (*read.problems, *found.problems)] == [code]
    assert found.value == PRIOR


def test_another_layout_is_refused_and_says_what_was_recognised(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_restatements(written(tmp_path / "r.csv", "a,1,2", header="指标,原披露数,备注"))
    assert refused.value.problem.params["found"] == "old"
    assert "单元格" in str(refused.value.problem.params["missing"])


def test_one_record_changes_every_cell_that_prints_the_figure(tmp_path: Path) -> None:
    prior = (PriorCell("T01", "diesel", "current", Fraction(12500), "kg"), PRIOR[0])
    read = read_restatements(written(tmp_path / "r.csv", "T20!diesel.current,12.5,14,t,漏计"))
    found = restated(prior, read.value, same=same_figures(load().whole().templates))
    assert [cell.value for cell in found.value] == [14000, 14]
    assert found.problems == ()


def test_the_table_has_both_figures_of_both_years(tmp_path: Path) -> None:
    header = "单元格,原披露数,重述后,单位,原因,原方法,新方法,本年旧方法数,日期,批准人"
    path = written(tmp_path / "r.csv", "T20!diesel.current,12.5,14,,漏计,发票,台账,15,2026-03-02,办公室", header=header)
    records = read_restatements(path).value
    cell = Cell("T20!diesel.current", Fraction(16500), "kg", 0, How("sum"))
    tables = {"T20": Table("T20", "表", "Table", (), (TableRow("diesel", "柴油", "Diesel", "kg"),), {"diesel.current": cell})}
    (made,) = restated_tables.table_of(restatements_used(records, restated(PRIOR, records).value), tables)
    values = {c.id.partition(".")[2]: c.text or c.value for c in made.cells.values()}
    assert values.items() >= {"old": 12.5, "new": 14, "difference": 1.5, "current_old": 15, "current_new": 16.5}.items()
    assert values.items() >= {"on": "2026-03-02", "approved_by": "办公室", "new_method": "台账"}.items()
    assert (made.rows[0].zh, made.rows[0].unit) == ("T20 柴油", "t")


def test_a_large_figure_is_told_and_printed_as_it_was_given(tmp_path: Path) -> None:
    """More than ten digits: neither cut short nor in powers of ten, nor with decimals that nobody gave."""
    path = written(tmp_path / "r.csv", "T02!green_balance.current,123456789012.34,123456789012.35,亿元,漏计")
    prior = (PriorCell("T02", "green_balance", "current", Fraction("123456789012.34"), "亿元"),)
    records = read_restatements(path).value
    found = restated(prior, records)
    assert found.value[0].restated == "123,456,789,012.34 → 123,456,789,012.35 (+0.01); 漏计"
    (made,) = restated_tables.table_of(restatements_used(records, found.value), {})
    assert {cell.decimals for name, cell in made.cells.items() if cell.text is None} == {2}


def test_two_figures_restated_alike_keep_their_own_units(tmp_path: Path) -> None:
    prior = (PriorCell("T20", "diesel", "current", Fraction(12), "t"), PriorCell("T02", "green_balance", "current", Fraction(12), "亿元"))
    path = written(tmp_path / "r.csv", "T20!diesel.current,12,14,,漏计", "T02!green_balance.current,12,14,,漏计")
    records = read_restatements(path).value
    assert [one.unit for one in restatements_used(records, restated(prior, records).value)] == ["t", "亿元"]


def test_a_record_that_was_not_used_is_not_in_the_table(tmp_path: Path) -> None:
    records = read_restatements(written(tmp_path / "r.csv", "T20!diesel.current,12,14,t,x")).value
    assert restated_tables.table_of(restatements_used(records, restated(PRIOR, records).value), {}) == ()

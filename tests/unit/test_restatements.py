"""Records of restatement: applied to what was published, told in the footnote, refused where they do not fit (X-14)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from greenfin.core.problems import Refused
from greenfin.core.records import PriorCell
from greenfin.ingest import read_restatements, restated

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

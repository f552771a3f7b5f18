"""The register of published figures: read, held against itself and against last year's figures (X-14)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from greenfin.core.problems import Problem, Refused, Severity
from greenfin.core.records import PriorCell
from greenfin.ingest.earlier import read_earlier
from greenfin.ingest.register import contradictions, differing, read_register
from greenfin.ingest.restatements import Restatement
from greenfin.reference.load import load
from greenfin.reference.same_figures import columns_before

HEADER = "单元格,期间,披露数,单位,披露场合,文件,日期,口径"
RECORD = Restatement("T20!diesel.current", Fraction("12.5"), Fraction(14), "t", "x")
SAME = {"T01!diesel.current": "T20!diesel.current"}


def written(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join((header, *rows)), "utf-8")
    return path


def of_prior(entries: Path, *, value: str = "12.5", unit: str = "t", why: str = "", records: tuple[Restatement, ...] = ()) -> list[Problem]:
    prior = (PriorCell("T01", "diesel", "current", Fraction(value), unit, restated=why, source_cell="prior!B2"),)
    return list(differing(prior, read_register(entries).value, records, same=SAME, as_of=date(2025, 12, 31)))


@pytest.mark.parametrize("header", [HEADER, "Cell,Period,Value,Unit,Where,Document,Date,Perimeter"])
def test_a_register_is_read(tmp_path: Path, header: str) -> None:
    row = 'T20!diesel.current,2024年末,"1,012.50",吨,report,环境报告,2025-04-30,境内'
    (entry,) = read_register(written(tmp_path / "r.csv", row, header=header)).value
    assert (entry.period, entry.value, entry.decimals, entry.unit, entry.kind) == ("2024", Fraction("1012.5"), 2, "吨", "report")
    assert (entry.document, entry.on, entry.perimeter) == ("环境报告", "2025-04-30", "境内")


def test_another_layout_is_refused_and_a_bad_row_left_out(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_register(written(tmp_path / "r.csv", "a,1,2", header="指标,期间,备注"))
    assert (refused.value.problem.code, refused.value.problem.params["found"]) == ("ingest.register_unknown", "period")
    read = read_register(written(tmp_path / "s.csv", "T20!a.b,2024,about,t,,,,", "T20!a.b,2024,1,t,elsewhere,,,", "a,2024,1,t,,,,"))
    assert read.value == ()
    assert [p.code for p in read.problems] == ["ingest.register_row"] * 3


def test_two_values_of_a_figure_need_a_record(tmp_path: Path) -> None:
    rows = ("T20!diesel.current,2024,12.5,t,report,A,,", "T01!diesel.current,2024,14000,kg,rating,B,,")
    entries = read_register(written(tmp_path / "r.csv", *rows)).value
    (problem,) = contradictions(entries, (), same=SAME)
    assert problem.code == "ingest.register_differs"
    assert ("A" in str(problem.params["first"]), "B" in str(problem.params["second"])) == (True, True)
    assert not list(contradictions(entries, (RECORD,), same=SAME))


@pytest.mark.parametrize("other", ["2023,14,t,,,,", "2024,14,t,,,,集团", "2024,12500,kg,,,,", "2024,13,t,,,,"])
def test_another_period_perimeter_unit_or_rounding_is_no_contradiction(tmp_path: Path, other: str) -> None:
    path = written(tmp_path / "r.csv", "T20!diesel.current,2024,12.5,t,,,,", f"T20!diesel.current,{other}")
    assert not list(contradictions(read_register(path).value, (), same=SAME))


def test_last_years_figure_that_is_not_the_published_one_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path / "r.csv", "T20!diesel.current,2024-12-31,12.5,t,report,A,2025-04-30,")
    assert of_prior(path) == of_prior(path, value="12500", unit="kg") == of_prior(path, value="14", records=(RECORD,)) == []
    (problem,) = of_prior(path, value="14")
    assert (problem.code, problem.severity, problem.where) == ("ingest.prior_unrecorded", Severity.ERROR, "prior!B2")
    assert [p.severity for p in of_prior(path, value="14", why="漏计")] == [Severity.WARNING]


def test_what_last_year_printed_of_the_year_before_is_no_figure_of_last_year(tmp_path: Path) -> None:
    prior = tmp_path / "prior.csv"
    prior.write_text("表号,行,列,数值,单位\nT20,diesel,current,12.5,t\nT20,diesel,prior,9.0,t\n", "utf-8")
    register = written(tmp_path / "r.csv", "T20!diesel.current,2024,12.5,t,,,,", "T20!diesel.prior,2024,12.5,t,,,,")
    before = columns_before(load().templates)
    assert ("T20", "prior") in before
    assert ("T20", "current") not in before

    def told(**more: Any) -> list[tuple[str, Any]]:
        found = read_earlier(prior, None, register, same=SAME, as_of=date(2025, 12, 31), **more)
        assert len(found.value.prior) == 2
        return [(p.code, p.params["cell"]) for p in found.problems]

    assert told(before=before) == []
    assert told() == [("ingest.prior_unrecorded", "T20!diesel.prior")]

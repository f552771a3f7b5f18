"""What stands around the tables: what is said of problems, factors, methods and columns without data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pyarrow as pa
import pytest
from aggregate_bank import STRICT, WORKING, bank, loan, measurement, part, tag

from greenfin.aggregate import Facts
from greenfin.core.problems import Problem, error, info, warning
from greenfin.core.records import Bank, Cell, How, Table, TableColumn, TableRow
from greenfin.disclose import factor_lines, front_of
from greenfin.disclose.counted import method_lines
from greenfin.disclose.front import Front, ProblemCount
from greenfin.disclose.pdf_parts import status
from greenfin.disclose.printed import unit_text, without_empty
from greenfin.reference.load import load

KEY = "grid.avg@CN-SC@2023@mee"
OTHER = "grid.avg@CN-NM@2023@mee"
FOUND: tuple[Problem, ...] = (
    error("ingest.duplicate_unequal", "b.xlsx!A!A5", key="0101033333", columns="contract_no", first="b.xlsx!A!A4"),
    warning("ingest.project_missing", "b.xlsx!A!W126"),
    info("tag.bank_flag_differs", "b.xlsx!A!A7", flag=True, decision="green"),
    info("tag.bank_flag_differs", "b.xlsx!A!A8", flag=True, decision="green"),
)


def facts(**more: object) -> Facts:
    made = bank(
        loans=[loan("L1", 500, project_id="P1"), loan("L2", 500, project_id="P2")],
        tags=[tag("L1", "green", "4.2.1", approved=True), tag("L2", "green", "4.2.1")],
        parts=[part("L1", "P1", "co2", 5, "gCO2"), part("L2", "P2", "co2", 5, "gCO2")],
        measurements=[
            {
                **measurement("P1", "co2", 9, "gCO2"),
                "factors": _factor(KEY),
                "method": "CBRC-PWR",
                "conventions": '{"co2": "national_average"}',
            },
            {**measurement("P2", "co2", 9, "gCO2"), "factors": _factor(OTHER), "method": "CBRC-PWR", "conventions": '{"co2": "by_tce"}'},
        ],
        emissions=[],
        **more,
    )
    return replace(made, reference=load())


def _factor(key: str, found: str = "exact") -> str:
    return f'[{{"slot": "co2_rate", "key": "{key}", "found": "{found}"}}]'


def front(of: Facts) -> Front:
    return front_of(of, bank=Bank("某行", "A Bank"), run_id="r", edition="green-finance-2025", problems=FOUND)


def test_remarks_are_counted_and_not_listed() -> None:
    made = front(facts(policy=WORKING))
    assert [p.code for p in made.problems] == ["ingest.duplicate_unequal", "ingest.project_missing"]
    assert any("2" in line and "problems.csv" in line for line in made.data_note_zh)


def test_a_report_for_publication_names_no_receipt_and_no_cell() -> None:
    draft = replace(WORKING, watermark_zh="草稿", watermark_en="draft")
    assert any("0101033333" in p.zh for p in front(facts(policy=draft)).problems)
    for problem in front(facts(policy=STRICT)).problems:
        assert "0101033333" not in problem.zh + problem.en
        assert "b.xlsx" not in problem.zh + problem.en


@pytest.mark.parametrize(("policy", "keys"), [(STRICT, {KEY}), (WORKING, {KEY, OTHER})])
def test_the_appendix_holds_the_factors_of_what_is_counted(policy: object, keys: set[str]) -> None:
    assert {line.key for line in factor_lines(facts(policy=policy))} == keys


def test_a_factor_that_the_policy_refuses_is_not_in_the_appendix() -> None:
    of = facts(policy=STRICT)
    column = pa.array([_factor(KEY, "unverified"), _factor(OTHER)])
    refused = of.measurements.set_column(of.measurements.column_names.index("factors"), "factors", column)
    assert factor_lines(replace(of, measurements=refused)) == ()


def test_methods_say_the_conventions_that_were_chosen() -> None:
    (zh, share), (en, _) = method_lines(facts(policy=STRICT))
    assert "CBRC-PWR" in zh
    assert "全国电网平均排放因子" in zh
    assert "national grid average" in en
    assert "from the standard coal saved" not in en
    assert "期末贷款余额" in share
    (_, average), _ = method_lines(replace(facts(policy=STRICT), numerator="monthly_average"))
    assert "月均贷款余额" in average


def test_a_report_with_errors_in_its_data_is_not_called_fit() -> None:
    clean = Front("行", "Bank", "报告", "Report", date(2025, 12, 31))
    assert status(clean, "en") == "fit for publication"
    (wrong,) = [p for p in front(facts(policy=STRICT)).problems if p.severity.value == "error"]
    assert status(replace(clean, problems=(wrong,)), "en").startswith("1 error in")
    assert isinstance(wrong, ProblemCount)


def test_columns_without_any_figure_are_left_out_and_named() -> None:
    columns = tuple(TableColumn(name, name, name, kind) for name, kind in (("label", "label"), ("a", "value"), ("b", "value")))
    rows = (TableRow("r", "行", "row", ""),)
    cells = {"r.a": Cell("T!r.a", Fraction(0), "t", 0, How("sum")), "r.b": Cell("T!r.b", None, "t", 0, How("missing"))}
    table = Table("T", "表", "table", columns, rows, cells)
    shown, left = without_empty(table)
    assert [c.id for c in shown.columns] == ["label", "a"]
    assert [c.id for c in left] == ["b"]
    bare = replace(table, cells={"r.b": cells["r.b"]})
    assert without_empty(bare) == (bare, ())


def test_units_under_a_stroke_are_singular() -> None:
    assert (unit_text("千瓦时/人", "en"), unit_text("人", "en"), unit_text("千瓦时/人", "zh")) == ("kWh/person", "persons", "千瓦时/人")


def test_a_report_names_only_what_its_tables_rest_on() -> None:
    from greenfin import disclose, example, pipeline
    from greenfin.reference.load import load

    inputs = pipeline.read(example.files(), as_of=example.AS_OF, reference=load())
    options = pipeline.Options(policy="working", templates=("T20", "T21"))
    result = pipeline.compute(inputs, options, reference=load())
    tables = list(result.tables.values())
    keys = {line.key.split("@")[0] for line in disclose.factor_lines(result.facts, tables)}
    assert "grid.avg" in keys
    assert "coal.net" not in keys
    assert "coal.net" in {line.key.split("@")[0] for line in disclose.factor_lines(result.facts)}
    front = disclose.front_of(result.facts, bank=Bank(), run_id="r", edition=result.edition, problems=(), tables=tables)
    assert front.methods_zh == ()
    assert load().templates["T16"].basis_zh not in front.basis_zh
    assert load().templates["T21"].basis_zh in front.basis_zh

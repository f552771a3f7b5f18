"""Tables from sums: exact cells, kinds of change, last year's figures, missing values, footnotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest
from aggregate_bank import EDITION, LOANS, OPERATIONS, PARTS, STRICT, TAGS, bank, loan, measurement, operation, part, tag

from greenfin.aggregate import Facts, aggregate
from greenfin.core.problems import Outcome, Refused
from greenfin.core.records import Cell, PriorCell, Table
from greenfin.disclose import build, check
from greenfin.reference.load import Reference, load


@cache
def reference() -> Reference:
    return load()


def built(facts: Facts | None = None, prior: Sequence[PriorCell] = (), templates: Sequence[str] = ()) -> Outcome[tuple[Table, ...]]:
    facts = facts or bank()
    return build(
        reference(),
        aggregate(replace(facts, reference=facts.reference or reference())).value,
        templates=templates or tuple(reference().templates),
        prior=prior,
        policy=facts.policy,
        as_of=facts.book.as_of,
        edition=EDITION,
        facts=facts,
    )


def cell(name: str, made: Outcome[tuple[Table, ...]]) -> Cell:
    return {c.id: c for t in made.value for c in t.cells.values()}[name]


def notes(name: str, made: Outcome[tuple[Table, ...]]) -> str:
    table = next(t for t in made.value if t.id == name.partition("!")[0])
    return " ".join(n for n in table.notes_zh if n.split(" ")[0] in cell(name, made).marks)


def prior(address: str, value: Fraction | int, unit: str, edition: str = EDITION, restated: str = "") -> PriorCell:
    table, _, rest = address.partition("!")
    row, _, column = rest.rpartition(".")
    return PriorCell(table, row, column, Fraction(value), unit, edition, restated, f"prior.xlsx!{table}!C4")


def codes(made: Outcome[tuple[Table, ...]]) -> set[str]:
    return {p.code for p in made.problems}


def test_amounts_and_shares_are_exact() -> None:
    made = built()
    assert cell("T02!green_balance.current", made).value == Fraction(425_000_000_01, 10**10)
    assert cell("T02!green_share.current", made).value == Fraction(425_000_000_01, 1_000_000_007_77) * 100
    assert cell("T02!green_rate.current", made).value == Fraction(1_725_000_000_050_000, 425_000_000_01) / 10**4
    assert cell("T16!total.co2", made).value == Fraction(10_000_000_001, 10**6)


def test_headline_cells_are_references() -> None:
    made = built()
    for name, target in (
        ("co2_reduction", "T16!total.co2"),
        ("green_share", "T02!green_share.current"),
        ("ghg_total", "T21!total.current"),
    ):
        head = cell(f"T01!{name}.current", made)
        assert (head.how.op, head.how.args) == ("ref", (target,))
        assert (head.value, head.unit) == (cell(target, made).value, cell(target, made).unit)


def test_amounts_change_in_per_cent_and_shares_in_points() -> None:
    made = built(prior=[prior("T02!green_balance.current", 2, "亿元"), prior("T02!green_share.current", Fraction(532, 20), "percent")])
    growth, points = cell("T02!green_balance.change", made), cell("T02!green_share.change", made)
    assert (growth.how.op, growth.unit) == ("growth", "percent")
    assert growth.value == (Fraction(425_000_000_01, 10**10) / 2 - 1) * 100
    assert (points.how.op, points.unit) == ("points", "pp")
    assert points.value == Fraction(425_000_000_01, 1_000_000_007_77) * 100 - Fraction(532, 20)


def test_published_change_is_reproduced() -> None:
    """成都银行 2022 环境信息披露报告 表5: 263.10 against 107.34 is +145.11 %, 5.00 % against 2.66 % is 2.34 points."""
    from greenfin.core.money import round_half_up
    from greenfin.core.records import How
    from greenfin.disclose.making import compute

    def one(value: str, unit: str) -> Cell:
        return Cell("x", Fraction(value), unit, 2, How("sum"))

    assert str(round_half_up(compute("growth", one("263.10", "亿元"), one("107.34", "亿元"), "percent")[0] or Fraction(0), 2)) == "145.11"
    assert str(round_half_up(compute("points", one("5.00", "percent"), one("2.66", "percent"), "pp")[0] or Fraction(0), 2)) == "2.34"
    assert compute("growth", one("1", "亿元"), one("5000", "万元"), "percent")[0] == 100


def test_prior_is_taken_in_the_tables_unit_from_where_it_was_published() -> None:
    made = built(prior=[prior("T01!co2_reduction.current", Fraction(1, 2), "万tCO2"), prior("T03!4.balance", 15_000, "万元")])
    assert cell("T16!total.co2", made).how.op == "total"
    taken = cell("T01!co2_reduction.prior", made)
    assert (taken.value, taken.how.op, taken.how.source) == (5000, "prior", "prior.xlsx!T01!C4")
    assert cell("T03!4.prior_balance", made).value == Fraction(3, 2)


def test_a_figure_published_in_one_table_serves_the_other() -> None:
    made = built(prior=[prior("T01!green_balance.current", 2, "亿元")])
    assert cell("T02!green_balance.prior", made).value == 2
    made = built(prior=[prior("T02!green_balance.current", 2, "亿元")])
    assert cell("T01!green_balance.prior", made).value == 2


def test_two_places_that_published_different_figures_are_told() -> None:
    made = built(prior=[prior("T01!green_balance.current", 3, "亿元"), prior("T02!green_balance.current", 2, "亿元")])
    assert "disclose.prior_differs" in codes(made)


def test_prior_of_another_edition_is_left_out_unless_restated() -> None:
    old = prior("T02!green_balance.current", 2, "亿元", "green-industry-2019")
    made = built(prior=[old])
    assert cell("T02!green_balance.prior", made).value is None
    assert cell("T02!green_balance.prior", made).how.reason == "prior_edition"
    assert cell("T02!green_balance.change", made).value is None
    assert "disclose.prior_edition" in codes(made)
    restated = built(prior=[replace(old, restated="目录由2019版改为2025版")])
    assert cell("T02!green_balance.prior", restated).value == 2
    assert "目录由2019版改为2025版" in notes("T02!green_balance.prior", restated)


def test_prior_of_a_class_of_another_edition_is_left_out_restated_or_not() -> None:
    old = replace(prior("T03!4.balance", 2, "亿元", "green-industry-2019"), restated="目录由2019版改为2025版")
    made = built(prior=[old])
    assert cell("T03!4.prior_balance", made).value is None
    assert cell("T03!4.prior_balance", made).how.reason == "prior_edition"
    assert "disclose.prior_edition" in codes(made)


def test_prior_without_an_edition_is_marked_and_one_that_needs_none_is_not() -> None:
    made = built(prior=[prior("T02!green_balance.current", 2, "亿元", ""), prior("T20!electricity.current", 2, "万kWh", "")])
    assert notes("T02!green_balance.prior", made)
    assert cell("T20!electricity.prior", made).value == 20_000
    assert not cell("T20!electricity.prior", made).marks
    assert [p.code for p in made.problems].count("disclose.prior_edition_unknown") == 1


def test_prior_in_another_dimension_is_refused() -> None:
    made = built(prior=[prior("T02!green_balance.current", 2, "tCO2")])
    assert cell("T02!green_balance.prior", made).value is None
    assert "disclose.prior_unit" in codes(made)


def test_prior_at_an_unknown_place_is_told() -> None:
    assert "disclose.prior_unused" in codes(built(prior=[prior("T02!green_loan.current", 2, "亿元")]))


def test_no_growth_on_nothing() -> None:
    made = built(prior=[prior("T02!green_balance.current", 0, "亿元")])
    assert cell("T02!green_balance.change", made).value is None
    assert cell("T02!green_balance.change", made).how.reason == "zero_base"


def test_missing_is_not_zero_and_an_empty_class_is() -> None:
    made = built()
    assert cell("T20!paper.current", made).value is None
    assert cell("T16!5.co2", made).value is None
    assert cell("T01!water_saved.current", made).value is None
    assert cell("T03!5.balance", made).value == 0
    assert cell("T02!green_balance.prior", made).value is None


def test_parts_are_the_whole() -> None:
    tables = {t.id: t for t in built().value}
    for table, column in (("T03", "balance"), ("T03", "count"), ("T16", "tce"), ("T16", "covered"), ("T17", "co2")):
        cells = [(r.kind, tables[table].cell(r.id, column)) for r in tables[table].rows]
        parts = [c.value for kind, c in cells if kind == "row" and c is not None and c.value is not None]
        (total,) = [c for kind, c in cells if kind == "total" and c is not None]
        assert sum(parts, Fraction(0)) == total.value


def test_the_shares_of_all_classes_are_one_hundred() -> None:
    made = built()
    table = next(t for t in made.value if t.id == "T03")
    shares = [c.value for r in table.rows if r.kind == "row" and (c := table.cell(r.id, "share")) and c.value is not None]
    assert sum(shares, Fraction(0)) == 100


def test_a_clean_book_breaks_no_rule() -> None:
    made = built()
    assert not [p for p in made.problems if "rule" in p.code]
    assert check(made.value) == ()


def test_a_green_loan_without_a_class_breaks_x_02() -> None:
    made = built(bank(tags=[*TAGS[:2], tag("L3", "green", None), *TAGS[3:]]))
    broken = [p for p in made.problems if p.code == "disclose.rule_broken"]
    assert {p.params["rule"] for p in broken} >= {"X-02", "V-SUM"}


def test_an_improbable_ratio_is_doubted() -> None:
    rows = [measurement("P1", "tce", 1000, "gce"), measurement("P1", "co2", 9000, "gCO2")]
    parts = [part("L1", "P1", "tce", 1000, "gce"), part("L1", "P1", "co2", 9000, "gCO2")]
    made = built(bank(measurements=rows, parts=parts))
    (doubted,) = [p for p in made.problems if p.code == "disclose.rule_doubtful"]
    assert (doubted.params["rule"], doubted.params["found"]) == ("V-BAND", "9.000")


def test_energy_without_emissions_is_told() -> None:
    made = built(bank(operations=[*OPERATIONS, operation("diesel", 5, "L")]))
    assert [p.where for p in made.problems if p.params.get("rule") == "X-09"] == ["T21!scope1_diesel.current"]


def test_an_altered_cell_is_found() -> None:
    made = built()
    (table,) = [t for t in made.value if t.id == "T02"]
    bad = replace(table.cells["green_share.current"], value=Fraction(99))
    altered = replace(table, cells={**table.cells, "green_share.current": bad})
    found = check([altered, *(t for t in made.value if t.id != "T02")])
    assert {p.where for p in found} == {"T02!green_share.current", "T01!green_share.current"}


def test_projects_beyond_the_limit_stand_in_one_row() -> None:
    many = [loan(f"L{at}", 1000 + at, project_id=f"P{at}") for at in range(40)]
    tags = [tag(f"L{at}", "green", "4.1.2") for at in range(40)]
    rows = [measurement(f"P{at}", "co2", 100, "gCO2") for at in range(40)]
    parts = [part(f"L{at}", f"P{at}", "co2", at, "gCO2") for at in range(40)]
    made = built(bank(loans=many, tags=tags, measurements=rows, parts=parts))
    assert cell("T17!other.co2", made).value == Fraction(sum(range(10)), 10**6)
    assert cell("T17!total.co2", made).value == cell("T16!total.co2", made).value == Fraction(sum(range(40)), 10**6)
    assert cell("T17!total.count", made).value == 40
    assert not [p for p in made.problems if "rule" in p.code and p.params["rule"] != "V-BAND"]


def test_unverified_factor_is_a_footnote_under_working() -> None:
    assert "尚未与原始文件核对" in notes("T16!total.cod", built())
    assert "较早年份" in notes("T01!co2_reduction.current", built())


def test_uncovered_balance_is_a_footnote() -> None:
    made = built(bank(parts=PARTS[:4]))
    assert "0.25" in notes("T16!total.coverage", made)


def test_strict_blanks_and_marks_a_total_that_would_have_a_hole() -> None:
    from aggregate_bank import emission

    made = built(bank(policy=STRICT, emissions=[emission("electricity", "2_location", 10, "unverified"), emission("gasoline", "1", 5)]))
    assert cell("T21!scope2_electricity.current", made).value is None
    assert cell("T21!total.current", made).value is None
    assert cell("T21!scope1.current", made).value == Fraction(5, 10**6)
    assert "未获本口径允许" in notes("T21!scope2_electricity.current", made)


def test_water_in_cubic_metres_is_stated_in_tonnes_with_a_note() -> None:
    made = built()
    assert cell("T20!water.current", made).value == 50
    assert "每立方米1吨" in notes("T20!water.current", made)
    assert cell("T20!water.per_head", made).unit == "吨/人"


def test_a_quantity_in_another_dimension_is_left_out() -> None:
    made = built(bank(operations=[operation("electricity", 5, "t")]))
    assert cell("T20!electricity.current", made).value is None
    assert "disclose.unit_differs" in codes(made)


def test_splitting_a_loan_changes_no_cell_but_the_count_of_loans() -> None:
    first, rest = LOANS[0], LOANS[1:]
    halves = [{**first, "loan_id": "La", "balance_fen": 1}, {**first, "loan_id": "Lb", "balance_fen": 300_000_000_00 - 1}]
    tags = [tag("La", "green", "4.1.2", approved=True), tag("Lb", "green", "4.1.2", approved=True), *TAGS[1:]]
    parts = [{**p, "loan_id": "Lb"} if p["loan_id"] == "L1" else p for p in PARTS]
    parts += [part("La", "P1", "tce", 0, "gce"), part("La", "P1", "co2", 0, "gCO2")]
    before, after = built(), built(bank(loans=[*halves, *rest], tags=tags, parts=parts))
    was = {c.id: c.value for t in before.value for c in t.cells.values()}
    now = {c.id: c.value for t in after.value for c in t.cells.values()}
    changed = {name for name in was if was[name] != now[name]}
    assert changed >= {"T02!green_loans.current", "T03!4.count", "T03!total.count"}
    assert not {name for name in changed if not name.endswith(".count")} - {"T02!green_loans.current"}


def test_one_table_alone_still_rests_on_the_others() -> None:
    made = built(templates=["T01"])
    assert [t.id for t in made.value] == ["T01"]
    assert cell("T01!co2_reduction.current", made).value is not None


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(Refused):
        built(templates=["T99"])

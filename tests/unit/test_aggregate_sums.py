"""Sums: exact, complete, and after the policy."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
from aggregate_bank import LOANS, PARTS, STRICT, TAGS, WORKING, bank, emission, loan, measurement, operation, part, tag

from greenfin.aggregate import Facts, aggregate, customer_sums, outcomes, rows_summed, without_customers
from greenfin.aggregate.outcomes import part_of
from greenfin.core.problems import Problem
from greenfin.core.records import Sum


def sums(facts: Facts) -> dict[str, Sum]:
    return dict(aggregate(facts).value)


def value(facts: Facts, key: str) -> int | None:
    return sums(facts)[key].value


def codes(facts: Facts) -> list[str]:
    return [p.code for p in aggregate(facts).problems]


def test_book_is_green_and_not_green_and_review_and_rejected_to_the_fen() -> None:
    found = sums(bank())
    parts = [found[f"{n}_balance"].value or 0 for n in ("green", "not_green", "review", "rejected")]
    assert found["book_balance"].value == sum(parts) == 1_000_000_007_77
    assert parts == [425_000_000_01, 425_000_000_00, 149_999_999_99, 7_77]
    assert "aggregate.identity_broken" not in codes(bank())


def test_green_amount_is_balance_times_share_rounded_half_up_and_the_rest_is_not_green() -> None:
    facts = bank(
        loans=[loan("L1", 101), loan("L2", 99)], tags=[tag("L1", "green", "4.1.2", share_ppm=500_000), tag("L2", "green", "4.1.2")]
    )
    rows = outcomes(facts)
    assert rows["green_fen"].to_pylist() == [51, 99]
    assert rows["not_green_fen"].to_pylist() == [50, 0]


def test_a_share_of_a_very_large_balance_does_not_overflow() -> None:
    import numpy as np

    balance = np.array([9_000_000_000_000_000_000], dtype=np.int64)
    assert part_of(balance, np.array([333_333])).tolist() == [(9_000_000_000_000_000_000 * 333_333 + 500_000) // 1_000_000]


def test_weighted_rate_is_exact_above_64_bits() -> None:
    facts = bank(loans=[loan("L1", 5 * 10**15, rate_ppm=43_500), loan("L2", 5 * 10**15, rate_ppm=240_000)],
                 tags=[tag("L1", "green", "1.1.1"), tag("L2", "green", "1.1.1")])  # fmt: skip
    assert value(facts, "green_rate_weight") == 5 * 10**15 * 283_500


def test_strict_counts_an_unapproved_green_tag_as_review_and_drops_its_benefit() -> None:
    strict = sums(bank(policy=STRICT))
    assert strict["green_balance"].value == 400_000_000_00
    assert strict["review_balance"].value == 149_999_999_99 + 50_000_000_01
    assert "benefit|output=cod" not in strict
    assert sums(bank())["benefit|output=cod"].value == 10_000_000


def test_strict_leaves_out_a_benefit_on_an_unverified_factor_and_says_which() -> None:
    tags = [*TAGS[:2], tag("L3", "green", "3.2.1", approved=True), *TAGS[3:]]
    made = aggregate(bank(policy=STRICT, tags=tags))
    assert "benefit|output=cod" not in made.value
    assert made.value["covered_balance"].value == 400_000_000_00
    (refused,) = [p for p in made.problems if p.code == "aggregate.benefit_refused"]
    assert refused.params["output"] == "cod"
    assert refused.params["factors"] == "grid@CN"
    assert refused.where == "P2"


def test_working_keeps_an_unverified_figure_and_marks_it() -> None:
    assert sums(bank())["benefit|output=cod"].marks == ("unverified",)
    assert sums(bank())["benefit|output=co2"].marks == ("parent_region", "earlier_year")


def test_a_user_factor_is_refused_by_strict_and_marked_by_working() -> None:
    rows = [measurement("P1", "co2", 20, "gCO2", "user")]
    own = [part("L1", "P1", "co2", 10, "gCO2")]
    assert sums(bank(measurements=rows, parts=own))["benefit|output=co2"].marks == ("user",)
    assert "benefit|output=co2" not in sums(bank(measurements=rows, parts=own, policy=STRICT))


def test_parts_by_class_are_the_whole() -> None:
    found = sums(bank())
    for name in ("green_balance", "green_count", "covered_balance"):
        by_class = [s.value or 0 for s in found.values() if s.name == name and set(s.keys) == {"class1"}]
        assert sum(by_class) == found[name].value


def test_splitting_a_loan_changes_no_total() -> None:
    before = sums(bank())
    halves = [
        loan("L1a", 100_000_000_01, project_id="P1", customer_no="C1"),
        loan("L1b", 199_999_999_99, project_id="P1", customer_no="C1"),
    ]
    tags = [tag("L1a", "green", "4.1.2", approved=True), tag("L1b", "green", "4.1.2", approved=True), *TAGS[1:]]
    parts = [part("L1a", "P1", "tce", 1_000_000_001, "gce"), part("L1b", "P1", "tce", 1_999_999_999, "gce"),
             part("L1a", "P1", "co2", 2_500_000_000, "gCO2"), part("L1b", "P1", "co2", 5_000_000_000, "gCO2"),
             *(p for p in PARTS if p["loan_id"] != "L1")]  # fmt: skip
    after = sums(bank(loans=[*halves, *LOANS[1:]], tags=tags, parts=parts))
    counts = {key for key in before if key.split("_")[-1].startswith("count")}
    assert {k: s.value for k, s in after.items() if k not in counts} == {k: s.value for k, s in before.items() if k not in counts}
    assert after["green_count"].value == 4


def test_one_customer_with_loans_of_two_classes_counts_once_in_the_whole() -> None:
    loans = [loan("L1", 100, customer_no="C"), loan("L2", 100, customer_no="C")]
    found = sums(bank(loans=loans, tags=[tag("L1", "green", "1.1.1"), tag("L2", "green", "2.1.1")]))
    assert found["green_customers"].value == 1
    assert found["green_customers|class1=1"].value == found["green_customers|class1=2"].value == 1


def test_an_untagged_loan_and_a_green_tag_without_a_share_wait_for_review() -> None:
    facts = bank(loans=[loan("L1", 100), loan("L2", 100)], tags=[tag("L1", "green", "1.1.1", share_ppm=None)], rejected=[])
    assert outcomes(facts)["outcome"].to_pylist() == ["review", "review"]
    assert {"aggregate.loan_untagged", "aggregate.share_unusable"} <= set(codes(facts))


def test_two_tags_of_a_loan_do_not_count_it_twice() -> None:
    facts = bank(tags=[*TAGS, tag("L1", "green", "1.1.1")])
    assert value(facts, "green_balance") == value(bank(), "green_balance")
    assert "aggregate.tag_twice" in codes(facts)


def test_a_loan_without_a_balance_is_in_no_total_and_is_listed() -> None:
    facts = bank(loans=[*LOANS, loan("L6", None)], tags=[*TAGS, tag("L6", "green", "1.1.1")])
    assert value(facts, "green_balance") == value(bank(), "green_balance")
    assert "aggregate.balance_missing" in codes(facts)


def test_missing_classes_of_five_are_said_and_all_missing_is_not_zero() -> None:
    some = [loan("L1", 100, class5=None), loan("L2", 100, class5="loss")]
    tags = [tag("L1", "green", "1.1.1"), tag("L2", "green", "1.1.1")]
    assert value(bank(loans=some, tags=tags), "green_npl_balance") == 100
    assert "aggregate.class5_missing" in codes(bank(loans=some, tags=tags))
    none = [loan("L1", 100, class5=None), loan("L2", 100, class5=None)]
    assert value(bank(loans=none, tags=tags), "green_npl_balance") is None


def test_mixed_editions_are_an_error() -> None:
    assert "aggregate.editions_mixed" in codes(bank(tags=[*TAGS[:4], tag("L5", "review", edition="green-industry-2019")]))


def test_operations_are_summed_in_one_unit_for_the_year_alone() -> None:
    assert value(bank(), "operations|item=electricity") == 21_234_500 * 3600  # 21,234.5 kWh in joules
    assert sums(bank())["operations|item=electricity"].unit == "J"


def test_staff_is_the_mean_of_the_months_of_each_site() -> None:
    assert value(bank(), "operations|item=staff") == 108_500  # (100 + 103) / 2 + 7, in thousandths of a person


def test_units_that_cannot_be_brought_together_leave_the_item_out() -> None:
    facts = bank(operations=[operation("water", 5, "m3"), operation("water", 5, "t", 2)])
    assert value(facts, "operations|item=water") is None
    assert "aggregate.units_mixed" in codes(facts)


def test_an_unknown_unit_is_a_problem_and_no_figure() -> None:
    facts = bank(operations=[operation("paper", 5, "捆")])
    assert value(facts, "operations|item=paper") is None
    assert "aggregate.units_mixed" in codes(facts)


def test_a_hole_in_the_emissions_leaves_the_scope_out() -> None:
    facts = bank(
        emissions=[
            emission("electricity", "2_location", 10),
            emission("electricity", "2_location", None, month=2),
            emission("gasoline", "1", 5),
        ]
    )
    found = sums(facts)
    assert found["emissions|scope=2_location"].value is None
    assert found["emissions|scope=1"].value == 5
    assert "aggregate.emission_missing" in codes(facts)


def test_strict_leaves_an_emission_on_an_unverified_factor_out() -> None:
    rows = [emission("electricity", "2_location", 10, "unverified"), emission("gasoline", "1", 5)]
    assert sums(bank(emissions=rows, policy=STRICT))["emissions|scope=2_location"].value is None
    assert sums(bank(emissions=rows))["emissions|scope=2_location"].value == 10
    assert "aggregate.emission_refused" in codes(bank(emissions=rows, policy=STRICT))


def test_a_book_without_loans_has_no_figure_that_passes_for_zero() -> None:
    found = sums(bank(loans=[], tags=[], parts=[], measurements=[], emissions=[], rejected=[]))
    loans = ("book", "loans", "green", "not_green", "review", "covered", "measured")
    assert {key: one.value for key, one in found.items() if key.startswith(loans) and one.value is not None} == {}
    assert not [key for key in found if key.startswith(("benefit", "emissions"))]


def test_a_book_of_rejected_rows_alone_has_their_balance_and_loans_without_green_ones_a_green_zero() -> None:
    alone = sums(bank(loans=[], tags=[], parts=[], measurements=[]))
    assert alone["book_balance"].value == alone["rejected_balance"].value
    assert alone["green_balance"].value is None
    plain = sums(bank(loans=[loan("L1", 500)], tags=[tag("L1", "not_green")], parts=[], measurements=[]))
    assert (plain["green_balance"].value, plain["green_count"].value, plain["measured_projects"].value) == (0, 0, 0)


def test_what_waits_for_approval_under_strict_is_said_and_marked() -> None:
    loans, tags = [loan("L1", 500), loan("L2", 700)], [tag("L1", "green", "1.1.1"), tag("L2", "green", "1.1.1", approved=True)]
    found = aggregate(bank(loans=loans, tags=tags, parts=[], measurements=[], policy=STRICT))
    assert found.value["green_balance"].value == 700
    assert found.value["green_balance"].marks == ("unapproved",)
    (said,) = [p for p in found.problems if p.code == "aggregate.green_unapproved"]
    assert (said.params["n"], said.params["balance"]) == (1, "5.00")
    under_working = aggregate(bank(loans=loans, tags=tags, parts=[], measurements=[], policy=WORKING))
    assert under_working.value["green_balance"].marks == ()
    assert "aggregate.green_unapproved" not in {p.code for p in under_working.problems}


def test_problems_hold_no_borrower() -> None:
    loans = [loan("L1", None, customer_name="某某公司"), loan("L2", 5, customer_name="某某公司")]
    problems: tuple[Problem, ...] = aggregate(bank(loans=loans, tags=[tag("L1", "green", "1.1.1")])).problems
    assert problems
    assert "某某公司" not in repr(problems)


def test_missing_months_of_a_site_mark_the_total_and_a_yearly_reading_does_not() -> None:
    months = [operation("electricity", 5, "kWh", month) for month in range(1, 12)]
    assert sums(bank(operations=months))["operations|item=electricity"].marks == ("months_missing",)
    whole = [*months, operation("electricity", 5, "kWh", 12), operation("electricity", 60, "kWh", 12, site="支行")]
    assert sums(bank(operations=whole))["operations|item=electricity"].marks == ()
    rows = [emission("gasoline", "1", 5, month=month) for month in range(1, 12)]
    assert "months_missing" in sums(bank(emissions=rows))["emissions|scope=1"].marks


def test_what_was_used_and_could_not_be_counted_leaves_its_scope_out() -> None:
    """A total of the other items would pass for the whole; those stand as they are, and so do other scopes."""
    rows = [emission("gasoline", "1", 5), emission("electricity", "2_location", 7)]
    found = sums(replace(bank(emissions=rows), uncounted=(("diesel", "1"),)))
    for key in ("emissions|scope=1", "emissions|item=diesel,scope=1"):
        assert (found[key].value, found[key].marks) == (None, ("incomplete",))
    assert found["emissions|item=gasoline,scope=1"].value == 5
    assert found["emissions|scope=2_location"].value == 7
    assert found["sized_emissions|item=staff"].value is None
    partly = sums(replace(bank(emissions=rows), uncounted=(("gasoline", "1"),)))  # counted at some sites only
    assert (partly["emissions|item=gasoline,scope=1"].value, partly["emissions|scope=1"].value) == (None, None)
    doubted = sums(replace(bank(emissions=rows[:1]), uncounted=(("electricity", "2_location"),), doubted=frozenset(("electricity",))))
    assert doubted["emissions|scope=2_location"].marks == ("in_doubt",)


def test_the_documents_of_bills_are_those_of_the_reporting_year() -> None:
    bills = [operation("electricity", 5, "kWh", year=year) | {"document": f"{year}-{no}"} for year in (2023, 2024, 2025) for no in (1, 2)]
    found = sums(bank(operations=bills))["used_evidence|part=resources"]
    assert found.value == 2
    plain = [operation("electricity", 5, "kWh", year=year) for year in (2024, 2025)]
    assert sums(bank(operations=plain))["used_records|part=resources"].value == 1


def test_the_identity_holds_above_64_bits() -> None:
    loans, tags = [loan(name, 5 * 10**18) for name in "ab"], [tag(name, "not_green") for name in "ab"]
    found = aggregate(bank(loans=loans, tags=tags, parts=(), measurements=(), rejected=()))
    assert found.value["book_balance"].value == 10**19
    assert "aggregate.identity_broken" not in {p.code for p in found.problems}


def test_a_bill_of_a_quarter_fills_its_own_months_and_no_others() -> None:
    """Three months by themselves and one quarter are half a year, whatever the other bills cover."""
    quarter = operation("electricity", 5, "kWh", 4) | {"months": 3}
    bills = [*(operation("electricity", 5, "kWh", month) for month in (1, 2, 3)), quarter]
    assert sums(bank(operations=bills))["operations|item=electricity"].marks == ("months_missing",)
    whole = [*bills, *(operation("electricity", 5, "kWh", month) | {"months": 3} for month in (7, 10))]
    assert sums(bank(operations=whole))["operations|item=electricity"].marks == ()


def test_a_quantity_that_is_not_stated_is_not_nothing() -> None:
    """Neither in a sum of nothing else, nor in the mean of a site's months."""
    bare = sums(bank(operations=[{**operation("electricity", 0, "kWh"), "quantity": None}]))["operations|item=electricity"]
    assert (bare.value, bare.marks) == (None, ("incomplete",))
    heads = [operation("staff", 100, "person"), {**operation("staff", 0, "person", 2), "quantity": None}]
    assert sums(bank(operations=heads))["operations|item=staff"].value == 100_000
    assert sums(bank(operations=heads[1:]))["operations|item=staff"].value is None


def test_the_order_of_the_tags_changes_no_sum_and_a_tag_too_many_counts_for_nothing() -> None:
    whole = bank()
    ids = whole.book.loans["loan_id"].to_pylist()
    in_order = whole.tags.take([whole.tags["loan_id"].to_pylist().index(each) for each in ids])
    kept = aggregate(replace(whole, tags=in_order)).value
    for tags in (in_order.take(list(reversed(range(len(in_order))))), pa.concat_tables([in_order, in_order.slice(0, 1)])):
        found = aggregate(replace(whole, tags=tags)).value
        assert {key: replace(one, marks=()) for key, one in found.items()} == {key: replace(one, marks=()) for key, one in kept.items()}


def test_facts_that_are_changed_are_summed_anew() -> None:
    whole = bank()
    before = value(whole, "loans_balance")
    fewer = replace(whole, book=replace(whole.book, loans=whole.book.loans.slice(1)))
    assert value(fewer, "loans_balance") != before
    assert value(whole, "loans_balance") == before


def test_customers_alone_and_all_but_customers_are_every_sum_of_the_loans() -> None:
    whole = bank()
    every = sums(whole)
    without = aggregate(whole, what=without_customers).value
    alone = {one.key: one for one in customer_sums(rows_summed(whole), whole)}
    assert dict(without) | alone == every
    assert not set(without) & set(alone)
    assert alone

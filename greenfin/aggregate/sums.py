"""All declared sums of a run, and the identity of the book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.benefits import benefit_sums
from greenfin.aggregate.bonds import bond_sums
from greenfin.aggregate.classes import branch_problems, class_problems
from greenfin.aggregate.exposed import financed_sums
from greenfin.aggregate.facts import Facts, cuts_of
from greenfin.aggregate.grouping import Measure, summed
from greenfin.aggregate.keyed import KEYS, keyed
from greenfin.aggregate.listed import listed_sums
from greenfin.aggregate.methods_used import used_sums
from greenfin.aggregate.operating import emission_sums, operation_sums
from greenfin.aggregate.outcomes import outcomes_with_problems, waiting
from greenfin.aggregate.registers import stated_sums
from greenfin.aggregate.risks import risk_sums
from greenfin.aggregate.unsaid import unsaid_sums
from greenfin.core.problems import Outcome, Problem, error, warning
from greenfin.core.records import Sum, sum_key
from greenfin.reference.asked import Cut

Asked = Mapping[str, Sequence[Cut]]
CUSTOMERS = "_customers"
NON_PERFORMING = ("substandard", "doubtful", "loss")
# The columns that sums are made of: a row also holds long texts, which every filter would copy.
_SUMMED = ["loan_id", "customer_no", "balance_fen", "green_fen", "not_green_fen", "review_fen", "rate_ppm", "class5"]
_SUMMED += ["class1", "class2", "code", "section", "project", "decision", "outcome", "approved"]
_WAITED_FOR = ("green_balance", "green_count", "green_customers")
_CUTS: tuple[Cut, ...] = ((), ("class1",), ("class2",), ("code",), ("section",), ("project",), ("code", "project"))
_WHOLE: tuple[Cut, ...] = ((),)
_BY_CLASS: tuple[Cut, ...] = ((), ("class1",))


def aggregate(facts: Facts) -> Outcome[Mapping[str, Sum]]:
    """Every sum by its key (``green_balance``, ``benefit|class1=4,output=co2``), exact integers in the unit each names.

    A figure that the policy refuses is left out and listed. A sum of which nothing is known is absent, or there with the value None;
    an amount that is known to be nothing is 0. The identity book = green + not green + review + rejected is checked to the fen.
    """
    made = outcomes_with_problems(facts)
    asked = cuts_of(facts)
    rows = keyed(made.value.append_column("project", made.value["project_id"]), _keys(asked), facts)
    loans = _summed(rows, asked)
    benefits = benefit_sums(facts, loans, asked)
    operations = operation_sums(facts)
    emissions = emission_sums(facts)
    exposed = financed_sums(facts)
    risks, stated, lists = risk_sums(facts, loans), stated_sums(facts), listed_sums(facts.bank, facts.answers)
    found = [*_loan_sums(loans, facts, asked), *_rejected(facts), *benefits.value, *operations.value, *emissions.value, *exposed.value]
    bonds, untold = bond_sums(facts), unsaid_sums(loans, facts, asked)
    found += [*risks.value, *stated.value, *lists.value, *bonds.value]
    sums = {one.key: one for one in (*untold, *found)}
    sums |= {one.key: one for one in used_sums(facts, sums)}
    sums["book_balance"] = book_of(sums)
    problems = (
        *made.problems,
        *class_problems(rows, facts),
        *branch_problems(facts),
        *_gaps(loans),
        *benefits.problems,
        *operations.problems,
        *emissions.problems,
        *exposed.problems,
    )
    return Outcome(sums, (*problems, *risks.problems, *stated.problems, *lists.problems, *bonds.problems, *_identity(facts, sums)))


def _keys(asked: Asked) -> set[str]:
    return {key for cuts in asked.values() for cut in cuts for key in cut}


def _summed(rows: pa.Table, asked: Asked) -> pa.Table:
    """The columns that sums are made of, what is grouped by as numbers of words."""
    keys = sorted(_keys(asked) & set(KEYS))
    return _encoded(rows.select([*_SUMMED, *keys]), keys)


def rows_summed(facts: Facts) -> pa.Table:
    """The loans with the columns that sums of loans are made of: outcomes, amounts and the keys that tables ask for, as texts."""
    asked = cuts_of(facts)
    rows = outcomes_with_problems(facts).value
    rows = keyed(rows.append_column("project", rows["project_id"]), _keys(asked), facts)
    return rows.select([*_SUMMED, *sorted(_keys(asked) & set(KEYS))])


def customer_sums(rows: pa.Table, facts: Facts) -> tuple[Sum, ...]:
    """The numbers of customers alone, of rows of :func:`rows_summed` that hold all loans of each of their customers."""
    asked = cuts_of(facts)
    keys = sorted(_keys(asked) & set(KEYS))
    mine = {name: cuts for name, cuts in asked.items() if name.endswith(CUSTOMERS)}
    return tuple(one for one in _loan_sums(_encoded(rows, keys), facts, mine) if one.name.endswith(CUSTOMERS))


def _encoded(loans: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The loans with what they are grouped by as numbers of words: rows are chosen and grouped faster."""
    for key in keys:
        loans = loans.set_column(loans.column_names.index(key), key, loans[key].dictionary_encode())
    return loans


def _cuts(asked: Asked, name: str, always: Sequence[Cut] = _WHOLE) -> tuple[Cut, ...]:
    """The cuts of a sum: those always made, then those that the tables ask for."""
    return tuple(dict.fromkeys((*always, *asked.get(name, ()))))


def _loan_sums(loans: pa.Table, facts: Facts, asked: Asked) -> Iterator[Sum]:
    """Sums over the loans; of a book without any loan nothing is known, which is not zero."""
    nothing = 0 if len(loans) else None
    sections = (*_WHOLE, ("section",))
    yield from _three(loans, "loans", "balance_fen", nothing, {name: _cuts(asked, name, sections) for name in _named("loans")})
    if "loans_npl_balance" in asked:
        yield from _bad(loans, ("loans_npl_balance", "balance_fen"), asked["loans_npl_balance"], nothing=nothing)
    for outcome in ("not_green", "review"):
        column = f"{outcome}_fen"
        chosen = loans.filter(pc.not_equal(pc.fill_null(loans[column], 0), 0))
        yield from _three(chosen, outcome, column, nothing, {name: _cuts(asked, name) for name in _named(outcome)[:2]})
    green = _green(loans.filter(pc.not_equal(pc.fill_null(loans["green_fen"], 0), 0)), nothing, asked)
    marks = ("unapproved",) if pc.any(waiting(loans, facts)).as_py() else ()
    yield from (replace(one, marks=marks) if one.name in _WAITED_FOR and not one.keys else one for one in green)


def _named(kind: str) -> tuple[str, str, str]:
    return f"{kind}_balance", f"{kind}_count", f"{kind}{CUSTOMERS}"


def _three(rows: pa.Table, kind: str, column: str, nothing: int | None, cuts: Mapping[str, Sequence[Cut]]) -> Iterator[Sum]:
    """Balance, number of loans and of customers, each by its cuts (none: not made); loans that are settled count in neither number."""
    balance, count, customers = _named(kind)
    owes = pc.not_equal(pc.fill_null(rows[column], 0), 0)
    owed = rows if pc.all(owes, min_count=0).as_py() else rows.filter(owes)
    measures = (
        (rows, _money(balance, column)),
        (owed, Measure(count, "loan_id", "count", "loans", "count")),
        (owed, Measure(customers, "customer_no", "count", "loans", "distinct")),
    )
    for chosen, measure in measures:
        yield from summed(chosen, measure, cuts.get(measure.name, ()), nothing=nothing)


def _green(green: pa.Table, nothing: int | None, asked: Asked) -> Iterator[Sum]:
    """Sums over loans with a green amount; ``nothing`` is what no such loan means."""
    always = dict(zip(_named("green"), (_CUTS, _BY_CLASS, _BY_CLASS), strict=True))
    yield from _three(green, "green", "green_fen", nothing, {name: _cuts(asked, name, cuts) for name, cuts in always.items()})
    yield from _rate(green, nothing)
    cuts = _cuts(asked, "green_npl_balance", _BY_CLASS)
    yield from _bad(green, ("green_npl_balance", "green_fen"), cuts, nothing=nothing)


def _bad(rows: pa.Table, measure: tuple[str, str], cuts: Sequence[Cut], *, nothing: int | None) -> Iterator[Sum]:
    """What of the rows is non-performing; where none of them is classified nothing is known."""
    classed = rows.filter(pc.is_valid(rows["class5"]))
    bad = classed.filter(pc.is_in(classed["class5"], value_set=pa.array(NON_PERFORMING)))
    yield from summed(bad, _money(*measure), cuts, nothing=nothing if len(classed) or not len(rows) else None)


def _money(name: str, column: str) -> Measure:
    return Measure(name, column, "fen", "loans")


def _rate(green: pa.Table, nothing: int | None) -> Iterator[Sum]:
    """Rate times balance, and the balance that has a rate: their quotient is the weighted rate. Exact above 64 bits too."""
    rated = green.filter(pc.is_valid(green["rate_ppm"]))
    yield from summed(rated, _money("green_rated_balance", "green_fen"), ((),), nothing=nothing)
    by_rate = rated.group_by(["rate_ppm"], use_threads=False).aggregate([("green_fen", "sum")])
    pairs = zip(by_rate["rate_ppm"].to_pylist(), by_rate["green_fen_sum"].to_pylist(), strict=True)
    weight = sum(rate * fen for rate, fen in pairs) if len(rated) else None
    yield Sum("green_rate_weight", {}, weight, "ppm*fen", len(rated), "loans", "rate_ppm")


def _rejected(facts: Facts) -> Iterator[Sum]:
    rejected = facts.book.rejected
    loans = rejected.filter(pc.equal(rejected["table"], "loans"))
    yield from summed(loans, Measure("rejected_balance", "balance_fen", "fen", "rejected"), ((),))
    yield from summed(loans, Measure("rejected_count", "source_row", "count", "rejected", "count"), ((),))


def book_of(sums: Mapping[str, Sum]) -> Sum:
    """The whole book: loans that could be read, and rejected rows whose balance could; nothing is known of a book without rows."""
    loans, rejected = sums["loans_balance"], sums["rejected_balance"]
    known = loans.value is not None or (loans.rows == 0 and rejected.rows > 0)
    value = (loans.value or 0) + (rejected.value or 0)
    return replace(loans, name="book_balance", value=value if known else None, rows=loans.rows + rejected.rows)


def _identity(facts: Facts, sums: Mapping[str, Sum]) -> tuple[Problem, ...]:
    parts = {n: sums[sum_key(f"{n}_balance")].value or 0 for n in ("green", "not_green", "review", "rejected")}
    rejected = facts.book.rejected.filter(pc.equal(facts.book.rejected["table"], "loans"))
    columns = (facts.book.loans["balance_fen"], rejected["balance_fen"])
    book = sum(int(np.sum(pc.fill_null(c, 0).to_numpy(), dtype=np.int64)) for c in columns)
    if book == sum(parts.values()):
        return ()
    return (error("aggregate.identity_broken", "", book=book, parts=sum(parts.values()), difference=book - sum(parts.values())),)


def _gaps(loans: pa.Table) -> tuple[Problem, ...]:
    """Green loans without what some figure needs."""
    green = loans.filter(pc.not_equal(pc.fill_null(loans["green_fen"], 0), 0))
    missing = {name: green[name].null_count for name in ("customer_no", "rate_ppm", "class5")}
    found = (
        warning("aggregate.customer_missing", "", n=missing["customer_no"]),
        warning("aggregate.rate_missing", "", n=missing["rate_ppm"]),
        warning("aggregate.class5_missing", "", n=missing["class5"]),
    )
    return tuple(problem for problem in found if problem.params["n"])

"""All declared sums of a run, and the identity of the book."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.benefits import benefit_sums
from greenfin.aggregate.bonds import bond_sums
from greenfin.aggregate.classes import branch_problems, class_problems
from greenfin.aggregate.coded import Coded, Flags, flags_of, integers, totals
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
What = Callable[[Asked], Asked]
CUSTOMERS = "_customers"
_BAD_LOANS, _BAD_GREEN = "loans_npl_balance", "green_npl_balance"
NON_PERFORMING = ("substandard", "doubtful", "loss")
# The columns that sums are made of: a row also holds long texts, which every filter would copy.
_SUMMED = ["loan_id", "customer_no", "balance_fen", "green_fen", "not_green_fen", "review_fen", "rate_ppm", "class5"]
_SUMMED += ["class1", "class2", "code", "section", "project", "decision", "outcome", "approved"]
_WAITED_FOR = ("green_balance", "green_count", "green_customers")
_CUTS: tuple[Cut, ...] = ((), ("class1",), ("class2",), ("code",), ("section",), ("project",), ("code", "project"))
_WHOLE: tuple[Cut, ...] = ((),)
_BY_CLASS: tuple[Cut, ...] = ((), ("class1",))


def everything(cuts: Asked) -> Asked:
    """All cuts of all sums."""
    return cuts


def _customers_alone(cuts: Asked) -> Asked:
    return {name: each for name, each in cuts.items() if name.endswith(CUSTOMERS)}


def without_customers(cuts: Asked) -> Asked:
    """All but the numbers of customers, which do not add up over shards."""
    return {name: each for name, each in cuts.items() if not name.endswith(CUSTOMERS)}


def aggregate(facts: Facts, *, what: What = everything) -> Outcome[Mapping[str, Sum]]:
    """Every sum by its key (``green_balance``, ``benefit|class1=4,output=co2``), exact integers in the unit each names.

    ``what`` chooses among the sums over loans (:func:`without_customers`).
    A figure that the policy refuses is left out and listed. A sum of which nothing is known is absent, or there with the value None;
    an amount that is known to be nothing is 0. The identity book = green + not green + review + rejected is checked to the fen.
    """
    made = outcomes_with_problems(facts)
    asked = cuts_of(facts)
    rows = _rows(facts)
    loans = _summed(rows, asked)
    benefits = benefit_sums(facts, loans, asked)
    operations = operation_sums(facts)
    emissions = emission_sums(facts)
    exposed = financed_sums(facts)
    risks, stated, lists = risk_sums(facts, loans), stated_sums(facts), listed_sums(facts.bank, facts.answers)
    found = [
        *_loan_sums(loans, facts, asked, what=what),
        *_rejected(facts),
        *benefits.value,
        *operations.value,
        *emissions.value,
        *exposed.value,
    ]
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


def _rows(facts: Facts) -> pa.Table:
    """The outcomes with every key that tables ask for."""
    rows = outcomes_with_problems(facts).value
    return facts.once("rows", lambda: keyed(rows.append_column("project", rows["project_id"]), _keys(cuts_of(facts)), facts))


def _keys(asked: Asked) -> set[str]:
    return {key for cuts in asked.values() for cut in cuts for key in cut}


def _summed(rows: pa.Table, asked: Asked) -> pa.Table:
    """The columns that sums are made of, what is grouped by as numbers of words."""
    keys = sorted(_keys(asked) & set(KEYS))
    return _encoded(rows.select([*_SUMMED, *keys]), keys)


def rows_summed(facts: Facts) -> pa.Table:
    """The loans with the columns that sums of loans are made of: outcomes, amounts and the keys that tables ask for, as texts."""
    asked = cuts_of(facts)
    return _rows(facts).select([*_SUMMED, *sorted(_keys(asked) & set(KEYS))])


def customer_sums(rows: pa.Table, facts: Facts) -> tuple[Sum, ...]:
    """The numbers of customers alone, of rows of :func:`rows_summed` that hold all loans of each of their customers."""
    asked = cuts_of(facts)
    keys = sorted(_keys(asked) & set(KEYS))
    return tuple(_loan_sums(_encoded(rows, keys), facts, asked, what=_customers_alone))


def _encoded(loans: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The loans with what they are grouped by as numbers of words: rows are chosen and grouped faster."""
    for key in keys:
        loans = loans.set_column(loans.column_names.index(key), key, loans[key].dictionary_encode())
    return loans


def _cuts(asked: Asked, name: str, always: Sequence[Cut] = _WHOLE) -> tuple[Cut, ...]:
    """The cuts of a sum: those always made, then those that the tables ask for."""
    return tuple(dict.fromkeys((*always, *asked.get(name, ()))))


def _loan_sums(loans: pa.Table, facts: Facts, asked: Asked, *, what: What = everything) -> Iterator[Sum]:
    """Sums over the loans; of a book without any loan nothing is known, which is not zero."""
    nothing, rows = 0 if len(loans) else None, Coded(loans)
    sections = (*_WHOLE, ("section",))
    yield from _three(rows, "loans", "balance_fen", nothing, what({name: _cuts(asked, name, sections) for name in _named("loans")}))
    if cuts := what({_BAD_LOANS: asked[_BAD_LOANS]} if _BAD_LOANS in asked else {}):
        yield from _bad(rows, (_BAD_LOANS, "balance_fen"), cuts[_BAD_LOANS], nothing=nothing)
    for outcome in ("not_green", "review"):
        column, names = f"{outcome}_fen", _named(outcome)[:2]
        if cuts := what({name: _cuts(asked, name) for name in names}):
            yield from _three(rows.chosen(_is_some(rows, column)), outcome, column, nothing, cuts)
    green = _green(rows.chosen(_is_some(rows, "green_fen")), nothing, asked, what=what)
    marks = ("unapproved",) if pc.any(waiting(loans, facts)).as_py() else ()
    yield from (replace(one, marks=marks) if one.name in _WAITED_FOR and not one.keys else one for one in green)


def _is_some(rows: Coded, column: str) -> Flags:
    """Where an amount is there and not nothing."""
    return np.asarray(integers(rows.column(column))[0] != 0, dtype=np.bool_)


def _named(kind: str) -> tuple[str, str, str]:
    return f"{kind}_balance", f"{kind}_count", f"{kind}{CUSTOMERS}"


def _three(rows: Coded, kind: str, column: str, nothing: int | None, cuts: Mapping[str, Sequence[Cut]]) -> Iterator[Sum]:
    """Balance, number of loans and of customers, each by its cuts (none: not made); loans that are settled count in neither number."""
    balance, count, customers = _named(kind)
    owed = rows.chosen(_is_some(rows, column))
    measures = (
        (rows, _money(balance, column)),
        (owed, Measure(count, "loan_id", "count", "loans", "count")),
        (owed, Measure(customers, "customer_no", "count", "loans", "distinct")),
    )
    for chosen, measure in measures:
        yield from summed(chosen, measure, cuts.get(measure.name, ()), nothing=nothing)


def _green(green: Coded, nothing: int | None, asked: Asked, *, what: What) -> Iterator[Sum]:
    """Sums over loans with a green amount; ``nothing`` is what no such loan means."""
    always = dict(zip(_named("green"), (_CUTS, _BY_CLASS, _BY_CLASS), strict=True))
    yield from _three(green, "green", "green_fen", nothing, what({name: _cuts(asked, name, cuts) for name, cuts in always.items()}))
    if cuts := what({_BAD_GREEN: _cuts(asked, _BAD_GREEN, _BY_CLASS)}):
        yield from _rate(green, nothing)
        yield from _bad(green, (_BAD_GREEN, "green_fen"), cuts[_BAD_GREEN], nothing=nothing)


def _bad(rows: Coded, measure: tuple[str, str], cuts: Sequence[Cut], *, nothing: int | None) -> Iterator[Sum]:
    """What of the rows is non-performing; where none of them is classified nothing is known."""
    codes = rows.codes("class5")
    places = [place for place, name in enumerate(codes.values.to_pylist()) if name in NON_PERFORMING]
    known = nothing if (codes.at >= 0).any() or not len(rows) else None
    yield from summed(rows.chosen(np.isin(codes.at, places)), _money(*measure), cuts, nothing=known)


def _money(name: str, column: str) -> Measure:
    return Measure(name, column, "fen", "loans")


def _rate(green: Coded, nothing: int | None) -> Iterator[Sum]:
    """Rate times balance, and the balance that has a rate: their quotient is the weighted rate. Exact above 64 bits too."""
    rated = green.chosen(flags_of(pc.is_valid(green.column("rate_ppm"))))
    yield from summed(rated, _money("green_rated_balance", "green_fen"), ((),), nothing=nothing)
    rates = rated.codes("rate_ppm")
    fen = totals(integers(rated.column("green_fen"))[0], rates.at, len(rates.values))
    weight = sum(rate * total for rate, total in zip(rates.values.to_pylist(), fen, strict=True)) if len(rated) else None
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
    columns = (integers(table["balance_fen"])[0] for table in (facts.book.loans, rejected))
    book = sum(totals(column, np.zeros(len(column), dtype=np.int32), 1)[0] for column in columns)
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

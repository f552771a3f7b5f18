"""Sums under the edition of a regulator's form: by entry of its catalogue, an upper entry with all that stands below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.benefits import benefit_sums
from greenfin.aggregate.crossed import ALL_GASES, benefits_agree
from greenfin.aggregate.drawn import events_of
from greenfin.aggregate.facility import EDITION as FACILITY
from greenfin.aggregate.facility import facility_sums
from greenfin.aggregate.facts import Facts
from greenfin.aggregate.grouping import Measure, plus, summed
from greenfin.aggregate.outcomes import outcomes_with_problems, waiting
from greenfin.aggregate.proceeds import EDITION as BONDS
from greenfin.aggregate.proceeds import proceeds_of, proceeds_sums
from greenfin.aggregate.registers import register_sums
from greenfin.core.problems import Outcome
from greenfin.core.records import Book, Sum
from greenfin.reference.catalogue import Catalogue

CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")
PLEDGED = ("carbon_pledged", "other_pledged")
# Editions of statements that are about some loans only, with what makes their sums.
STATEMENTS: Mapping[str, Callable[[Facts], Outcome[tuple[Sum, ...]]]] = {FACILITY: facility_sums, BONDS: proceeds_sums}
_CO2, _CO2E = "co2", "co2e"
_NAMES = {"benefit": "form_benefit"}  # names of their own where the tables' own sums have the same
_COLUMNS = ["loan_id", "customer_no", "balance_fen", "green_fen", "class5", "class1", "class2", "code", "project", "env_rights"]
_COLUMNS += ["decision", "outcome", "approved"]


def loans_stated(book: Book, edition: str) -> pa.Array:
    """The ids of the loans that a statement is about: of the facility, or funded by a bond."""
    if edition == FACILITY:
        events = events_of(book)
        return pc.unique(events.filter(events["is_facility"])["loan_id"])
    return pc.unique(proceeds_of(book, {}).moves["loan_id"])


def form_sums(facts: Facts, edition: str) -> Outcome[tuple[Sum, ...]]:
    """Every sum of a form, each with the key ``edition``: balances by class of quality, benefits, and the registers beside the loans.

    ``facts`` hold the tags of that edition alone (:func:`in_all_gases`). A sum by ``entry`` is over the entry and all below it, so that
    a loan counts in every line above its own. Balances in fen; what the book does not hold at all is absent or None.
    """
    made = outcomes_with_problems(facts)
    loans = made.value.append_column("project", made.value["project_id"]).select(_COLUMNS)
    benefits = benefit_sums(facts, loans, {})
    registers = register_sums(facts, edition)
    base = [*_balances(loans, facts), *_rights(loans), *benefits.value, *registers.value]
    catalogue = facts.reference.catalogues[edition] if facts.reference else None
    whole = (*base, *(by_entry(base, catalogue) if catalogue else ()))
    problems = (*made.problems, *benefits.problems, *registers.problems)
    named = (replace(one, name=_NAMES.get(one.name, one.name), keys={**one.keys, "edition": edition}) for one in whole)
    return Outcome(tuple(named), problems)


def with_forms(known: Outcome[Mapping[str, Sum]], forms: Mapping[str, Facts], main: Facts) -> Outcome[Mapping[str, Sum]]:
    """The sums with those of each form by its edition, and where the benefits of one project are not the same in both."""
    sums, problems = dict(known.value), list(known.problems)
    for edition, facts in forms.items():
        made = STATEMENTS[edition](facts) if edition in STATEMENTS else form_sums(facts, edition)
        sums |= {one.key: one for one in made.value}
        problems += [problem for problem in made.problems if problem not in problems]
        problems += () if edition in STATEMENTS else benefits_agree(main, facts)
    return Outcome(sums, tuple(problems))


def _balances(loans: pa.Table, facts: Facts) -> Iterator[Sum]:
    """Green balances, in all and by class of quality; marked where loans wait for the approval that the policy asks for."""
    nothing = 0 if len(loans) else None
    marks = ("unapproved",) if pc.any(waiting(loans, facts)).as_py() else ()
    green = loans.filter(pc.not_equal(pc.fill_null(loans["green_fen"], 0), 0))
    whole = Measure("form_balance", "green_fen", "fen", "loans")
    yield from (replace(one, marks=marks) for one in summed(green, whole, ((), ("code",)), nothing=nothing))
    for name in CLASSES:
        chosen = green.filter(pc.fill_null(pc.equal(green["class5"], name), False))
        measure = Measure("form_balance", "green_fen", "fen", "loans", keys={"class5": name})
        yield from (replace(one, marks=marks) for one in summed(chosen, measure, ((), ("code",)), nothing=nothing))


def _rights(loans: pa.Table) -> Iterator[Sum]:
    """Loans secured by environment rights, with their whole balance; where the book does not say, nothing is known of them."""
    for rights in PLEDGED:
        chosen = loans.filter(pc.fill_null(pc.equal(loans["env_rights"], rights), False))
        known = loans["env_rights"].null_count < len(loans)
        for keys in ({"rights": rights}, *({"rights": rights, "class5": name} for name in CLASSES)):
            rows = chosen.filter(pc.fill_null(pc.equal(chosen["class5"], keys["class5"]), False)) if "class5" in keys else chosen
            measure = Measure("form_balance", "balance_fen", "fen", "loans", keys=keys)
            yield from summed(rows, measure, ((),), nothing=0 if known else None)


def by_entry(sums: Iterable[Sum], catalogue: Catalogue) -> Iterator[Sum]:
    """The sums by code rolled up: one by ``entry`` for the code and for each entry above it."""
    found: dict[str, Sum] = {}
    for one in sums:
        code = one.keys.get("code", "")
        rest = {key: value for key, value in one.keys.items() if key != "code"}
        for entry in (code, *catalogue.ancestors(code)) if code in catalogue.entries and "project" not in rest else ():
            made = replace(one, keys={**rest, "entry": entry})
            found[made.key] = plus(found[made.key], made) if made.key in found else made
    yield from found.values()


def in_all_gases(facts: Facts) -> Facts:
    """The facts with one output more, :data:`ALL_GASES`: CO2 equivalent where a project has it, else carbon dioxide as such (at its
    warming potential of one, by definition)."""
    more = pc.unique(facts.measurements.filter(pc.equal(facts.measurements["output"], _CO2E))["project_id"])
    return replace(
        facts,
        measurements=pa.concat_tables([facts.measurements, _as_gases(facts.measurements, more)]),
        parts=pa.concat_tables([facts.parts, _as_gases(facts.parts, more)]),
    )


def _as_gases(table: pa.Table, more: pa.Array) -> pa.Table:
    inside = pc.is_in(table["project_id"], value_set=more.combine_chunks() if isinstance(more, pa.ChunkedArray) else more)
    chosen = table.filter(pc.or_(pc.equal(table["output"], _CO2E), pc.and_(pc.equal(table["output"], _CO2), pc.invert(inside))))
    for name, value in (("output", ALL_GASES), ("unit", "gCO2e")):
        chosen = chosen.set_column(chosen.column_names.index(name), name, pa.array([value] * len(chosen), pa.string()))
    return chosen


def gas_of(measurements: pa.Table, project: str) -> str:
    """The output that stands for all gases of a project."""
    mine = measurements.filter(pc.equal(measurements["project_id"], project))
    return _CO2E if _CO2E in pc.unique(mine["output"]).to_pylist() else _CO2


def of_edition(sums: Iterable[Sum], edition: str) -> dict[str, Sum]:
    """The sums of an edition as those of a run under it alone would be called."""
    names = {new: old for old, new in _NAMES.items()}
    mine = (one for one in sums if one.keys.get("edition") == edition)
    bare = (replace(one, name=names.get(one.name, one.name), keys={k: v for k, v in one.keys.items() if k != "edition"}) for one in mine)
    return {one.key: one for one in bare}

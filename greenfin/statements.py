"""Facts under editions other than that of the tables: of forms about whole books, and of statements about some loans only.

Statements are those of the carbon-reduction facility and of loans that a green bond funds: their loans alone are tagged under the
statement's edition, and their projects measured, approved or not: the bank has used the facility or the bond for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc

from greenfin import aggregate, attribute, financed, measure, tag
from greenfin.aggregate.bridge import Bridge, bridge
from greenfin.core.columns import empty, schema
from greenfin.core.money import round_half_up
from greenfin.core.problems import Outcome
from greenfin.core.records import Book
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio, parse_unit
from greenfin.reference.load import Reference
from greenfin.reference.policies import Policy
from greenfin.tag.model import Model

FINANCED_TABLES = frozenset(("T23", "T24", "T25", "T26", "T27", "T28"))
STATED = "stated"  # the method of a result that the bank states
_SMALL = {"co2": "gCO2", "co2e": "gCO2e"}
_NOT_GREEN = "not_green"
_YEARLY = "/a"


def published_of(tags: pa.Table, edition: str) -> pa.Table:
    """The one tag of each loan under an edition: what tables of that edition rest on."""
    return tags.filter(pc.equal(tags["edition"], edition))


def counted_of(tags: pa.Table, policy: Policy) -> pa.Table:
    """The tags whose loans may claim a project's result: under a policy that needs approval, the approved ones only."""
    return tags.filter(pc.fill_null(tags["approved"], False)) if policy.needs_approval else tags


def form_facts(
    facts: aggregate.Facts, tags: pa.Table, *, edition: str, conventions: Mapping[str, str], factor_set: str | None
) -> Outcome[aggregate.Facts]:
    """The facts under the edition of a form: its tags; a project has the benefit that it has elsewhere, or else that of its class here."""
    if facts.reference is None:
        return Outcome(facts)
    published = published_of(tags, edition)
    counted = counted_of(published, facts.policy)
    loans = facts.book.loans
    done = loans.filter(pc.is_in(loans["project_id"], value_set=pc.unique(facts.measurements["project_id"])))["loan_id"]
    left = counted.filter(pc.invert(pc.is_in(counted["loan_id"], value_set=done.combine_chunks())))
    more = _measured(facts.book, left, facts.reference, conventions=conventions, factor_set=factor_set)
    measured = pa.concat_tables([facts.measurements, more.value])
    parts = attribute.attribute(facts.book, counted, measured, numerator=facts.numerator)
    made = replace(facts, tags=published, measurements=measured, parts=parts.value)
    return Outcome(aggregate.in_all_gases(made), (*more.problems, *parts.problems))


def statement(
    facts: aggregate.Facts,
    *,
    edition: str,
    conventions: Mapping[str, str],
    factor_set: str | None,
    decisions: pa.Table,
    model: Model | None,
) -> Outcome[aggregate.Facts]:
    """The facts of a statement: tags of its loans under its edition, and results of their projects: measured, else as stated.

    How a project is measured is said by the tags of the facts: those under the edition of the run's tables.
    """
    reference = facts.reference
    if reference is None:
        return Outcome(facts)
    chosen = pc.is_in(facts.book.loans["loan_id"], value_set=aggregate.loans_stated(facts.book, edition))
    book = replace(facts.book, loans=facts.book.loans.filter(chosen))
    fitting = model if model and model.edition == edition else None
    tagged = (
        tag.tag(book, reference, editions=(edition,), decisions=decisions, model=fitting) if len(book.loans) else Outcome(empty("tags"))
    )
    own = tagged.value.filter(pc.not_equal(tagged.value["decision"], _NOT_GREEN))
    done = pc.unique(facts.measurements["project_id"])
    left = book.loans.filter(pc.invert(pc.is_in(book.loans["project_id"], value_set=done)))["loan_id"].combine_chunks()
    counted = as_green(facts.tags.filter(pc.is_in(facts.tags["loan_id"], value_set=left)))
    more = _measured(book, counted, reference, conventions=conventions, factor_set=factor_set)
    known = pa.concat_tables([facts.measurements, more.value])
    stated = _stated(facts.book, known)
    measured = pa.concat_tables([known, stated])
    made = replace(facts, tags=own, measurements=measured)
    without = frozenset(stated["project_id"].to_pylist())
    return Outcome(aggregate.in_all_gases(made), tuple(p for p in more.problems if p.params.get("project") not in without))


def _measured(
    book: Book, tags: pa.Table, reference: Reference, *, conventions: Mapping[str, str], factor_set: str | None
) -> Outcome[pa.Table]:
    """The results of the projects of some tags; where there is no tag, nothing: what is wrong with the book was told with the others."""
    if not len(tags):
        return Outcome(empty("measurements"))
    return measure.measure(book, tags, reference, on=book.as_of, conventions=conventions, factor_set=factor_set)


def bridges_of(facts: aggregate.Facts, tags: pa.Table, editions: Sequence[str]) -> Iterator[Bridge]:
    """The bridge from the first edition to each of the others; ``tags`` are those under all of them."""
    first, *others = editions
    if not others or facts.reference is None:
        return
    known = aggregate.outcomes(facts)
    for other in others:
        rows = aggregate.outcomes(replace(facts, tags=published_of(tags, other)))
        yield bridge(known, rows, editions=(first, other), reference=facts.reference)


def with_financed(facts: aggregate.Facts, reference: Reference) -> Outcome[aggregate.Facts]:
    """The facts with the financed emissions; what is wrong with those is told where a table of them is asked for."""
    book = facts.book
    averages = attribute.month_averages(book) if len(book.drawings) else None
    lent = financed.of_whole_book(book, reference=reference, year=facts.year, on=book.as_of, averages=averages)
    told = lent.problems if set(facts.templates) & FINANCED_TABLES else ()
    return Outcome(replace(facts, exposures=lent.exposures, financed=lent.financed), told)


def as_green(tags: pa.Table) -> pa.Table:
    """Tags with an entry as if they were green: what the entry measures is asked for, not whether the loan counts."""
    named = tags.filter(pc.is_valid(tags["code"]))
    return named.set_column(named.column_names.index("decision"), "decision", pa.array(["green"] * len(named), pa.string()))


def stated_first(book: Book) -> pa.Table:
    """What the book states of its projects until the day of its data, by the rule of inputs: first the actual values of a project in
    operation (the design values of another), of these the latest year."""
    rows = book.stated_benefits
    rows = rows.filter(pc.and_(pc.is_valid(rows["value"]), pc.fill_null(pc.less_equal(rows["year"], book.as_of.year), True)))
    running = book.projects["project_id"].filter(measure.is_running(book.projects, book.as_of))
    is_running = pc.is_in(rows["project_id"], value_set=running.combine_chunks())
    is_actual = pc.fill_null(pc.equal(rows["basis"], "actual"), False)
    keys = pa.table(
        {"other": pc.xor(is_running, is_actual), "age": pc.negate(pc.fill_null(rows["year"], 0)), "row": pa.array(range(len(rows)))}
    )
    return rows.take(pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in keys.column_names]))


def _stated(book: Book, measured: pa.Table) -> pa.Table:
    """Carbon results that the book states of projects that nothing was measured of, as rows of ``measurements``."""
    has = pc.unique(measured.filter(pc.is_in(measured["output"], value_set=pa.array(list(_SMALL))))["project_id"])
    rows = stated_first(book)
    fits = pc.is_in(rows["output"], value_set=pa.array(list(_SMALL)))
    rows = rows.filter(pc.and_(fits, pc.invert(pc.is_in(rows["project_id"], value_set=has))))
    found: dict[str, list[object]] = {field.name: [] for field in schema("measurements")}
    seen: set[tuple[str, str]] = set()
    for row in rows.to_pylist():
        read = _small(row["value"], row["unit"], row["output"])
        if read is None or (row["project_id"], read[0]) in seen:
            continue
        seen.add((row["project_id"], read[0]))
        made = {"method": STATED, "output": read[0], "amount": read[1], "unit": _SMALL[read[0]], "conventions": "{}", "factors": "[]"}
        made |= {"project_id": row["project_id"], "basis": row["basis"], "claimed_by": None}
        for name, column in found.items():
            column.append(made[name])
    return pa.Table.from_arrays([pa.array(found[f.name], f.type) for f in schema("measurements")], schema=schema("measurements"))


def _small(value: float, unit: str, output: str) -> tuple[str, int] | None:
    """A stated amount in the small unit, and what it is of as its unit says; tonnes alone are of the output. None for any other unit."""
    for found, wanted in ((output, _SMALL[output]), *_SMALL.items(), (output, "g")):
        try:
            ratio = exact_ratio(parse_unit(unit.removesuffix(_YEARLY)), wanted)
            return found, int(round_half_up(ratio * Fraction(str(value)), 0))
        except (UnknownUnit, WrongDimension):
            continue
    return None

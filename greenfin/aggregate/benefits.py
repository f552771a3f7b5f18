"""Sums of environmental benefit: attributed parts, whole projects, and how much green balance they cover."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.coded import Coded, flags_of
from greenfin.aggregate.facts import MARKED, Facts, refused_keys, with_ways
from greenfin.aggregate.grouping import Measure, summed
from greenfin.aggregate.keyed import KEYS
from greenfin.core.problems import Outcome, Problem, error
from greenfin.core.records import Sum
from greenfin.reference.asked import Cut

_JOIN = "\t"
_OF_PARTS = ("benefit", "benefit_apart", "measured_projects")
_CLASSES = ("class1", "class2", "code")
_WHOLE: tuple[Cut, ...] = ((), ("class1",), ("project",))
_CUTS: tuple[Cut, ...] = ((), ("class1",), ("class2",), ("code",), ("project",))


def benefit_sums(facts: Facts, loans: pa.Table, asked: Mapping[str, Sequence[Cut]]) -> Outcome[tuple[Sum, ...]]:
    """Benefits of green loans by output, class and project, after the policy; ``loans`` are the outcomes with a ``project`` column and
    those that are ``asked`` for.

    Units are the small units of the parts. Refused figures are left out (their balance then counts as not covered) and listed.
    """
    measured = with_ways(facts.measurements, facts.policy)
    problems = [*_refusals(measured, facts), *_mixed_units(facts.parts)]
    kept = measured.filter(pc.and_(pc.invert(measured["refused"]), pc.is_valid(measured["amount"])))
    green = loans.filter(pc.not_equal(pc.fill_null(loans["green_fen"], 0), 0))
    keys = {key for name in _OF_PARTS for cut in asked.get(name, ()) for key in cut} & set(KEYS) & set(loans.column_names)
    parts = _green_parts(facts.parts, kept, green, keys=(*_CLASSES, *sorted(keys)))
    nothing = 0 if len(loans) else None
    return Outcome(
        (*_parts(parts, nothing, asked), *_projects(kept, parts, facts), *_coverage(green, parts, nothing, asked)), tuple(problems)
    )


def _pairs(table: pa.Table) -> pa.Array:
    """Project and output of each row as one text, for looking up."""
    return pc.binary_join_element_wise(table["project_id"], table["output"], _JOIN).combine_chunks()


def _green_parts(parts: pa.Table, kept: pa.Table, green: pa.Table, *, keys: Sequence[str]) -> pa.Table:
    """Parts of green loans whose measurement stands, with the loan's ``keys`` and the measurement's flags."""
    at_measure = pc.index_in(_pairs(parts), value_set=_pairs(kept))
    at_loan = pc.index_in(parts["loan_id"], value_set=green["loan_id"].combine_chunks())
    stands = pc.and_(pc.and_(pc.is_valid(at_measure), pc.is_valid(at_loan)), pc.is_valid(parts["amount"]))
    out = parts.append_column("project", parts["project_id"])
    for name in keys:
        out = out.append_column(name, pc.take(green[name].combine_chunks(), at_loan))
    for name in (*MARKED, "claimed_by"):
        out = out.append_column(name, pc.take(kept[name].combine_chunks(), at_measure))
    return out.filter(stands)


def _cuts(asked: Mapping[str, Sequence[Cut]], name: str, always: Sequence[Cut]) -> tuple[Cut, ...]:
    """The cuts of a sum: those always made, then those that the tables ask for (the output tells sums of one name apart)."""
    more = (tuple(key for key in cut if key != "output") for cut in asked.get(name, ()))
    return tuple(dict.fromkeys((*always, *more)))


def _parts(parts: pa.Table, nothing: int | None, asked: Mapping[str, Sequence[Cut]]) -> Iterator[Sum]:
    """What the bank may claim (``benefit``) and, beside it, results whose rights are claimed elsewhere (``benefit_apart``): a selection."""
    every = Coded(parts)
    for output, unit, rows in _by_output(every):
        apart = flags_of(pc.is_valid(rows.column("claimed_by")))
        for name, chosen in (("benefit", rows.chosen(~apart)), ("benefit_apart", rows.chosen(apart))):
            measure = Measure(name, "amount", unit, "parts", flags=MARKED, keys={"output": output})
            if len(chosen) or name == "benefit":
                yield from summed(chosen, measure, _cuts(asked, name, _CUTS), nothing=0)
    measure = Measure("measured_projects", "project", "count", "parts", "distinct", origin="project_id")
    yield from summed(every, measure, _cuts(asked, measure.name, _WHOLE), nothing=nothing)


def _by_output(rows: Coded) -> Iterator[tuple[str, str, Coded]]:
    """Each output with its unit and rows."""
    codes = rows.codes("output")
    for place in dict.fromkeys(codes.at.tolist()):
        chosen = rows.chosen(codes.at == place)
        yield str(codes.values[place].as_py()), str(chosen.column("unit")[0].as_py()), chosen


def _outputs(table: pa.Table) -> Iterator[tuple[str, str, pa.Table]]:
    for output in pc.unique(table["output"]).to_pylist():
        rows = table.filter(pc.equal(table["output"], output))
        yield output, str(rows["unit"][0].as_py()), rows


def _projects(kept: pa.Table, parts: pa.Table, facts: Facts) -> Iterator[Sum]:
    """Whole results and total investment of the projects that our green loans have a part of."""
    ours = pc.unique(parts["project_id"])
    whole = kept.filter(pc.is_in(_pairs(kept), value_set=pc.unique(_pairs(parts))))
    for output, unit, rows in _by_output(Coded(whole.append_column("project", whole["project_id"]))):
        measure = Measure("measured", "amount", unit, "measurements", flags=MARKED, keys={"output": output})
        yield from summed(rows, measure, ((), ("project",)))
    projects = facts.book.projects.select(["project_id", "total_invest_fen"])
    invest = projects.filter(pc.is_in(projects["project_id"], value_set=ours))
    invest = invest.append_column("project", invest["project_id"])
    measure = Measure("total_invest", "total_invest_fen", "fen", "projects")
    known = invest["total_invest_fen"].null_count == 0 and len(invest) == len(ours)
    cuts: tuple[tuple[str, ...], ...] = ((), ("project",)) if known else (("project",),)
    yield from summed(invest, measure, cuts)


def _coverage(green: pa.Table, parts: pa.Table, nothing: int | None, asked: Mapping[str, Sequence[Cut]]) -> Iterator[Sum]:
    covered = Coded(green).chosen(flags_of(pc.is_in(green["loan_id"], value_set=pc.unique(parts["loan_id"]))))
    measure = Measure("covered_balance", "green_fen", "fen", "loans")
    yield from summed(covered, measure, _cuts(asked, measure.name, _WHOLE), nothing=nothing)


def _refusals(measured: pa.Table, facts: Facts) -> Iterator[Problem]:
    refused = measured.filter(measured["refused"])
    for output, _, rows in _outputs(refused):
        projects = sorted(pc.unique(rows["project_id"]).to_pylist())
        keys = ", ".join(refused_keys(rows, facts.policy))
        yield error("aggregate.benefit_refused", projects[0], output=output, n=len(projects), factors=keys, policy=facts.policy.id)


def _mixed_units(parts: pa.Table) -> Iterator[Problem]:
    for output in pc.unique(parts["output"]).to_pylist():
        units = pc.unique(parts.filter(pc.equal(parts["output"], output))["unit"]).to_pylist()
        if len(units) > 1:
            yield error("aggregate.units_mixed", "", item=output, units=", ".join(sorted(units)))

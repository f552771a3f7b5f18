"""The figures of a run entered in the record as published: only those of a run that rests on the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from greenfin.core.money import round_half_up
from greenfin.core.problems import Outcome, Refused, error
from greenfin.ingest.restatements import headings
from greenfin.pipeline import RunResult
from greenfin.reference.load import Reference
from greenfin.store import publications, registers
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, permit
from greenfin.store.publications import Figure
from greenfin.store.resting import not_of_record

_OF_RUN = "current_old"  # this year's figure by the old method: no part of the record


@dataclass(frozen=True, slots=True)
class Going:
    """Where figures go out: kind (report, return, exchange, rating), place, day; ``tables`` empty: all of the run."""

    kind: str
    place: str
    on: date
    tables: tuple[str, ...] = ()


def publish(store: Store, actor: Actor, result: RunResult, going: Going, *, run: str) -> Outcome[int]:
    """Enter that a run's figures went out; how many. Nothing where one differs from what was published or a class is not in force.

    Raises Refused: the actor may not, the run is a draft, has not been checked by somebody who did not make it, or a table is unknown.
    """
    permit(actor, "publish")
    if not result.policy.needs_approval:
        raise Refused(error("store.run_is_draft", run, policy=result.policy.id))
    figures = figures_of(result, going.tables)
    wrong = not_of_record(store, actor, result.tags, edition=result.edition, as_of=result.as_of)
    if wrong:
        return Outcome(0, wrong)
    period = result.as_of.isoformat()
    about = {"run": run, "period": period, "kind": going.kind, "place": going.place, "edition": result.edition}
    return publications.publish(store, actor, figures, on=going.on, needs_check=True, **about)


def restatements_file(store: Store, actor: Actor, *, period: str = "") -> pa.Table:
    """The record's restatements of a period (empty: of all) as ``run --restatements`` reads them, in the order in which they were entered.

    Raises Refused where the actor may not take them out.
    """
    rows = registers.restatements_out(store, actor, period=period)
    kept = {"old": "old_value", "new": "new_value", "on": "decided_on"}
    of_rows = [name for name in headings() if name not in (_OF_RUN, "approved_by")]
    columns = {headings()[name]: [getattr(row, kept.get(name, name)) for row, _ in rows] for name in of_rows}
    columns[headings()["approved_by"]] = [agreed for _, agreed in rows]
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def figures_of(result: RunResult, tables: Sequence[str] = ()) -> list[Figure]:
    """The figures of a run as they are printed; what is missing or words is none. Raises Refused for an unknown table."""
    if unknown := set(tables) - set(result.tables):
        raise Refused(error("cli.not_one_of", "--table", found=", ".join(sorted(unknown)), known=", ".join(result.tables)))
    shown = {name: table for name, table in result.tables.items() if not tables or name in tables}
    return [
        Figure(c.id, f"{round_half_up(c.value, c.decimals):f}", c.unit, _earlier(result.reference, name, c.id))
        for name, table in shown.items()
        for c in table.cells.values()
        if c.value is not None and c.text is None
    ]


def _earlier(reference: Reference, table: str, cell: str) -> str:
    """The cell that stated it a year before, of a cell in a column of last year's figures; else empty."""
    row, _, column = cell.rpartition(".")
    spec = reference.templates[table].column(column)
    return f"{row}.{spec.of[0]}" if spec and spec.role == "prior" else ""

"""``financed --prior``: what moved the financed emissions since the year before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from greenfin.cli.session import Session
    from greenfin.financed.own import Own
    from greenfin.reference.load import Reference


def compared_years(
    before: pa.Table, exposures: pa.Table, now: Mapping[str, pa.Table], *, reference: Reference, years: tuple[int, int], on: date,
    split: str, own: Own,
) -> list[dict[str, object]]:  # fmt: skip
    """The movement of each standard from last year's exposures; raises Refused for an unknown way to split."""
    from greenfin.financed import financed as counted
    from greenfin.financed.movement import movement, movement_json
    from greenfin.financed.sources import alike

    def count(standard: str, year: int, table: pa.Table) -> pa.Table:
        return counted(table, standard, reference=reference, year=year, on=on, own=own).value

    found = []
    for name, table in now.items():
        first, last = (partial(count, name, year) for year in years)
        then = first(before)
        pairs = alike((before, then), (exposures, table), (first, last))
        found.append({**movement_json(movement(then, table, method=split, alike=pairs), name), "prior_year": years[0]})
    return found


def lines(session: Session, moved: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Each standard's movement: last year, the effects, this year."""
    for one in moved:
        how = session.say(f"split.{one['method']}")
        yield session.say("financed.movement", standard=one["standard"], year=one["prior_year"], how=how)
        yield _line(session.say("effect.before"), one["before"])
        for name, value in one["effects"].items():
            if value:
                yield _line(session.say(f"effect.{name}"), value)
        yield _line(session.say("effect.now"), one["now"])
        if one["by_same_source"]:
            yield "  " + session.say("financed.same_source", count=one["by_same_source"])


def _line(label: str, tonnes: float) -> str:
    return f"  {label:<24}{tonnes:>20,.2f} tCO2e"

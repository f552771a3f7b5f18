"""``financed --prior``: what moved the financed emissions since the year before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from greenfin.cli.session import Session
    from greenfin.financed.own import Own
    from greenfin.reference.load import Reference


def compared_years(
    before: pa.Table, now: Mapping[str, pa.Table], *, reference: Reference, year: int, on: date, split: str, own: Own
) -> list[dict[str, object]]:
    """The movement of each standard from last year's exposures; raises Refused for an unknown way to split."""
    from greenfin.financed import financed as counted
    from greenfin.financed.movement import movement, movement_json

    then = {name: counted(before, name, reference=reference, year=year, on=on, own=own).value for name in now}
    return [{**movement_json(movement(then[name], table, method=split), name), "prior_year": year} for name, table in now.items()]


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


def _line(label: str, tonnes: float) -> str:
    return f"  {label:<24}{tonnes:>20,.2f} tCO2e"

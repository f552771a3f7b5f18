"""``financed --standard pcaf``: the figures of the whole portfolio in words, each with the part of the balance it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenfin.cli.session import Session

_APART = ("scope1_t", "scope2_t", "scope3_t", "lulucf_t", "avoided_t", "removals_t", "credits_retired_t", "credits_generated_t")
_INTENSITIES = ("waci", "carbon_intensity", "footprint")


def lines(session: Session, portfolio: Mapping[str, Any]) -> Iterator[str]:
    """Scopes and what stands apart from them, intensities, the quality of scope 3."""
    whole = portfolio["all"]
    yield f"— {session.say('pcaf.apart')}"
    for name in _APART:
        if whole[name] is not None:
            yield _line(session, name.removesuffix("_t"), f"{whole[name]:,.2f} tCO2e")
    for name in _INTENSITIES:
        if found := whole[name]:
            yield _line(session, name, f"{found['value']:,.4f} {session.say('pcaf.unit')}", found["coverage"])
    adjusted = (whole["footprint"] or {}).get("evic")
    if adjusted:
        for name in ("unadjusted", "adjusted"):
            yield _line(session, name, f"{adjusted[name]:,.4f} {session.say('pcaf.unit')}", adjusted["coverage"])
    score = whole["quality"]["scope3_by_outstanding"]
    if score is not None:
        yield _line(session, "scope3_quality", f"{score:.2f}")


def _line(session: Session, name: str, amount: str, coverage: float | None = None) -> str:
    part = "" if coverage is None else f"{100 * coverage:>8.1f}%"
    return f"{session.say('pcaf.' + name):<24}{amount:>30}{part}"

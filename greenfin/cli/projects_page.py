"""One project's benefit as a page of paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenfin.cli.session import Session
    from greenfin.core.problems import Problem
    from greenfin.reference.load import Reference


def write_page(
    session: Session, shown: Mapping[str, Any], reference: Reference, *, on: date, region: str, place: Path
) -> tuple[Problem, ...]:
    """The fact sheet of what ``measure`` shows; a warning for each sign the fonts lack. Raises Refused where it cannot be written."""
    from greenfin import landing
    from greenfin._version import __version__
    from greenfin.disclose.dossier import write_dossier
    from greenfin.disclose.factsheet import Made, page_of
    from greenfin.methods.registry import method

    quantities = reference.factors.quantities.values()
    named = {quantity.id: quantity.name_en if session.lang == "en" else quantity.name_zh for quantity in quantities}
    of_region = reference.regions.name(region, session.lang)
    made = Made(shown, method(shown["method"]).declaration, on, of_region, __version__, reference.fingerprint, session.lang, named)
    with landing.private_file(place) as written:
        problems = write_dossier(page_of(made), written)
    session.line(session.say("factsheet.written", file=place))
    return problems

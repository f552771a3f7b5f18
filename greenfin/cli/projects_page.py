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
    from greenfin.disclose.dossier import write_dossier
    from greenfin.disclose.factsheet import sheet_of

    page = sheet_of(shown, reference, on=on, region=region, lang=session.lang)
    with landing.private_file(place) as written:
        problems = write_dossier(page, written)
    session.line(session.say("factsheet.written", file=place))
    return problems

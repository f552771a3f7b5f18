"""What the user typed, read strictly: days, regions, and the names that are near to a wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


def day_of(option: str, text: str) -> date:
    """A day as people write it: 2025-12-31, 2025/12/31, 20251231, 2025.12.31; raises Refused."""
    found = re.fullmatch(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})", text.strip())
    try:
        if found is None or (not found[2] and len(found[0]) != len("20251231")):
            raise ValueError(text)
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError as bad:
        raise Refused(error("cli.bad_date", option, found=text)) from bad


def day_or_today(option: str, text: str | None) -> date:
    """The day that was asked for, else this machine's today; raises Refused."""
    return day_of(option, text) if text else date.today()  # noqa: DTZ011  # the day on the user's own wall


def pairs_of(option: str, texts: Iterable[str]) -> dict[str, str]:
    """NAME=VALUE by name; raises Refused for what is not of that form or there twice."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise Refused(error("cli.not_name_value", option, found=text))
        if name in found:
            raise Refused(error("cli.given_twice", option, found=name))
        found[name] = value
    return found


def region_of(reference: Reference, text: str) -> str:
    """The code of the region that was meant; one that is not known is refused rather than answered for the country."""
    code = reference.regions.find(text)
    if code is None:
        raise Refused(error("reference.no_such_region", "--region", found=text, near=near(text, reference.regions.by_code) or "CN-SC"))
    return code


def near(text: str, known: Iterable[str]) -> str:
    """The known names most like the text, joined for a message; empty where none is."""
    return ", ".join(get_close_matches(text, list(known), n=5, cutoff=0.4))

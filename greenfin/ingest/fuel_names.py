"""The fuel that a header names, and its unit (``fuel_names.csv``)."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from greenfin.ingest.headers import unit_of
from greenfin.ingest.vocabulary import bare_names, plain


@cache
def fuels_listed() -> Mapping[str, str]:
    """Fuel -> the unit a bare number is in."""
    return {row["fuel"]: row["unit"] for row in _rows()}


@cache
def _words() -> Mapping[str, str]:
    return {plain(word): row["fuel"] for row in _rows() for word in row["words"].split("|")}


def _rows() -> list[dict[str, str]]:
    return list(csv.DictReader(files("greenfin.ingest").joinpath("fuel_names.csv").read_text("utf-8").splitlines()))


@lru_cache(maxsize=4096)
def fuel_named(header: str) -> tuple[str, str] | None:
    """The fuel that a header names and its unit (``""``: none stated); None for any other header.

    >>> fuel_named("焦炭消费量（万吨）"), fuel_named("diesel_t"), fuel_named("原煤单价(元)")
    (('coke', '万吨'), ('diesel', 't'), None)
    """
    text = " ".join(unicodedata.normalize("NFKC", header).split())
    inner = re.findall(r"[(\[]([^()\[\]]*)[)\]]", text)
    outer = re.sub(r"[(\[][^()\[\]]*[)\]]", "", text).strip(" :-_/")
    unit = next((found for part in inner if (found := unit_of(part))), "")
    if fuel := _fuel(outer):
        return fuel, unit
    parts = re.split(r"[\s_/:,-]+", outer)
    for cut in range(len(parts) - 1, 0, -1):
        fuel, unit = _fuel(" ".join(parts[:cut])), unit_of("".join(parts[cut:]))
        if fuel and unit:
            return fuel, unit
    return None


def _fuel(text: str) -> str:
    return next((_words()[name] for name in bare_names(plain(text)) if name in _words()), "")

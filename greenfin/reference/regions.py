"""Regions (``factors/regions.csv``): provinces, grid regions in the old and the new scheme, countries."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from greenfin.core.problems import error
from greenfin.reference.files import Folder, Row
from greenfin.reference.places import bare_place, province_of

PATH = "factors/regions.csv"
KINDS = ("province", "grid", "country", "world")  # from the nearest to the widest
LAST_OLD_YEAR = 2020  # the six-region scheme describes data years up to this one
HOME = "CN"
WORLD = "GLOBAL"
_COLUMNS = ("code", "kind", "prefix", "name_zh", "name_en", "parent_until_2020", "parent_from_2021", "note")


@dataclass(frozen=True, slots=True)
class Region:
    """A region. ``prefix`` are the first two digits of GB/T 2260; the parents are the grid regions of the two schemes."""

    code: str
    kind: str
    prefix: str
    name_zh: str
    name_en: str
    parent_until_2020: str
    parent_from_2021: str
    note: str = ""
    where: str = ""

    def parent(self, year: int) -> str:
        """The grid region (of a province) or country (of a grid region) that holds it for data of that year; may be empty."""
        return self.parent_until_2020 if year <= LAST_OLD_YEAR else self.parent_from_2021


@dataclass(frozen=True, slots=True)
class Regions:
    """All regions by code."""

    by_code: Mapping[str, Region]

    @property
    def grids(self) -> Mapping[str, tuple[str, str]]:
        """Province -> (its grid region of the old scheme, of the new)."""
        provinces = (region for region in self.by_code.values() if region.kind == "province")
        return {region.code: (region.parent_until_2020, region.parent_from_2021) for region in provinces}

    def chain(self, place: str, year: int) -> tuple[str, ...]:
        """From nearest to widest: a province, its grid region in that year, the country; a place not known gives ``("CN",)``.

        ``place`` is a GB/T 2260 code (six digits; two are enough), a code such as ``CN-SC``, a province in Chinese or English or a city
        in Chinese.
        """
        found: list[str] = []
        code = self.find(place) or HOME
        while code and code not in found:
            found.append(code)
            region = self.by_code.get(code)
            code = "" if region is None else region.parent(year) or (HOME if region.kind in ("province", "grid") else "")
        return tuple(found)

    def find(self, place: str) -> str | None:
        """The code of a region from any way of writing it, or None; a city or prefecture is its province (``成都`` is ``CN-SC``)."""
        text = unicodedata.normalize("NFKC", place).strip()
        text = bare_place(text) or (HOME if text else "")
        if text in self.by_code:
            return text
        if text.isascii() and text.isdigit() and len(text) >= 2:
            return next((r.code for r in self.by_code.values() if r.prefix == text[:2]), None)
        digits = province_of(text)
        return next((r.code for r in self.by_code.values() if r.prefix and (r.prefix == digits if digits else _named(r, text))), None)

    def province(self, place: str) -> str | None:
        """The province of a place, or None where it is not one (a grid region, a country, an unknown place)."""
        code = self.find(place)
        return code if code and self.by_code[code].kind == "province" else None

    def name(self, region: str, lang: str) -> str:
        """The region's name, or the code itself where it is not known."""
        found = self.by_code.get(region)
        if found is None:
            return region
        return found.name_zh if lang == "zh" else found.name_en

    def level(self, code: str) -> int:
        """0 for a province up to 3 for the world; a code not known counts as a country."""
        found = self.by_code.get(code)
        return KINDS.index(found.kind) if found else KINDS.index("country")


def _named(region: Region, text: str) -> bool:
    return text.startswith(region.name_zh) or text.casefold() == region.name_en.casefold()


def read_regions(folder: Folder) -> Regions:
    """All regions; a parent that does not exist, a prefix or code that stands twice are problems."""
    found: dict[str, Region] = {}
    for row in folder.rows(PATH, _COLUMNS):
        region = _region(folder, row)
        twice = region.code in found or (region.prefix and any(r.prefix == region.prefix for r in found.values()))
        if twice:
            folder.problems.append(error("reference.key_twice", row.where, key=region.code))
        found[region.code] = region
    for region in found.values():
        for parent in {region.parent_until_2020, region.parent_from_2021} - {""}:
            if parent not in found:
                folder.problems.append(error("reference.parent_missing", region.where, entry=region.code, parent=parent))
    return Regions(found)


def _region(folder: Folder, row: Row) -> Region:
    kind = folder.choice(row, "kind", KINDS)
    return Region(
        folder.text(row, "code"),
        kind if kind in KINDS else "country",
        row["prefix"],
        folder.text(row, "name_zh"),
        folder.text(row, "name_en"),
        row["parent_until_2020"],
        row["parent_from_2021"],
        row["note"],
        row.where,
    )

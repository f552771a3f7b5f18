"""Dates, months and years as files write them."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import error, info, warning
from greenfin.ingest.arrays import Cells
from greenfin.ingest.cells import Read, is_blank, shown
from greenfin.ingest.grids import CellValue
from greenfin.ingest.vocabulary import mark, marks, plain

_EPOCH = date(1899, 12, 30)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_PARTED = re.compile(r"(\d{4})\D{1,2}?(\d{1,2})\D{1,2}?(\d{1,2})\D?")
_MONTH = re.compile(r"(\d{4})(?:\.(\d{2})|[-/](\d{1,2}))")
_TIME = re.compile(r"[ T]+\d{1,2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:?\d{2})?$")
_STAMP = re.compile(r"(\d{8})\d{6}(\.\d+)?")
_NAMED = re.compile(r"(\d{1,2})[- ]?([A-Za-z]{3,9})[-, ]*(\d{4})")
_FIRST_YEAR, _LAST_YEAR = 1949, 2200
_EMPTY_YEARS = (0, 1, 1899, 1900, 9999)


def read_date(cell: CellValue) -> Read:
    """A day: 20231231, 2023.12.31, 2023/12/31, 2023年12月31日, an Excel serial, text with time.

    9999, 0001 and 1900 dates, eight zeros and words for no end mean empty; an impossible date is an error.
    """
    if isinstance(cell, date):
        return _sensible(cell.date() if isinstance(cell, datetime) else cell)
    if isinstance(cell, bool):
        return Read(problem=error("ingest.date_unreadable", found=shown(cell)))
    if is_blank(cell) or plain(str(cell)) in mark("open_dates"):
        return Read()
    text = re.sub(r"\s", "", _TIME.sub("", unicodedata.normalize("NFKC", str(cell)).strip()))
    if re.fullmatch(r"\d+\.0+", text):
        text = text.split(".", maxsplit=1)[0]
    if re.fullmatch(r"\d{5}(\.\d+)?", text) and 20000 <= float(text) <= 60000:
        return Read(_EPOCH + timedelta(days=int(float(text))), info("ingest.date_serial", found=text, count=1))
    if stamp := _STAMP.fullmatch(text):
        text = stamp[1]
    if (named := _NAMED.fullmatch(text)) and (month := _month_names().get(named[2].casefold())):
        return _built(int(named[3]), month, int(named[1]), text=text)
    found = _COMPACT.fullmatch(text) or _PARTED.fullmatch(text)
    return _built(*map(int, found.groups()), text=text) if found else _month_alone(text, cell)


def _month_alone(text: str, cell: CellValue) -> Read:
    """A day of which the month alone is written (``2023年6月``, ``2023-06``, ``2023.06``): the month's last, with a warning."""
    signs = marks()
    found = _MONTH.fullmatch(text) or re.fullmatch(rf"(\d{{4}}){signs['year_sign']}(\d{{1,2}}){signs['month_sign']}", text)
    year, month = (int(part) for part in found.groups() if part) if found and not isinstance(cell, int | float) else (0, 0)
    if not (_FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12):
        return Read(problem=error("ingest.date_unreadable", found=shown(cell)))
    day = month_end(date(year, month, 1))
    return Read(day, warning("ingest.day_missing", found=shown(cell), day=day.isoformat()))


_SHIFT_1904 = 1462  # days between the two ways a workbook counts


def since_1904(cell: CellValue) -> CellValue:
    """A bare serial number of a workbook that counts from 1904, as the usual serial; anything else as it is."""
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    if is_number or (isinstance(cell, str) and re.fullmatch(r"\d{5}(\.\d+)?", cell.strip())):
        serial = float(str(cell))
        return serial + _SHIFT_1904 if 18000 <= serial <= 58000 else cell
    return cell


def _built(year: int, month: int, day: int, *, text: str) -> Read:
    if year in _EMPTY_YEARS:
        return Read()
    try:
        return Read(date(year, month, day))
    except ValueError:
        return Read(problem=error("ingest.date_impossible", found=text))


def _sensible(day: date) -> Read:
    if day.year in _EMPTY_YEARS:
        return Read()
    return Read(day) if _FIRST_YEAR <= day.year <= _LAST_YEAR else Read(problem=error("ingest.date_impossible", found=day.isoformat()))


def sure_days(values: Sequence[CellValue]) -> pa.Array | None:
    """What :func:`read_date` gives for days of likely years, null for the others; None where the cells are not days."""
    if not isinstance(values, Cells) or values.first or not pa.types.is_date32(values.array.type):
        return None
    year = pc.year(values.array)
    return pc.if_else(pc.and_(pc.greater_equal(year, _FIRST_YEAR), pc.less_equal(year, _LAST_YEAR)), values.array, None)


def find_date(text: str) -> date | None:
    """The first day written anywhere in a text, or None."""
    clean = unicodedata.normalize("NFKC", text)
    for found in re.finditer(r"(\d{4})\D{0,2}(\d{1,2})\D{0,2}(\d{1,2})", clean):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            continue
    return None


def period_of(text: str, *, year: int | None, alone: bool = False) -> tuple[date, bool] | None:
    """The first day of a month or year written in a text, and whether it is a whole year.

    ``2025年``, ``2025``, ``202503``, ``2025-03``, ``2025年3月``, ``3月`` (with ``year``; with ``alone`` any year will do, for
    telling whether a header is a period at all). None for anything else.
    """
    signs = marks()
    clean = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    if found := re.fullmatch(rf"((?:19|20)\d\d){signs['year_sign']}?", clean):
        return date(int(found[1]), 1, 1), True
    if found := re.fullmatch(rf"((?:19|20)\d\d)\D{{0,2}}(\d{{1,2}}){signs['month_sign']}?", clean):
        return _month(int(found[1]), int(found[2]))
    known = year or (2000 if alone else None)
    if known and (found := re.fullmatch(rf"(\d{{1,2}}){signs['month_sign']}", clean)):
        return _month(known, int(found[1]))
    return _named_month(clean.casefold(), known)


def _named_month(clean: str, known: int | None) -> tuple[date, bool] | None:
    """``Jan-23``, ``January2023``, ``2023Jan``; a name alone with a known year."""
    found = re.fullmatch(r"((?:19|20)\d\d)?[-./,']*([a-z]+)[-./,']*((?:19|20)?\d\d)?", clean)
    month = _month_names().get(found[2]) if found else None
    if found is None or month is None or (found[1] and found[3]):
        return None
    written = found[1] or found[3]
    year = known if written is None else int(written) if len(written) > 2 else 2000 + int(written)
    return (date(year, month, 1), False) if year else None


@cache
def _month_names() -> Mapping[str, int]:
    return {name: number for number, names in enumerate(marks()["month_names"], 1) for name in names.split()}


def stretch_of(text: str, *, year: int | None, alone: bool = False) -> tuple[date, int] | None:
    """The first day of a period of several months and how many they are (``2023年一季度``, ``2023Q1``, ``上半年``, ``1-6月``), else None.

    ``year`` is that of a period that names none; with ``alone`` any year will do, for telling whether a header is one.
    """
    clean = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()
    dated = re.match(rf"((?:19|20)\d\d)(?:{marks()['year_sign']}|[-./])?(?=\D|\d{{1,2}}\D)", clean)
    known = int(dated[1]) if dated else year or (2000 if alone else None)
    found = _stretches().get(clean[dated.end() :] if dated else clean) or _range(clean[dated.end() :] if dated else clean)
    return (date(known, found[0], 1), found[1]) if known and found else None


@cache
def _stretches() -> Mapping[str, tuple[int, int]]:
    return {word: (each["first"], each["months"]) for each in marks()["stretches"] for word in each["written"]}


def _range(clean: str) -> tuple[int, int] | None:
    found = re.fullmatch(marks()["month_range"], clean)
    first, last = (int(found[1]), int(found[2])) if found else (0, 0)
    return (first, last - first + 1) if 1 <= first < last <= 12 else None


def _month(year: int, month: int) -> tuple[date, bool] | None:
    return (date(year, month, 1), False) if 1 <= month <= 12 else None


def read_period(cell: CellValue) -> Read:
    """A month as its first day: 202301, 2023-01, 2023年1月, any day of the month; ``1月`` comes back as ``01``.

    A period of several months has their number behind it: ``2023-01-01+3``, ``01+3``.
    """
    if isinstance(cell, date):
        return Read(cell.strftime("%Y-%m-01"))
    if is_blank(cell):
        return Read()
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    text = text.split(".", maxsplit=1)[0] if re.fullmatch(r"\d+\.0+", text) else text
    if stretch := stretch_of(text, year=None) or stretch_of(text, year=None, alone=True):
        return Read(f"{stretch[0]:{'%Y-%m-01' if stretch_of(text, year=None) else '%m'}}+{stretch[1]}")
    if found := period_of(text, year=None):
        return Read(found[0].strftime("%Y" if found[1] else "%Y-%m-01"))
    if (alone := re.fullmatch(rf"(\d{{1,2}})({marks()['month_sign']})?", re.sub(r"\s", "", text))) and 1 <= int(alone[1]) <= 12:
        return Read(f"{int(alone[1]):02d}")
    day = read_date(cell)
    return (
        Read(day.value.strftime("%Y-%m-01"), day.problem)
        if isinstance(day.value, date)
        else Read(problem=error("ingest.month_unreadable", found=shown(cell)))
    )


def read_year(cell: CellValue) -> Read:
    """A year as an int: 2025, 2025年, a date of that year."""
    if isinstance(cell, date):
        return Read(cell.year)
    if is_blank(cell):
        return Read()
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    if found := period_of(text, year=None):
        return Read(found[0].year)
    return Read(problem=error("ingest.year_unreadable", found=shown(cell)))


def month_end(day: date) -> date:
    """The last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])

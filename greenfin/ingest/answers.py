"""What a branch may fill in (``supplements.csv``), how its cells are read, and the values of ours they become."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from importlib.resources import files

from greenfin.core.columns import columns
from greenfin.core.money import round_half_up
from greenfin.core.problems import error
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio, same_dimension
from greenfin.ingest.cells import Read, Reader, is_blank, is_error, shown
from greenfin.ingest.codes import READERS, industry_reader, is_uscc, word_reader
from greenfin.ingest.dates import read_date
from greenfin.ingest.grids import CellValue
from greenfin.ingest.numbers import MAX_NUMBER, number_in
from greenfin.ingest.vocabulary import fields, words_of

_WORDS = ("word", "choice", "choices")
_PPM, _FEN = 1_000_000, 100


@dataclass(frozen=True, slots=True)
class Fillable:
    """A column of loans or projects that may be filled in: ``kind`` as in the field dictionary, bounds of numbers in ``unit``."""

    target: str
    column: str
    field: str
    kind: str
    is_required: bool
    low: float | None
    high: float | None
    unit: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as the table ``supplements`` keeps it: text of the value and, for numbers, its unit."""

    text: str
    unit: str = ""


@cache
def fillable() -> Mapping[tuple[str, str], Fillable]:
    """Everything that may be filled in, by table and column."""
    lines = files("greenfin.ingest").joinpath("supplements.csv").read_text("utf-8").splitlines()
    known = {(c.table, c.name): c.field for c in columns()}
    return {(row["target"], row["field"]): _fillable(row, known[row["target"], row["field"]]) for row in csv.DictReader(lines)}


def _fillable(row: Mapping[str, str], field: str) -> Fillable:
    low, high = (float(row[name]) if row[name] else None for name in ("low", "high"))
    kind, least, most = fields()[field].kind, int(row["least"] or 1), int(row["most"] or 200)
    return Fillable(row["target"], row["field"], field, kind, row["required"] == "yes", low, high, row["unit"], least, most)


def seal(value: object) -> str:
    """The print of a value in the book (``""`` for none), so that an answer replaces that value and no other.

    >>> seal(None), len(seal("x"))
    ('', 16)
    """
    if value is None or value == "":
        return ""
    text = value.isoformat() if isinstance(value, date) else str(value)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def read_answer(of: Fillable, cell: CellValue, *, unit: str, industries: Mapping[str, object]) -> Read:
    """A cell as an ``Answer`` (value None: not filled in). Never a value together with an error."""
    if is_blank(cell):
        return Read()
    if is_error(cell):
        return Read(problem=error("collect.not_a_value", found=shown(cell)))
    if of.kind in ("money", "rate", "share"):
        return read_number(cell, unit=unit or of.unit, wanted=of.unit)
    read = _reader(of, industries)(cell)
    if read.problem and (read.value is None or of.kind == "uscc"):
        return Read(problem=error("collect.not_a_value", found=shown(cell)))
    return _as_answer(of, read.value, cell) if read.value is not None else Read()


def _as_answer(of: Fillable, value: object, cell: CellValue) -> Read:
    """A value that was read as an answer of the right length that its column can hold."""
    text = value.isoformat() if isinstance(value, date) else str(value)
    if of.kind not in ("date", "industry", *_WORDS) and not of.least <= len(text) <= of.most:
        return Read(problem=error("collect.wrong_length", found=len(text), least=of.least, most=of.most))
    return Read(Answer(text)) if _holds(of, text) else Read(problem=error("collect.not_a_value", found=shown(cell)))


def _reader(of: Fillable, industries: Mapping[str, object]) -> Reader:
    if of.kind == "date":
        return read_date
    if of.kind in _WORDS:
        return word_reader(of.field, kind=of.kind)
    return industry_reader(industries) if of.kind == "industry" else READERS[of.kind]


def _holds(of: Fillable, text: str) -> bool:
    try:
        stored(of, text, "")
    except ValueError:
        return False
    return True


def read_number(cell: CellValue, *, unit: str, wanted: str) -> Read:
    """A number with the unit beside it (one in the cell wins) as an ``Answer``; another kind of unit than ``wanted`` is an error."""
    try:
        number = number_in(cell, unit=unit)
        exact = number.unit or unit
        if abs(number.value) > MAX_NUMBER:
            return Read(problem=error("ingest.amount_too_large", found=shown(cell)))
        if wanted and not same_dimension(exact or "dimensionless", wanted):
            return Read(problem=error("collect.unit_wrong", found=exact or "-", wanted=wanted))
    except (ValueError, UnknownUnit):
        return Read(problem=error("collect.not_a_number", found=shown(cell)))
    return Read(Answer(f"{number.value.normalize():f}", exact))


def stored(of: Fillable, text: str, unit: str) -> object:
    """The value of our column for an answer; raises ValueError for what the column cannot hold."""
    if of.kind in ("money", "rate", "share"):
        return _whole(of, text, unit)
    if of.kind == "date":
        return date.fromisoformat(text)
    if of.kind in _WORDS and text not in set(words_of(of.field).values()):
        raise ValueError(text)
    if of.kind == "uscc" and not is_uscc(text):
        raise ValueError(text)
    if of.kind == "industry" and not (re.fullmatch(r"\d{4}", text) or text in set(words_of("industry_kept").values())):
        raise ValueError(text)
    if not text.strip():
        raise ValueError(text)
    return text


def _whole(of: Fillable, text: str, unit: str) -> int:
    try:
        base, times = ("CNY", _FEN) if of.kind == "money" else ("dimensionless", _PPM)
        if not same_dimension(unit or of.unit, base):
            raise ValueError(unit)
        found = round_half_up(Fraction(Decimal(text)) * exact_ratio(unit or of.unit, base) * times, 0)
    except (InvalidOperation, UnknownUnit, WrongDimension, OverflowError) as bad:
        raise ValueError(text) from bad
    if abs(found) > MAX_NUMBER * _FEN:
        raise ValueError(text)
    return int(found)

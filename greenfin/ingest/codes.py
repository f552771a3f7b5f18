"""Ids, industry and region codes, credit codes, flags and listed words as files write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from functools import cache, partial

from greenfin.core.credit_codes import is_uscc
from greenfin.core.problems import error, info, warning
from greenfin.core.units import UnknownUnit, parse_unit
from greenfin.ingest.cells import Read, Reader, covered, is_blank, narrow, shown, tidy
from greenfin.ingest.credit_codes import read_uscc
from greenfin.ingest.grids import CellValue
from greenfin.ingest.headers import unit_of
from greenfin.ingest.ids import read_id
from greenfin.ingest.vocabulary import mark, marks, plain, words_of


def read_text(cell: CellValue) -> Read:
    """Free text as it stands; outer blanks taken off."""
    return Read() if is_blank(cell) else Read(str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip())


def read_purpose(cell: CellValue) -> Read:
    """Free text as it stands, outer blanks too, in which phone and identity numbers are covered, sign by sign (offsets stay)."""
    text = cell if isinstance(cell, str) and not is_blank(cell) else read_text(cell).value
    if not isinstance(text, str) or covered(text) == text:
        return Read(text)
    return Read(covered(text), info("ingest.private_number_masked"))


def read_code(cell: CellValue) -> Read:
    """A class code, which must be text: 3.20 stored as a number, or turned into a date, cannot be told from 3.2; ``否`` is none."""
    if is_blank(cell):
        return Read()
    if isinstance(cell, bool | float | int | date | time) and not (isinstance(cell, float | int) and cell == int(cell) and cell >= 100):
        return Read(problem=error("ingest.code_ambiguous", found=shown(cell)))
    text = narrow(cell)
    if re.fullmatch(str(marks()["date_like"]), text):
        return Read(problem=error("ingest.code_ambiguous", found=shown(cell)))
    return Read() if not text.isascii() and words_of("flag").get(plain(text)) == "false" else Read(text)


def read_industry(cell: CellValue, *, known: Mapping[str, object], names: Callable[[], Mapping[str, str]]) -> Read:
    """GB/T 4754 four digits out of ``C2662-…``, ``[D4416]…``, ``111`` (its zero lost); special values are kept as they are.

    ``known`` are the codes of the standard (empty: not checked), ``names`` its plain names.
    """
    if is_blank(cell):
        return Read()
    text = narrow(cell)
    if kept := words_of("industry_kept").get(plain(text)):
        return Read(kept)
    if found := re.search(r"(?<![A-Za-z0-9])[A-Ta-t]?(\d{4})(?!\d)", text):
        code = found[1]
        return Read(code) if not known or code in known else Read(None, warning("ingest.industry_unknown", found=shown(cell)))
    lost = re.fullmatch(r"(\d{3})(?:\D.*)?", text)
    if lost and (not known or f"0{lost[1]}" in known) and (isinstance(cell, int | float) or len(text) == 3):
        return Read(f"0{lost[1]}", info("ingest.zero_restored", found=shown(cell), value=f"0{lost[1]}"))
    if by_name := names().get(plain(text)):
        return Read(by_name)
    return Read(None, warning("ingest.industry_unknown", found=shown(cell)))


def read_region(cell: CellValue) -> Read:
    """Six digits of GB/T 2260 (from ``510100成都市`` or twelve digits), or the place's name as written."""
    if is_blank(cell):
        return Read()
    text = narrow(cell)
    if re.fullmatch(r"CN-[A-Z]{2,4}(-[A-Z]{1,3})?", text.upper()):
        return Read(text.upper())
    if found := re.match(r"(?:\d{12}|\d{9}|\d{6})(?!\d)", text):
        return Read(found[0][:6])
    if re.fullmatch(r"\d{2}|\d{4}", text):
        return Read(text.ljust(6, "0"))
    if re.search(r"\d", text):
        return Read(None, warning("ingest.region_unknown", found=shown(cell)))
    return Read(text)


def read_flag(cell: CellValue) -> Read:
    """是/否, Y/N, 1/0, √, 有/无, TRUE as a truth value."""
    if cell is None or cell == "":
        return Read()
    word = words_of("flag").get(plain(narrow(cell)))
    if word:
        return Read(word == "true")
    return Read() if is_blank(cell) else Read(problem=warning("ingest.flag_unknown", found=shown(cell)))


def read_word(cell: CellValue, *, field: str) -> Read:
    """One of a field's listed words as our value; an unknown one is an error."""
    if is_blank(cell):
        return Read()
    if value := words_of(field).get(plain(narrow(cell))):
        return Read(value)
    return Read(problem=error("ingest.word_unknown", found=shown(cell)))


def read_choice(cell: CellValue, *, field: str) -> Read:
    """One of a field's listed words as our value, also inside other text (``LPR+50BP``); an unknown one is a warning."""
    if cell is None or cell == "":
        return Read()
    words, text = words_of(field), plain(narrow(cell))
    if value := words.get(text):
        return Read(value)
    if is_blank(cell):
        return Read()
    inside = list(dict.fromkeys(_inside(text, words)))
    return Read(inside[0]) if len(inside) == 1 else Read(None, warning("ingest.word_not_listed", found=shown(cell)))


def read_choices(cell: CellValue, *, field: str) -> Read:
    """Several listed words in one cell (``抵押+保证``, ``抵押、质押``) as our values in the order of the list, joined by +."""
    if is_blank(cell):
        return Read()
    words = words_of(field)
    found: set[str] = set()
    for part in re.split(marks()["word_separators"], unicodedata.normalize("NFKC", tidy(cell))):
        if not (text := plain(part)):
            continue
        values = [words[text]] if text in words else list(_inside(text, words))
        if not values:
            return Read(None, warning("ingest.word_not_listed", found=shown(cell)))
        found |= set(values)
    return Read("+".join(value for value in dict.fromkeys(words.values()) if value in found) or None)


_LEAST_INSIDE = 2  # signs; a single letter or digit says nothing inside a longer text


def _inside(text: str, words: Mapping[str, str]) -> Iterator[str]:
    """The values of the listed words that a text holds, the longest word first at each place."""
    listed = sorted((word for word in words if len(word) >= _LEAST_INSIDE and not word.isdigit()), key=len, reverse=True)
    return (words[found[0]] for found in re.finditer("|".join(map(re.escape, listed)), text))


def read_edition(cell: CellValue) -> Read:
    """An edition's id from its title or short name; an id of somebody else's is kept as written."""
    return Read() if is_blank(cell) else Read(words_of("loan.catalogue_version").get(plain(narrow(cell)), tidy(cell)))


def read_unit(cell: CellValue) -> Read:
    """A unit as the registry spells it."""
    if cell is None or plain(str(cell)) == "":
        return Read()
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    try:
        return Read(unit_of(text) or parse_unit("" if plain(text) in mark("blank") else text))
    except UnknownUnit:
        return Read(problem=error("ingest.unit_unknown", found=shown(cell)))


def read_bond_code(cell: CellValue) -> Read:
    """A bond code as text with its market suffix; a zero lost at the front comes back where the length is known (6 or 9 digits)."""
    read = read_id(cell)
    if not isinstance(read.value, str):
        return read
    text = read.value.upper()
    bare, _, market = text.partition(".")
    if len(bare) in _SHORT_BOND_CODES and bare.isdigit():
        return Read(f"0{text}", info("ingest.zero_restored", found=shown(cell), value=f"0{text}"))
    return Read(f"{bare}.{market}" if market else bare)


_SHORT_BOND_CODES = (5, 8)  # an exchange's six digits, the interbank market's nine, one zero short


def read_sha256(cell: CellValue) -> Read:
    """A file's sha256: 64 hexadecimal digits."""
    if is_blank(cell):
        return Read()
    text = narrow(cell).casefold().removeprefix("sha256:")
    return Read(text) if re.fullmatch("[0-9a-f]{64}", text) else Read(None, warning("ingest.hash_unreadable", found=shown(cell)))


__all__ = ["READERS", "is_uscc", "read_id", "read_uscc"]  # the last three stand in files of their own

READERS: Mapping[str, Callable[[CellValue], Read]] = {
    "text": read_text,
    "free": read_purpose,
    "id": read_id,
    "code": read_code,
    "region": read_region,
    "uscc": read_uscc,
    "bond_code": read_bond_code,
    "sha256": read_sha256,
    "flag": read_flag,
    "edition": read_edition,
    "unit": read_unit,
}


def word_reader(field: str, *, kind: str = "word") -> Reader:
    """The reader of a field with listed words: one of them, one of them inside a text, or several."""
    return partial({"word": read_word, "choice": read_choice, "choices": read_choices}[kind], field=field)


def industry_reader(known: Mapping[str, object]) -> Reader:
    """The reader of industry codes against the standard."""

    @cache
    def names() -> Mapping[str, str]:  # asked for at the first industry that is no code
        return {plain(getattr(entry, "name_zh", "")): code for code, entry in known.items() if re.fullmatch(r"\d{4}", code)}

    return partial(read_industry, known=known, names=names)

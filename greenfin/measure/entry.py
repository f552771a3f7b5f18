"""The catalogue entry of one project as a user tells it: a code, an entry's name, or the words of a technology."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from unicodedata import normalize

from greenfin.core.problems import Problem, Refused, error, info
from greenfin.reference.editions import method_for

if TYPE_CHECKING:
    from greenfin.measure.lists import Item
    from greenfin.methods.declare import Declaration
    from greenfin.reference.load import Reference

NO_ENTRY = ("", "")
_CODE = re.compile(r"(?:(?P<edition>[a-z][a-z0-9-]*):)?(?P<code>\S.*)")
_SHOWN = 60


def entry_of(text: str, reference: Reference, *, on: date) -> tuple[str, str]:
    """The edition and code of an entry: ``4.2.1``, ``green-bond-2021:3.2.2.1``, an entry's Chinese or English name, or a technology (风电).

    Without an edition that of loans in force on the day comes first, then the only other one that has the code. Nothing for an empty
    text. Raises Refused for what is no entry and no known technology, and for a code that several other editions have.
    """
    wanted = normalize("NFKC", text).strip()
    if not wanted:
        return NO_ENTRY
    return _of_technology(wanted) or _of_catalogues(wanted, reference, on=on)


def _of_technology(text: str) -> tuple[str, str] | None:
    """The entry of the longest known word in the text; Latin words stand alone."""
    plain = text.casefold()
    found = [word for word in _technologies() if _says(plain, word)]
    return _technologies()[max(found, key=len)] if found else None


def _says(text: str, word: str) -> bool:
    return bool(re.search(rf"(?<![a-z]){word}(?![a-z])", text)) if word.isascii() else word in text


@cache
def _technologies() -> Mapping[str, tuple[str, str]]:
    return {row["word"]: (row["edition"], row["entry"]) for row in _rows() if row["kind"] == "word"}


@cache
def _rows() -> tuple[Mapping[str, str], ...]:
    return tuple(csv.DictReader(files("greenfin.measure").joinpath("technologies.csv").read_text("utf-8").splitlines()))


def technology_apart(declaration: Declaration, given: Mapping[str, Item], entry: str) -> tuple[Mapping[str, Item], str]:
    """The inputs without the project's technology, and its entry: as told beside them, else that technology.

    A method that takes an input of that name keeps it. Raises Refused where both are told.
    """
    names = {row["word"] for row in _rows() if row["kind"] == "input"} - {i.name for i in declaration.inputs}
    said = {name: item for name, item in given.items() if name in names}
    if not said:
        return given, entry
    (name, item), *more = said.items()
    if entry or more:
        raise Refused(error("measure.entry_twice", name, found=", ".join((*said, *(["--entry"] if entry else [])))))
    if not isinstance(item, str):
        raise Refused(error("measure.entry_unknown", name, found=str(item)[:_SHOWN], edition="-"))
    return {each: value for each, value in given.items() if each != name}, item


def _of_catalogues(text: str, reference: Reference, *, on: date) -> tuple[str, str]:
    parts = _CODE.fullmatch(text)
    edition, code = (parts["edition"], parts["code"]) if parts else ("", text)
    if edition and edition not in reference.catalogues:
        raise Refused(error("measure.edition_unknown", "--entry", found=edition[:_SHOWN], known=", ".join(reference.catalogues)))
    first = edition or reference.editions.for_return(on)
    found = {each: own for each in ([edition] if edition else reference.catalogues) if (own := _code_in(reference, each, code))}
    if first in found:
        return first, found[first]
    if len(found) == 1:
        return next(iter(found.items()))
    if not found:
        raise Refused(error("measure.entry_unknown", "--entry", found=text[:_SHOWN], edition=first))
    raise Refused(error("measure.entry_of_several", "--entry", found=text[:_SHOWN], known=", ".join(f"{e}:{c}" for e, c in found.items())))


def _code_in(reference: Reference, edition: str, text: str) -> str:
    """The code in an edition of an entry that is named by it or by its name; empty where there is none."""
    entries = reference.catalogues[edition].entries
    if text in entries:
        return text
    return next((code for code, entry in entries.items() if text in (entry.name_zh, entry.name_en)), "")


def told_of(entry: tuple[str, str], method: str, reference: Reference, *, on: date) -> list[Problem]:
    """What a reader is told about an entry: which it is, and that its own method is another one, where it is."""
    if entry == NO_ENTRY:
        return []
    edition, code = entry
    name = reference.catalogues[edition].entries[code]
    shown = {"entry": f"{edition}:{code}", "name": name.name_zh, "name_en": name.name_en}
    own = method_for(reference.method_map, edition, code, on)
    if own and own != method:
        return [info("measure.entry_other_method", "--entry", **shown, method=method, own=own)]
    return [info("measure.entry_taken", "--entry", **shown)]

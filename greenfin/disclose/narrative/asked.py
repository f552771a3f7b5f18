"""What the bank answered, place by place: values of numbers, dates and choices, words of names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from greenfin.core.records import Answer, Cell
from greenfin.core.units import parse_number
from greenfin.disclose import printed
from greenfin.disclose.narrative import unit_words
from greenfin.disclose.narrative.filling import CHANGES, Known
from greenfin.disclose.narrative.numerals import patterns
from greenfin.messages.words import Lang
from greenfin.reference.questions import Field, Item

Place = tuple[str, str, int, str]  # item, field, row, column
_START = re.compile(r"[-+−]?[0-9０-９][0-9０-９,，.．]*")


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers by place, and the questions they answer."""

    items: Mapping[str, Item]
    found: Mapping[Place, Mapping[str, Answer]] = field(default_factory=dict)
    rows: Mapping[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)  # rows of registers with something in them

    def at(self, place: Place, lang: Lang, *, either: bool = False) -> Answer | None:
        """What was answered in a language, or for both; ``either``: else in the other language. Blank is no answer."""
        given = {one: answer for one, answer in self.found.get(place, {}).items() if answer.text.strip()}
        return given.get(lang) or given.get("") or (next(iter(given.values()), None) if either else None)

    def is_said(self, item: str, name: str = "") -> bool:
        """Whether anything was answered to an item, or to one of its questions."""
        return any(
            key[0] == item and name in ("", key[1]) and any(a.text.strip() for a in each.values()) for key, each in self.found.items()
        )

    def where(self, place: Place, file: str) -> str:
        """The address of a place: its own, else that of its row, else of its item."""
        own = self.found.get(place)
        if own:
            return next(iter(own.values())).where
        alike = ([a.where for key, each in self.found.items() if key[:n] == place[:n] for a in each.values()] for n in (3, 2, 1))
        return next((near[0] for near in alike if near), file)


def of(answers: Sequence[Answer], items: Mapping[str, Item]) -> Answers:
    """The answers by place."""
    found: dict[Place, dict[str, Answer]] = {}
    rows: dict[tuple[str, str], dict[int, None]] = {}
    for one in answers:
        found.setdefault((one.item, one.field, one.row, one.column), {})[one.lang] = one
        if one.row and one.text.strip():
            rows.setdefault((one.item, one.field), {})[one.row] = None
    return Answers(items, found, {place: tuple(numbers) for place, numbers in rows.items()})


def question_at(items: Mapping[str, Item], address: str) -> tuple[Place, Field] | None:
    """The place that an address in a binding means, with its question; prose is no fact and cannot be bound."""
    name, *rest = address.split(".")
    asked = items[name].field(rest[0]) if name in items and rest else None
    if asked is None:
        return None
    if len(rest) == 1 and asked.kind not in ("register", "prose"):
        return (name, asked.id, 0, ""), asked
    column = asked.column(rest[2]) if len(rest) == 3 else None
    return ((name, asked.id, int(rest[1]), column.id), column) if column and column.kind != "prose" else None


def meant(address: str, lang: Lang, *, cells: Mapping[str, Cell], answers: Answers) -> Known | None:
    """What a binding means: a cell of a table, or a fact that the bank states once; None where there is no such place."""
    if "!" in address:
        cell = cells.get(address)
        return None if cell is None else Known(cell.value, cell.unit, cell.decimals, cell.text, cell.how.op in CHANGES)
    at = question_at(answers.items, address)
    if at is None:
        return None
    place, question = at
    answer = answers.at(place, lang, either=True)
    return (value_of(answer.text, question, lang) if answer else None) or Known()


def value_of(text: str, asked: Field, lang: Lang) -> Known | None:
    """What a text means as an answer to a question; None where it is no such value."""
    match asked.kind:
        case "number" | "quantity":
            return _quantity(text, asked)
        case "date":
            return _day(text, lang)
        case "year":
            found = patterns().year.fullmatch(text.strip())
            return Known(words=found[1]) if found else None
        case "choice":
            option = next((o for o in asked.options if text.strip() in o), None)
            return Known(words=option[1] if lang == "zh" else option[2]) if option else None
    return Known(words=text)


def _quantity(text: str, asked: Field) -> Known | None:
    clean = text.strip()
    found = _START.match(clean)
    if not found:
        return None
    try:
        value = Fraction(parse_number(found[0].replace("\uff0c", ",")))
    except ValueError:
        return None
    rest = clean[found.end() :].strip()
    if asked.kind == "number" and rest in ("", asked.unit):
        return Known(value, asked.unit, _digits(found[0], asked.decimals))
    word = unit_words.words().get(rest)
    if word is None:
        return None
    if asked.kind == "quantity":
        return Known(value * word.scale, word.units[0], 2 if word.scale > 1 else _digits(found[0], 0))
    ratio = word.ratio(asked.unit)
    return Known(value / ratio, asked.unit, asked.decimals) if ratio else None


def _digits(number: str, least: int) -> int:
    return max(least, len(number.partition(".")[2]))


def _day(text: str, lang: Lang) -> Known | None:
    found = patterns().day.fullmatch(text.strip())
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
    return Known(words=printed.word("day", lang, year=day.year, month_named=str(day.month), day=day.day)) if day else None

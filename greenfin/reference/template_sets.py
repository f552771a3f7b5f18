"""What the tables of a set share (``disclosure_templates/<set>/about.yaml``): equalities of units, and when its forms are used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from greenfin.core.problems import Problem, error
from greenfin.core.units import UnknownUnit, parse_unit
from greenfin.reference.strict_yaml import Block, Reader, read_block


@dataclass(frozen=True, slots=True)
class Bridge:
    """An equality of two units that a report assumes (``about.yaml``): one ``from_unit`` is stated as ``ratio`` ``to_unit``."""

    id: str
    from_unit: str
    to_unit: str
    ratio: Fraction
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class InForce:
    """The data dates that a form is for, and the document that says so; no day: not known."""

    applies_from: date | None = None
    applies_until: date | None = None
    document_zh: str = ""
    document_en: str = ""
    verified: str = ""

    def holds(self, day: date) -> bool:
        """Whether the form is the one to hand in for a data date, as far as the days are known."""
        return (self.applies_from is None or self.applies_from <= day) and (self.applies_until is None or day <= self.applies_until)


ALWAYS = InForce()


@dataclass(frozen=True, slots=True)
class TemplateSet:
    """A folder of tables."""

    id: str
    bridges: tuple[Bridge, ...] = ()
    in_force: InForce = ALWAYS


def read_set(path: Path, problems: list[Problem]) -> TemplateSet:
    """The set of an ``about.yaml``; what is wrong with it goes to ``problems``. Never raises."""
    block = read_block(path, problems)
    if block is None:
        return TemplateSet(path.parent.name)
    reader = Reader(block, problems)
    reader.words("title")
    bridges = tuple(_bridge(b, problems) for b in reader.blocks("bridges"))
    inner = reader.inner("in_force")
    made = TemplateSet(reader.text("id"), bridges, _in_force(inner, problems) if inner else ALWAYS)
    reader.done()
    return made


def unit_of(text: str, where: str, problems: list[Problem]) -> str:
    """A unit as it stands in a file; one that is not known goes to ``problems``."""
    try:
        parse_unit(text)
    except UnknownUnit:
        problems.append(error("template.unit_unknown", where, found=text))
    return text


def _bridge(block: Block, problems: list[Problem]) -> Bridge:
    reader = Reader(block, problems)
    try:
        ratio = Fraction(reader.text("ratio"))
    except ValueError:
        problems.append(error("template.field_wrong", block.where, field="ratio", found=reader.text("ratio")))
        ratio = Fraction(1)
    start, end = (unit_of(reader.text(side), block.where, problems) for side in ("from", "to"))
    made = Bridge(reader.text("id"), start, end, ratio, reader.text("zh"), reader.text("en"))
    reader.done()
    return made


def _in_force(block: Block, problems: list[Problem]) -> InForce:
    reader = Reader(block, problems)
    zh, en = reader.words("document")
    made = InForce(_day(reader, "from"), _day(reader, "until"), zh, en, reader.text("verified"))
    reader.done()
    return made


def _day(reader: Reader, field: str) -> date | None:
    text = reader.text(field, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        reader.problems.append(error("template.field_wrong", reader.block.where, field=field, found=text))
        return None

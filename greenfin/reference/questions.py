"""The questionnaire (``disclosure_templates/questionnaire/*.yaml``): what a report says in words, item by item, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from greenfin.core.problems import Problem
from greenfin.reference.shells import FOLDER
from greenfin.reference.strict_yaml import Block, Reader, read_block

KINDS = ("prose", "text", "number", "quantity", "date", "year", "choice", "register")


@dataclass(frozen=True, slots=True)
class Field:
    """A question. ``kind``: prose (paragraphs with bindings), text (a name; a quantity in it is marked), number (in ``unit``), quantity
    (a number with its own unit), date, year, choice (of ``options``: id, zh, en) or register (rows of ``columns``).

    ``is_shown``: whether the report prints it where the item stands; a field that is not may be bound all the same.
    """

    id: str
    kind: str
    zh: str
    en: str
    hint_zh: str = ""
    hint_en: str = ""
    unit: str = ""
    decimals: int = 0
    is_required: bool = True
    is_shown: bool = True
    options: tuple[tuple[str, str, str], ...] = ()
    columns: tuple[Field, ...] = ()

    def column(self, name: str) -> Field | None:
        """A column of a register, or None."""
        return next((c for c in self.columns if c.id == name), None)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the questionnaire with its fields, and under which heading of each standard it stands."""

    id: str
    zh: str
    en: str
    fields: tuple[Field, ...]
    references: Mapping[str, str] = field(default_factory=dict)
    where: str = ""

    def field(self, name: str) -> Field | None:
        """A field, or None."""
        return next((f for f in self.fields if f.id == name), None)


def read_questions(root: Path) -> tuple[Mapping[str, Item], tuple[Problem, ...]]:
    """All items by id and everything wrong with their files. ``root`` is the data folder. Never raises."""
    problems: list[Problem] = []
    found: dict[str, Item] = {}
    for path in sorted((root / FOLDER / "questionnaire").glob("*.yaml")):
        block = read_block(path, problems)
        if block is not None:
            item = _item(block, problems)
            found[item.id] = item
    return found, tuple(problems)


def _item(block: Block, problems: list[Problem]) -> Item:
    reader = Reader(block, problems)
    zh, en = reader.words("title")
    fields = tuple(_field(b, problems) for b in reader.blocks("fields"))
    made = Item(reader.text("id"), zh, en, fields, reader.pairs("references"), block.where)
    reader.done()
    return made


def _field(block: Block, problems: list[Problem]) -> Field:
    reader = Reader(block, problems)
    hint_zh, hint_en = reader.words("hint", required=False)
    made = Field(
        id=reader.text("id"),
        kind=reader.choice("kind", KINDS),
        zh=reader.text("zh"),
        en=reader.text("en"),
        hint_zh=hint_zh,
        hint_en=hint_en,
        unit=reader.text("unit", ""),
        decimals=reader.whole("decimals", 0),
        is_required=reader.flag("required", True),
        is_shown=reader.flag("shown", True),
        options=tuple(_option(b, problems) for b in reader.blocks("options")),
        columns=tuple(_field(b, problems) for b in reader.blocks("columns")),
    )
    reader.done()
    return made


def _option(block: Block, problems: list[Problem]) -> tuple[str, str, str]:
    reader = Reader(block, problems)
    made = reader.text("id"), reader.text("zh"), reader.text("en")
    reader.done()
    return made

"""What a cell prints as: shared by the workbook and the PDF, so that both say the same.

A unit is shown exactly once for each number: in the unit column, in the column's heading, or behind the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from greenfin.core.money import round_half_up
from greenfin.core.records import Cell, Table, TableColumn, TableRow
from greenfin.messages.words import Lang, codes, say

LABEL_COLUMN = "label"
_TIMES = "\u00b7"
_MARKED = ("cell_unknown", "zero_base")  # why a figure is lacking that is no want of data: such columns are shown
_POWER = re.compile(r"(?<=CO)2|(?<=CH)4|(?<=\bm)[23]\b|(?<=N)2(?=O)")
_SMALL = {"2": "\u2082", "4": "\u2084"}
_RAISED = {"2": "\u00b2", "3": "\u00b3"}


def languages(lang: str) -> tuple[Lang, ...]:
    """The languages of a document: ``zh``, ``en`` or ``both``."""
    chosen: dict[str, tuple[Lang, ...]] = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}
    return chosen[lang]


def pick(zh: str, en: str, lang: str, *, between: str = "\n") -> str:
    """The text in the document's language; both, zh first, where it has two. A language without words gives the other."""
    texts = [{"zh": zh or en, "en": en or zh}[one] for one in languages(lang)]
    return between.join(dict.fromkeys(text for text in texts if text))


def word(key: str, lang: str, *, between: str = " / ", **slots: object) -> str:
    """A word of the message files in the document's language."""
    return between.join(dict.fromkeys(say(f"render.{key}", one, **slots) for one in languages(lang)))


def term(kind: str, name: str, lang: str) -> str:
    """The word for a value of a closed list (``found.exact``); one without words prints as it is spelt."""
    texts = (codes(one).get(f"render.{kind}.{name}", name) for one in languages(lang))
    return " / ".join(dict.fromkeys(texts))


def unit_text(unit: str, lang: str) -> str:
    """A unit as a reader writes it; a unit without words prints as it is spelt.

    >>> unit_text("percent", "zh"), unit_text("kgCO2/t", "zh"), unit_text("kWh/(m2*a)", "en")
    ('%', 'kgCO₂/吨', 'kWh/(m²·a)')
    """
    texts = (_unit(unit, one) for one in languages(lang))
    return " / ".join(dict.fromkeys(text for text in texts if text))


def _unit(unit: str, lang: Lang) -> str:
    """The unit's own words, else those of its parts (``tCO2/m2``, ``kWh/(m2*a)``), else its spelling with small figures."""
    known = codes(lang).get(f"render.unit.{unit}")
    if known is not None:
        return known
    above, *below = unit.split("/")
    return "/".join((_product(above, lang, ("",)), *(_product(part, lang, ("per.", "")) for part in below)))


def _product(part: str, lang: Lang, kinds: Sequence[str]) -> str:
    """The factors of a part of a unit, in brackets where they stand so; ``kinds`` of words are tried one after another."""
    words, factors = codes(lang), part.removeprefix("(").removesuffix(")").split("*")
    known = ([words[code] for kind in kinds if (code := f"render.unit.{kind}{one}") in words] for one in factors)
    named = _TIMES.join(found[0] if found else _POWER.sub(_small, one) for found, one in zip(known, factors, strict=True))
    return f"({named})" if part.startswith("(") and factors[1:] else named


def _small(found: re.Match[str]) -> str:
    of_metre = found.string[found.start() - 1] == "m"
    return (_RAISED if of_metre else _SMALL)[found[0]]


def number(value: Fraction, decimals: int) -> str:
    """A number with thousands separators, rounded half up.

    >>> number(Fraction(-2469135, 2), 1)
    '-1,234,567.5'
    """
    return f"{round_half_up(value, decimals):,f}"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table ready to be set: its columns (a label column first where the table has none) and where units go.

    ``heading_units`` are the columns whose heading carries the unit; ``has_units`` says whether there is a unit column.
    """

    table: Table
    lang: str
    columns: tuple[TableColumn, ...]
    has_units: bool
    heading_units: Mapping[str, str] = field(default_factory=dict)

    def heading(self, column: TableColumn, *, between: str = "") -> str:
        """The words above a column, its unit in brackets (after ``between``) where the heading carries it."""
        unit = self.heading_units.get(column.id, "")
        lines = [_with_unit(self._words(column, one), unit_text(unit, one), one, between) for one in languages(self.lang)]
        return "\n".join(dict.fromkeys(line for line in lines if line))

    def _words(self, column: TableColumn, lang: Lang) -> str:
        own = pick(column.zh, column.en, lang)
        return own or (word("label_column", lang) if column.kind == "label" else word("factor_unit", lang) if column.kind == "unit" else "")

    def label(self, row: TableRow) -> str:
        """The words in front of a row."""
        return pick(row.zh, row.en, self.lang)

    def suffix(self, row: TableRow, column: TableColumn, cell: Cell) -> str:
        """The unit to print behind a number: only where neither heading nor unit column shows it."""
        if column.id in self.heading_units or (self.has_units and cell.unit == row.unit):
            return ""
        return unit_text(cell.unit, self.lang)

    def text(self, row: TableRow, column: TableColumn) -> str:
        """What stands in a cell as one text, without footnote marks."""
        if column.kind == "label":
            return self.label(row)
        cell = self.table.cell(row.id, column.id)
        if column.kind == "unit" and cell is None:
            return unit_text(row.unit, self.lang)
        if cell is None:
            return ""
        if cell.text is not None:
            return " ".join(term("text", one, self.lang) for one in cell.text.split(" "))
        if cell.value is None:
            return word("missing", self.lang)
        return joined(number(cell.value, cell.decimals), self.suffix(row, column, cell))


def joined(figure: str, unit: str) -> str:
    """A number and its unit; a sign follows at once, a word after a space."""
    return figure + ("" if not unit or unit in "%‰" else " ") + unit


def _with_unit(words: str, unit: str, lang: str, between: str) -> str:
    if not unit or unit in words:
        return words
    return f"{words}{between}\uff08{unit}\uff09" if lang == "zh" else f"{words}{between or ' '}({unit})"


def grid(table: Table, lang: str) -> Grid:
    """The table's columns and the place of each unit; linear in its cells."""
    columns = table.columns
    if not any(column.kind == "label" for column in columns):
        columns = (TableColumn(LABEL_COLUMN, "", "", "label", 3.0), *columns)
    has_units = any(column.kind == "unit" for column in columns)
    found = ((c.id, _heading_unit(table, c, has_units=has_units)) for c in columns if c.kind == "value")
    return Grid(table, lang, columns, has_units, {column: unit for column, unit in found if unit})


def _heading_unit(table: Table, column: TableColumn, *, has_units: bool) -> str:
    """The unit all numbers of the column share, unless the unit column says it already."""
    cells = [(row, cell) for row in table.rows if (cell := table.cell(row.id, column.id)) is not None and cell.text is None]
    units = {cell.unit for _, cell in cells}
    if len(units) != 1 or (has_units and all(row.unit == cell.unit for row, cell in cells)):
        return ""
    return units.pop()


def without_empty(table: Table) -> tuple[Table, tuple[TableColumn, ...]]:
    """The table without the columns in which no row has a figure, and those columns; a table without any figure stays whole."""

    def is_empty(column: TableColumn) -> bool:
        cells = [cell for row in table.rows if (cell := table.cell(row.id, column.id)) is not None]
        is_marked = bool(cells) and all(cell.how.reason in _MARKED for cell in cells)
        return column.kind in ("value", "text") and not is_marked and all(cell.value is None and not cell.text for cell in cells)

    left = tuple(column for column in table.columns if is_empty(column))
    values = [column for column in table.columns if column.kind == "value"]
    if not left or len(left) == len(values):
        return table, ()
    return replace(table, columns=tuple(column for column in table.columns if column not in left)), left


def is_number(cell: Cell | None) -> bool:
    """Whether the cell holds or lacks a number (a missing one stands where the number would)."""
    return cell is not None and cell.text is None


def lines(zh: Iterable[str], en: Iterable[str], lang: str) -> tuple[str, ...]:
    """Lines of text in the document's language, all zh lines first."""
    chosen = {"zh": tuple(zh), "en": tuple(en)}
    texts = [line for one in languages(lang) for line in chosen[one]]
    return tuple(dict.fromkeys(texts)) or chosen["zh"] or chosen["en"]

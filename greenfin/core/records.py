"""The shapes that travel between steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import pyarrow as pa

from greenfin.core.columns import empty


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the user, as it was read; ``role``: book, controls, rates, mapping or supplements."""

    name: str
    sha256: str
    size: int
    role: str = "book"


BOOK_TABLES = (
    "loans", "projects", "inputs", "operations", "controls", "customers", "given_tags", "drawings", "bonds", "bills", "letters",
    "risk_events", "evidence", "stated_benefits", "rejected",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Book:
    """A bank's book at one data date: Arrow tables in the schemas of ``columns.csv``.

    ``layout`` says in which sheet column each of our columns stood: ``{"book.xlsx!借据台账": {"balance_fen": "K"}}``,
    so that any value can name its cell. A value that came from elsewhere later has an address of its own there, under
    ``column#row``: ``{"total_invest_fen#12": "branch.xlsx!项目补充!H7"}``.
    """

    as_of: date
    loans: pa.Table = field(default_factory=lambda: empty("loans"))
    projects: pa.Table = field(default_factory=lambda: empty("projects"))
    inputs: pa.Table = field(default_factory=lambda: empty("inputs"))
    operations: pa.Table = field(default_factory=lambda: empty("operations"))
    controls: pa.Table = field(default_factory=lambda: empty("controls"))
    customers: pa.Table = field(default_factory=lambda: empty("customers"))
    given_tags: pa.Table = field(default_factory=lambda: empty("given_tags"))
    drawings: pa.Table = field(default_factory=lambda: empty("drawings"))
    bonds: pa.Table = field(default_factory=lambda: empty("bonds"))
    bills: pa.Table = field(default_factory=lambda: empty("bills"))
    letters: pa.Table = field(default_factory=lambda: empty("letters"))
    risk_events: pa.Table = field(default_factory=lambda: empty("risk_events"))
    evidence: pa.Table = field(default_factory=lambda: empty("evidence"))
    stated_benefits: pa.Table = field(default_factory=lambda: empty("stated_benefits"))
    rejected: pa.Table = field(default_factory=lambda: empty("rejected"))
    files: tuple[SourceFile, ...] = ()
    layout: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def cell(self, sheet: str, row: int, column: str) -> str:
        """The address of a value: ``book.xlsx!借据台账!K12`` (``…!12`` where the column is not in the file)."""
        places = self.layout.get(sheet, {})
        return places.get(f"{column}#{row}") or f"{sheet}!{places.get(column, '')}{row}"


@dataclass(frozen=True, slots=True)
class Bank:
    """The reporting bank, as its YAML says: nothing here is computed."""

    name_zh: str = ""
    name_en: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    def listed(self, name: str, part: str) -> tuple[str, ...]:
        """A list of the file: of its values, or of one part of its mappings (``{code: "0101", name: …}``)."""
        alone = [value for value in self.extra.get(name, "").split("; ") if value]
        inner = [self.extra[key] for key in self.extra if key.startswith(f"{name}.") and key.endswith(f".{part}")]
        return (*alone, *inner)


@dataclass(frozen=True, slots=True)
class Sum:
    """An exact sum over rows of a table, with what is needed to find the rows again.

    ``name`` is the declared sum (``green_balance``), ``keys`` the group (``{"class1": "4"}``), ``value`` in ``unit``
    (None: nothing could be summed), ``rows`` how many rows went in, ``table`` and ``column`` where they are.
    """

    name: str
    keys: Mapping[str, str]
    value: int | None
    unit: str
    rows: int
    table: str
    column: str
    marks: tuple[str, ...] = ()  # what a reader must know: unverified, parent_region, earlier_year, user, refused, incomplete

    @property
    def key(self) -> str:
        """Its name in the mapping of sums."""
        return sum_key(self.name, self.keys)


def sum_key(name: str, keys: Mapping[str, str] | None = None) -> str:
    """A sum's name with its group.

    >>> sum_key("benefit", {"output": "co2", "class1": "4"})
    'benefit|class1=4,output=co2'
    """
    if not keys:
        return name
    if len(keys) == 1:
        ((key, value),) = keys.items()
        return f"{name}|{key}={value}"
    return f"{name}|{','.join([f'{key}={value}' for key, value in sorted(keys.items())])}"


LESS = "-"  # before a cell or row that is taken off a total


def signed(arg: str) -> tuple[int, str]:
    """A cell's name in a total with what it counts for there.

    >>> signed("-T08!line_4.balance"), signed("T08!line_8.balance")
    ((-1, 'T08!line_4.balance'), (1, 'T08!line_8.balance'))
    """
    return (-1, arg.removeprefix(LESS)) if arg.startswith(LESS) else (1, arg)


@dataclass(frozen=True, slots=True)
class How:
    """How a cell was made: ``op`` over ``args``.

    sum: args are one sum reference (``name`` with ``keys``); ref: one cell; total, ratio, diff, growth, points: cells (total: ``-`` before
    one that is taken off);
    prior: the published cell of last year (``source`` is its address); missing: nothing, ``reason`` says why; text: a label.
    """

    op: str
    args: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a disclosure table.

    ``value`` is exact, in ``unit``; None is a missing value, never a zero. ``text`` is set for cells that hold words.
    ``decimals`` is how many are printed. ``marks`` are footnote keys.
    """

    id: str  # "T01!co2_reduction.current"
    value: Fraction | None
    unit: str
    decimals: int
    how: How
    text: str | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a disclosure table: ``kind`` is label, unit, value, text or note."""

    id: str
    zh: str
    en: str
    kind: str = "value"
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a disclosure table; ``level`` indents, ``kind`` is row, total or heading."""

    id: str
    zh: str
    en: str
    unit: str
    level: int = 0
    kind: str = "row"


@dataclass(frozen=True, slots=True)
class Table:
    """A disclosure table as it will be printed: rows x columns -> cells by ``{row}.{column}``."""

    id: str
    title_zh: str
    title_en: str
    columns: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    cells: Mapping[str, Cell]
    notes_zh: tuple[str, ...] = ()
    notes_en: tuple[str, ...] = ()
    basis_zh: str = ""
    basis_en: str = ""
    landscape: bool = False

    def cell(self, row: str, column: str) -> Cell | None:
        """The cell, or None where the table has none."""
        return self.cells.get(f"{row}.{column}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bank says in one place of the questionnaire; ``lang`` is empty where one text serves both languages.

    ``row`` counts from one in a register and is zero elsewhere; ``where`` is the place in the bank's file. The item of a table
    (``T15``) holds why it is not applicable.
    """

    item: str
    field: str
    text: str
    where: str = ""
    lang: str = ""
    row: int = 0
    column: str = ""


@dataclass(frozen=True, slots=True)
class PriorCell:
    """A figure as it was published last year (``--prior``): address is table, row and column, value in ``unit``."""

    table: str
    row: str
    column: str
    value: Fraction
    unit: str
    edition: str = ""
    restated: str = ""  # why it differs from what was printed last year; empty: as printed
    source_cell: str = ""

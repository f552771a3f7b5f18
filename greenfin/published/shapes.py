"""What a published document is made of: tables of cells, passages of text, figures, facts, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from greenfin.published.spans import Span


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as printed, with its address; ``number`` is what a workbook holds behind the print, where it says more."""

    text: str
    where: str
    is_number: bool = False  # a number by the file's own word, not by its looks
    is_filled: bool = False  # the text of a merged cell that begins elsewhere


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal length; ``caption`` is the text that stood right above it (title, unit)."""

    where: str
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph in its place."""

    where: str
    text: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A report in reading order; ``year`` is the one it is about, 0 where it does not say."""

    name: str
    blocks: tuple[Table | Passage, ...]
    year: int = 0

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables in order."""
        return tuple(block for block in self.blocks if isinstance(block, Table))

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The passages in order."""
        return tuple(block for block in self.blocks if isinstance(block, Passage))


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed number: its span by the printed decimals, in the printed unit (``factor`` of these make one of its ``kind``).

    ``kind``: money, energy, mass, co2, tce, volume, count, percent, points … or ``""`` where no unit is printed.
    ``start`` and ``end`` are places in the plain text. ``is_exact``: a bare whole number of things; ``nearly``: about, more than, almost.
    """

    text: str
    span: Span
    unit: str = ""
    kind: str = ""
    factor: float = 1.0
    start: int = 0
    end: int = 0
    nearly: str = ""

    @property
    def value(self) -> float:
        """The number as printed."""
        return self.span.value

    @property
    def base(self) -> Span:
        """The span in the unit of its kind."""
        return self.span.scaled(self.factor)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A year (or a shift from the year the table is about), a part of it, and what a quarterly statement sums over."""

    year: int = 0
    part: str = ""  # Q1 .. Q4, H1, M01 ..
    reach: str = ""  # quarter, ytd, since
    shift: int | None = None  # of a relative name: 0 this year, -1 the year before


@dataclass(frozen=True, slots=True)
class Label:
    """What a header or a row name says: about what, in which unit, when, and whether it is a change or a share."""

    text: str
    subject: str = ""
    unit: str = ""
    period: Period | None = None
    change: str = ""  # relative, absolute, points, any
    basis: str = ""  # start (of the year), same (time of last year), before (last quarter)
    is_share: bool = False
    is_total: bool = False
    is_part: bool = False  # 其中
    is_falling: bool = False  # a header of decreases
    base_year: int = 0  # the year that a change is said to be against


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of a table with what it is about."""

    figure: Figure
    where: str
    label: Label
    row: int
    column: int
    table: str
    row_label: Label
    column_label: Label

    @property
    def key(self) -> tuple[str, bool]:
        """What it is about, whenever."""
        return self.label.subject, self.label.is_share

    @property
    def is_level(self) -> bool:
        """An amount or a share, not a change of one."""
        return not self.label.change


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not hold: the rule, how bad, where; the printed and the recomputed number with the range that rounding allows.

    ``code`` and ``slots`` are its words in ``messages``; ``cells`` the other places that took part.
    """

    rule: str
    severity: str
    where: str
    code: str
    published: float | str | None = None
    recomputed: float | None = None
    low: float | None = None
    high: float | None = None
    slots: Mapping[str, object] = field(default_factory=dict)
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a rule found; ``checked`` numbers were recomputed, ``reproduced`` of them hold."""

    findings: tuple[Finding, ...] = ()
    checked: int = 0
    reproduced: int = 0

    def plus(self, other: Result) -> Result:
        """Both together."""
        return Result(self.findings + other.findings, self.checked + other.checked, self.reproduced + other.reproduced)


HELD = Result((), 1, 1)


def failed(finding: Finding) -> Result:
    """One number that was recomputed and does not hold."""
    return Result((finding,), 1, 0)


def together(results: Sequence[Result]) -> Result:
    """All results as one."""
    return Result(
        tuple(finding for result in results for finding in result.findings),
        sum(result.checked for result in results),
        sum(result.reproduced for result in results),
    )

"""What the workbook and the PDF say around the tables: prepared by the caller, printed as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from greenfin.core.problems import Severity


@dataclass(frozen=True, slots=True)
class ProblemCount:
    """How often one problem occurred: its code, severity, count, and a sentence without addresses."""

    code: str
    severity: Severity
    count: int
    zh: str = ""
    en: str = ""


Both = tuple[str, str]  # the same words in Chinese and English; a document prints those of its language


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below a chapter's: ``level`` 1 is a section, 2 what stands in it."""

    words: Both
    level: int = 1
    id: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs (parted by blank lines). ``kind``: body, note (small) or absent (a table that the report does not have, and why)."""

    words: Both
    kind: str = "body"


@dataclass(frozen=True, slots=True)
class Register:
    """Rows of what the bank lists: a title, headings and texts; ``numbers`` are the columns set to the right."""

    title: Both
    heads: tuple[Both, ...]
    rows: tuple[tuple[Both, ...], ...]
    numbers: tuple[int, ...] = ()
    has_heads: bool = True


@dataclass(frozen=True, slots=True)
class Shown:
    """The place of a table of the run."""

    table: str


Line = tuple[tuple[Both, ...], str]  # texts of a line of the index, and the anchor of what it names


@dataclass(frozen=True, slots=True)
class Index:
    """The place of the index: for each standard its headings, where the report answers them, and a column of pages."""

    title: Both
    heads: tuple[Both, ...]
    groups: tuple[tuple[Both, tuple[Line, ...]], ...]


Part = Heading | Prose | Register | Shown | Index


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the report's shell: its parts in order; one without parts shows its tables."""

    zh: str
    en: str
    tables: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    id: str = ""

    def all_parts(self) -> tuple[Part, ...]:
        """Its parts, or the places of its tables."""
        return self.parts or tuple(Shown(name) for name in self.tables)


@dataclass(frozen=True, slots=True)
class TargetPath:
    """A target to draw, of the whole or of an intensity (``measure``): its path, the years there are, and the year to its end."""

    measure: str
    unit: str
    path: tuple[tuple[int, float], ...]
    actual: tuple[tuple[int, float], ...]
    expected: tuple[int, float] | None = None  # where months lack


@dataclass(frozen=True, slots=True)
class Operating:
    """The own footprint to draw: tonnes by scope and month, and each target (scopes 1 and 2)."""

    year: int
    unit: str
    months: tuple[tuple[str, tuple[float, ...]], ...]
    paths: tuple[TargetPath, ...] = ()


@dataclass(frozen=True, slots=True)
class Front:
    """Cover, reading notes and page marks of a report.

    ``edition_*`` is the catalogue's title, ``policy`` an id with a name to print; ``watermark_*`` is empty for a report that may be
    published. ``basis_*`` (what the report was prepared by), ``perimeter_*`` (whose figures), ``data_note_*`` (where data come from
    and what was left out) and ``methods_*`` (by which methods benefits were measured) are lines of text. ``problems`` counts what was
    wrong with the data. Without ``chapters`` the tables follow in their order. ``operating`` is drawn behind the tables of operations.
    """

    bank_zh: str
    bank_en: str
    title_zh: str
    title_en: str
    as_of: date
    edition_zh: str = ""
    edition_en: str = ""
    policy: str = ""
    policy_zh: str = ""
    policy_en: str = ""
    watermark_zh: str = ""
    watermark_en: str = ""
    run_id: str = ""
    basis_zh: tuple[str, ...] = ()
    basis_en: tuple[str, ...] = ()
    perimeter_zh: tuple[str, ...] = ()
    perimeter_en: tuple[str, ...] = ()
    data_note_zh: tuple[str, ...] = ()
    data_note_en: tuple[str, ...] = ()
    methods_zh: tuple[str, ...] = ()
    methods_en: tuple[str, ...] = ()
    problems: tuple[ProblemCount, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    operating: Operating | None = None
    prepared_by: Both = ("", "")
    prepared_on: Both = ("", "")
    sources: Both = ("", "")  # where the data come from, in the bank's words

    @property
    def year(self) -> int:
        """The reporting year: that of the data date."""
        return self.as_of.year


@dataclass(frozen=True, slots=True)
class FactorLine:
    """A factor as the report used it, ready to print.

    ``value`` is the number as its document gives it (text, so that no digit is lost), ``region_*`` its place in words, ``source_*``
    the official document, ``locator`` the page or table in it, ``verified`` is ``yes``, ``one copy`` or ``no: why``, ``found`` how it
    was found (``exact``, ``parent_region``, ``earlier_year``, ``unverified``, ``user``; several joined by ``+``).
    """

    key: str
    name_zh: str
    name_en: str
    value: str
    unit: str
    region_zh: str = ""
    region_en: str = ""
    data_year: int | None = None
    source_zh: str = ""
    source_en: str = ""
    locator: str = ""
    verified: str = "yes"
    found: str = "exact"

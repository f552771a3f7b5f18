"""Templates of disclosure tables (``disclosure_templates/<set>/<table>.yaml``): they name sums, rows and equalities and compute nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from greenfin.core.problems import Problem, error
from greenfin.reference.strict_yaml import Block, Reader, read_block
from greenfin.reference.template_sets import ALWAYS, Bridge, InForce, TemplateSet, read_set, unit_of
from greenfin.reference.template_statements import Said, said

OPS = ("sum", "quotient", "ref", "total", "ratio", "diff", "growth", "text")
KINDS = ("stock", "flow", "share", "count", "intensity", "text")
ROLES = ("label", "unit", "value", "prior", "change", "per")
CHECKS = ("equal", "parts", "total", "sum", "band", "at_most", "together", "hundred", "apart", "product")


@dataclass(frozen=True, slots=True)
class Maker:
    """How a cell is made. ``args`` are one sum (sum), two sums (quotient) or cells; ``keys`` the group of a sum."""

    op: str
    args: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Each:
    """Rows or columns made from the data: one per group of the keys ``by`` that the sum ``order`` has (``keys``: its fixed part).

    Entries of the catalogue and codes stand in their own order; with ``largest`` (and always with ``limit``) the largest come first.
    ``class1`` as the only key of a table's own rows stands for every first-level class of the edition, with rows or without.
    """

    by: tuple[str, ...]
    order: str = ""
    limit: int = 0
    largest: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowSpec:
    """A declared row. ``also``: units to print in where the sum has another dimension than ``unit``; ``bridge``: a declared equality.

    ``by_edition``: the figure depends on the catalogue edition. ``only``: the columns that the row has (empty: all).
    ``makes``: how a static row of a table by columns is made where the columns do not say: the ``total`` of the rows, the ``sum`` over
    everything (``whole``: never added up from the rows), or the ``rest`` between them. ``keys``: the group that the row of a table by
    columns is, as if the data had made it. ``each``: the row stands for as many as the data have groups (ids ``{id}_{group}``).
    ``optional``: left out where the data have nothing of its group. ``of``: a static row of a table by columns that totals these rows.
    ``less``: rows that are taken off that total. ``zero``: as for a column, for the row of a table by rows. ``form``: the number of the
    line on the regulator's sheet, and other names it has there.
    """

    id: str
    zh: str
    en: str
    kind: str
    unit: str = ""
    also: tuple[str, ...] = ()
    decimals: int = 2
    level: int = 0
    style: str = "row"
    maker: Maker | None = None
    note_zh: str = ""
    note_en: str = ""
    bridge: str = ""
    by_edition: bool = True
    only: tuple[str, ...] = ()
    makes: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    each: Each | None = None
    optional: bool = False
    of: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    zero: bool = False
    form: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A declared column. ``of``: what prior, change and per refer to; ``on_total``: how the static rows make it.

    ``zero``: a group without rows has the value 0 there (else it is missing).
    ``says_rest``: a ratio below one gets a footnote with the rest. ``each``: the column stands for as many as the data have groups (ids
    ``{id}_{group}``). ``blank``: where the data have nothing there is no cell. ``optional``: a prior column that is left out where no
    figure of it was published. ``form``: its letter and words on the regulator's sheet.
    """

    id: str
    zh: str
    en: str
    role: str = "value"
    kind: str = ""
    unit: str = ""
    decimals: int = 2
    width: float = 1.0
    maker: Maker | None = None
    of: tuple[str, ...] = ()
    on_total: str = "total"
    zero: bool = False
    bridge: str = ""
    says_rest: bool = False
    each: Each | None = None
    blank: bool = False
    optional: bool = False
    form: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A rule between cells: ``id`` (X-02 …), ``kind`` of :data:`CHECKS`, ``args`` cells (``sum``: a cell and a sum; ``parts``: a cell and
    those it is the sum of, ``-`` before one that is taken off). ``@`` in the cells stands for the same text in all of them, ``*`` in a part
    for any. ``product``: the first times the second is the third. ``says``: the rule in the words of its document."""

    id: str
    kind: str
    args: tuple[str, ...]
    low: str = ""
    high: str = ""
    severity: str = "error"
    says: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """One disclosure table as declared. ``basis_verified`` as for a factor: ``yes``, ``one copy`` or ``no: why``.

    ``by``: ``rows`` (each row says how it is made) or ``columns`` (each column does, for every row of ``each``). ``standard`` is that of
    its financed emissions, ``edition`` the catalogue's where it is not the run's: a table never mixes two. ``in_force``: the data dates
    that it is for. ``signatures``: who signs it.
    """

    id: str
    title_zh: str
    title_en: str
    basis_zh: str
    basis_en: str
    basis_verified: str
    by: str
    columns: tuple[ColumnSpec, ...]
    rows: tuple[RowSpec, ...]
    checks: tuple[Check, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    each: Each | None = None
    landscape: bool = False
    set_id: str = ""
    where: str = ""
    bridges: tuple[Bridge, ...] = ()
    standard: str = ""
    edition: str = ""
    in_force: InForce = ALWAYS
    signatures: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, str] = ("", "")  # why there is nothing in it, where the book has nothing of the kind
    besides: tuple[str, ...] = ()  # rows whose figures alone are nothing of the kind
    running: tuple[str, ...] = ()  # columns of totals that run through the year (of flows)
    by_edition: bool = True  # whether any figure of a table by columns depends on the catalogue's edition
    statement: tuple[Said, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)  # heading of each standard that asks for it (``standards.yaml``)

    def column(self, name: str) -> ColumnSpec | None:
        """The declared column, or None."""
        return next((c for c in self.columns if c.id == name), None)

    def row(self, name: str) -> RowSpec | None:
        """The declared row, or None."""
        return next((r for r in self.rows if r.id == name), None)

    def address(self, text: str, *, row: str, column: str) -> tuple[str, str, str]:
        """Table, row and column that an argument means at a place: ``T02!row.column``, ``T02!row``, ``row.column`` or one word alone."""
        table, _, rest = text.rpartition("!")
        first, dot, last = rest.rpartition(".")
        if dot:
            return table or self.id, first, last
        if table or self.by == "rows":
            return table or self.id, rest, column
        return self.id, row, rest


def read_templates(root: Path) -> tuple[Mapping[str, Template], tuple[Problem, ...]]:
    """All tables by id and everything wrong with their files. ``root`` is the data folder. Never raises."""
    from greenfin.reference.template_rules import wrong_between

    problems: list[Problem] = []
    found: dict[str, Template] = {}
    for about in sorted((root / "disclosure_templates").glob("*/about.yaml")):
        of = read_set(about, problems)
        for path in sorted(about.parent.glob("T*.yaml")):
            block = read_block(path, problems)
            if block is None:
                continue
            template = _template(block, of, problems)
            if template.id != path.stem or template.id in found:
                problems.append(error("template.id_differs", block.where, id=template.id, file=path.name))
            found[template.id] = template
    if not found:
        problems.append(error("template.nothing_there", "disclosure_templates"))
    return found, (*problems, *wrong_between(found))


def basis_of(reader: Reader) -> tuple[str, str, str]:
    """The document that a table or shell rests on, zh and en, and whether it was checked."""
    inner = Reader(reader.inner("basis") or Block(reader.block.where), reader.problems)
    zh, en = inner.words("document")
    verified = inner.text("verified")
    inner.done()
    return zh, en, verified


def _template(block: Block, of: TemplateSet, problems: list[Problem]) -> Template:
    reader = Reader(block, problems)
    title_zh, title_en = reader.words("title")
    basis_zh, basis_en, verified = basis_of(reader)
    standard, edition = reader.text("standard", ""), reader.text("edition", "")
    keys = {"edition": edition} if edition else {"standard": standard} if standard else {}
    made = Template(
        id=reader.text("id"),
        title_zh=title_zh,
        title_en=title_en,
        basis_zh=basis_zh,
        basis_en=basis_en,
        basis_verified=verified,
        by=reader.choice("by", ("rows", "columns")),
        columns=tuple(_under(_column(b, problems), keys) for b in reader.blocks("columns")),
        rows=tuple(_under(_row(b, problems), keys) for b in reader.blocks("rows")),
        checks=tuple(_check(b, problems) for b in reader.blocks("checks")),
        notes=tuple(_note(b, problems) for b in reader.blocks("notes")),
        each=_each(reader.inner("each"), problems),
        landscape=reader.flag("landscape", False),
        set_id=of.id,
        where=block.where,
        bridges=of.bridges,
        in_force=of.in_force,
        edition=edition,
        signatures=tuple(_note(b, problems) for b in reader.blocks("signatures")),
        standard=standard,
        references=reader.pairs("references"),
        absent=_note(absent, problems) if (absent := reader.inner("absent")) else ("", ""),
        besides=reader.texts("besides"),
        running=reader.texts("running"),
        by_edition=reader.flag("by_edition", True),
        statement=tuple(said(b, problems) for b in reader.blocks("statement")),
    )
    reader.done()
    return made


Spec = TypeVar("Spec", RowSpec, ColumnSpec)


def _under(spec: Spec, keys: Mapping[str, str]) -> Spec:
    """A row or column whose sums are those of the table's standard of financed emissions, or of its edition."""
    made = spec.maker
    if not keys or made is None or made.op not in ("sum", "quotient"):
        return spec
    if "standard" in keys and not made.args[0].startswith("financed"):
        return spec
    return replace(spec, maker=replace(made, keys={**made.keys, **keys}))


def _maker(reader: Reader) -> Maker | None:
    named = [op for op in OPS if op in reader.block]
    if len(named) > 1:
        reader.problems.append(error("template.two_makers", reader.block.where, found=", ".join(named)))
    if not named:
        return None
    return Maker(named[0], reader.texts(named[0]), reader.pairs("keys"))


def _row(block: Block, problems: list[Problem]) -> RowSpec:
    reader = Reader(block, problems)
    note_zh, note_en = reader.words("note", required=False)
    maker = _maker(reader)
    made = RowSpec(
        id=reader.text("id"),
        zh=reader.text("zh"),
        en=reader.text("en"),
        kind=reader.choice("kind", KINDS, "stock"),
        unit=unit_of(reader.text("unit", ""), block.where, problems),
        also=tuple(unit_of(u, block.where, problems) for u in reader.texts("also")),
        decimals=reader.whole("decimals", 2),
        level=reader.whole("level", 0),
        style=reader.choice("style", ("row", "total", "heading"), "row"),
        maker=maker,
        note_zh=note_zh,
        note_en=note_en,
        bridge=reader.text("bridge", ""),
        by_edition=reader.flag("by_edition", True),
        only=reader.texts("only"),
        makes=reader.choice("makes", ("", "total", "sum", "whole", "rest"), ""),
        keys={} if maker else reader.pairs("keys"),
        each=_each(reader.inner("each"), problems),
        optional=reader.flag("optional", False),
        of=reader.texts("of"),
        less=reader.texts("less"),
        form=reader.texts("form"),
        zero=reader.flag("zero", False),
    )
    reader.done()
    return made


def _column(block: Block, problems: list[Problem]) -> ColumnSpec:
    reader = Reader(block, problems)
    made = ColumnSpec(
        id=reader.text("id"),
        zh=reader.text("zh"),
        en=reader.text("en"),
        role=reader.choice("role", ROLES, "value"),
        kind=reader.choice("kind", ("", *KINDS), ""),
        unit=unit_of(reader.text("unit", ""), block.where, problems),
        decimals=reader.whole("decimals", 2),
        width=reader.real("width", 1.0),
        maker=_maker(reader),
        of=reader.texts("of"),
        on_total=reader.choice("on_total", ("total", "known", "same", "sum", "none"), "total"),
        zero=reader.flag("zero", False),
        bridge=reader.text("bridge", ""),
        says_rest=reader.flag("says_rest", False),
        each=_each(reader.inner("each"), problems),
        blank=reader.flag("blank", False),
        form=reader.texts("form"),
        optional=reader.flag("optional", False),
    )
    reader.done()
    return made


def _each(block: Block | None, problems: list[Problem]) -> Each | None:
    if block is None:
        return None
    reader = Reader(block, problems)
    made = Each(
        by=reader.texts("by"),
        order=reader.text("order", ""),
        limit=reader.whole("limit", 0),
        largest=reader.flag("largest", False),
        keys=reader.pairs("keys"),
    )
    reader.done()
    return made


def _check(block: Block, problems: list[Problem]) -> Check:
    reader = Reader(block, problems)
    made = Check(
        id=reader.text("id"),
        kind=reader.choice("kind", CHECKS),
        args=reader.texts("cells"),
        low=reader.text("low", ""),
        high=reader.text("high", ""),
        severity=reader.choice("severity", ("error", "warning"), "error"),
        says=reader.text("says", ""),
    )
    reader.done()
    return made


def _note(block: Block, problems: list[Problem]) -> tuple[str, str]:
    reader = Reader(block, problems)
    words = (reader.text("zh"), reader.text("en"))
    reader.done()
    return words

"""One cell after another: what the template names is looked up, put in the cell's unit, and keeps how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from greenfin.core.money import round_half_up
from greenfin.core.problems import Problem, error
from greenfin.core.records import LESS, Cell, How, Sum, sum_key
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.disclose.layout import Layout, Line
from greenfin.disclose.printed import joined, unit_text
from greenfin.disclose.published import Address, Published, unit_ratio
from greenfin.disclose.texts import ANSWERED, ANSWERS, PLACES, group_of
from greenfin.messages.words import LANGUAGES, say
from greenfin.reference.template_rules import exists
from greenfin.reference.template_sets import Bridge
from greenfin.reference.templates import ColumnSpec, Maker, RowSpec, Template

CELL_UNKNOWN = "cell_unknown"  # the template names a cell that is nowhere declared
NO_ROWS = "no_rows"  # the data hold nothing of the kind: a total goes without it
_HOLES = ("refused", "incomplete")
SOME_SITES = "some_sites"  # not every site says how large it is
_REASONS = (*_HOLES, "in_doubt", "unsaid")  # why a sum has no value
_PLAIN = (NO_ROWS, "no_prior", "part_missing", "zero_base")  # reasons that need no footnote
_CLASSES = {"class1", "class2", "code"}  # codes mean another thing in another edition
Note = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """A cell with its footnotes (zh and en), before they are numbered."""

    cell: Cell
    notes: tuple[Note, ...] = ()

    @property
    def value(self) -> Fraction | None:
        """The exact value."""
        return self.cell.value


@dataclass(frozen=True, slots=True)
class Place:
    """A cell to be made: where it stands and what is declared about it."""

    layout: Layout
    line: Line
    column: ColumnSpec

    @property
    def id(self) -> str:
        """The cell's address."""
        return f"{self.layout.template.id}!{self.line.id}.{self.column.id}"

    @property
    def is_by_rows(self) -> bool:
        """Whether the row says how the cell is made."""
        return self.layout.template.by == "rows"

    @property
    def spec(self) -> RowSpec | ColumnSpec:
        """The declaration that carries unit, kind and decimals."""
        return self.line.spec if self.is_by_rows and self.line.spec else self.column

    @property
    def units(self) -> tuple[str, ...]:
        """Units to print in, the first that fits counts."""
        return (self.line.spec.unit, *self.line.spec.also) if self.is_by_rows and self.line.spec else (self.column.unit,)

    @property
    def bridges(self) -> tuple[Bridge, ...]:
        """The declared equality of units that the cell may use."""
        return tuple(b for b in self.layout.template.bridges if b.id == self.spec.bridge)


def words(code: str, **slots: object) -> Note:
    """A footnote in both languages."""
    return say(code, "zh", **slots), say(code, "en", **slots)


@dataclass(slots=True)
class CellMaker:
    """Makes cells on demand and remembers them; a cell may rest on cells of any table."""

    layouts: Mapping[str, Layout]
    sums: Mapping[str, Sum]
    published: Published
    texts: Mapping[str, Mapping[str, str]]  # words of each project by what they say: its entry (code), scene, evidence …
    problems: list[Problem] = field(default_factory=list)
    made: dict[Address, Made | None] = field(default_factory=dict)
    declared: Mapping[str, Template] = field(default_factory=dict)  # the templates before the data made rows and columns of them

    def cell(self, at: Address) -> Made | None:
        """The cell at an address, or None where the table has none."""
        if at not in self.made:
            place = self._place(at)
            self.made[at] = self._make(place, at) if place else None
        return self.made[at]

    def _place(self, at: Address) -> Place | None:
        layout = self.layouts.get(at[0])
        if layout is None:
            return None
        line, column = layout.lines.get(at[1]), layout.template.column(at[2])
        if line is None or column is None or column.role in ("label", "unit") or (line.spec and line.spec.style == "heading"):
            return None
        if line.spec and line.spec.only and column.id not in line.spec.only:
            return None
        return Place(layout, line, column)

    def _make(self, place: Place, at: Address) -> Made | None:
        roles = {"prior": self._prior, "change": self._change, "per": self._per}
        if place.column.role in roles:
            return roles[place.column.role](place, at)
        found = self._value(place, at)
        if found is not None and place.is_by_rows and place.line.spec and place.line.spec.note_zh:
            found = replace(found, notes=(*found.notes, (place.line.spec.note_zh, place.line.spec.note_en)))
        return found

    # values

    def _value(self, place: Place, at: Address) -> Made | None:
        maker = place.line.spec.maker if place.is_by_rows and place.line.spec else place.column.maker
        if maker is None:
            return None
        if not place.is_by_rows and not place.line.keys:
            return self._static(place, maker, at)
        return self._by_op(place, maker, at)

    def _static(self, place: Place, maker: Maker, at: Address) -> Made | None:
        """A declared row of a table by columns."""
        makes = (place.line.spec.makes if place.line.spec else "") or place.column.on_total
        if place.column.on_total in ("none", "same"):
            return self._by_op(place, maker, at) if place.column.on_total == "same" else None
        if place.line.spec and place.line.spec.of:
            return self._of_rows(place, at)
        if makes == "rest":
            return self._rest(place, at)
        if maker.op == "sum" and _over_everything(place, makes):
            return self._sum(place, maker)
        return self._total(place, [(at[0], line.id, at[2]) for line in place.layout.groups], known=makes == "known")

    def _of_rows(self, place: Place, at: Address) -> Made | None:
        """The total of named rows; counts of what may stand in several rows have none."""
        of = place.line.spec.of if place.line.spec else ()
        if place.column.on_total == "sum":
            return None
        less = place.line.spec.less if place.line.spec else ()
        if lacking := [name for name in (*of, *less) if self.declared and self.declared[at[0]].row(name) is None]:
            return self._missing(place, CELL_UNKNOWN, lacking)
        added, taken = ([(at[0], line.id, at[2]) for line in place.layout.under(names)] for names in (of, less))
        return self._total(place, added, less=taken, known=place.column.on_total == "known")

    def _rest(self, place: Place, at: Address) -> Made:
        by_makes = {line.spec.makes: (at[0], line.id, at[2]) for line in place.layout.lines.values() if line.spec}
        whole, listed = by_makes["sum"], by_makes["total"]
        inner = self.cell(listed)
        if inner is not None and inner.cell.how.reason == NO_ROWS:
            return self._total(place, [whole])
        return self._arithmetic(place, "diff", [whole, listed])

    def _by_op(self, place: Place, maker: Maker, at: Address) -> Made | None:
        if maker.op == "sum":
            return self._sum(place, maker)
        if maker.op == "quotient":
            return self._quotient(place, maker)
        if maker.op == "text":
            return self._text(place, maker.args[0])
        return self._of_cells(place, maker, at)

    def _of_cells(self, place: Place, maker: Maker, at: Address) -> Made:
        """A cell made of cells; one that the template names and that is nowhere is a marked place."""
        targets = [place.layout.template.address(arg, row=at[1], column=at[2]) for arg in maker.args]
        if lacking := [target for target in targets if self.declared and self.cell(target) is None and not exists(target, self.declared)]:
            return self._missing(place, CELL_UNKNOWN, ["{}!{}.{}".format(*target) for target in lacking])
        if maker.op == "ref":
            return self._ref(place, targets[0])
        if maker.op == "total":
            return self._total(place, targets)
        return self._arithmetic(place, maker.op, targets)

    def _text(self, place: Place, of: str) -> Made:
        """A key of the row, an answer of the questionnaire (``Q04.own_quota``), or what is said of the row's project."""
        if ANSWERED in of:
            answer = self.texts[ANSWERS].get(of, "")
            return self._worded(place, answer, self.texts[PLACES][of]) if answer else self._missing(place, NO_ROWS, ())
        return self._worded(place, place.line.keys.get(of) or self.texts.get(of, {}).get(group_of(place.line.keys), ""))

    def _worded(self, place: Place, text: str, source: str = "") -> Made:
        return Made(Cell(place.id, None, "", 0, How("text", keys=dict(place.line.keys), source=source), text=text))

    def _sum(self, place: Place, maker: Maker) -> Made | None:
        name, keys = maker.args[0], {**maker.keys, **place.line.keys}
        how = How("sum", (name,), keys)
        found = self.sums.get(sum_key(name, keys))
        if found is None and place.column.blank and (place.line.keys or place.is_by_rows):
            return None
        if found is None:
            whole = self.sums.get(sum_key(name, maker.keys)) or self.sums.get(name)
            if keys and place.spec.zero and whole is not None and whole.value is not None:
                marked = tuple(words(f"disclose.note.{mark}") for mark in whole.marks if mark not in _HOLES)
                return Made(Cell(place.id, Fraction(0), place.units[0], place.spec.decimals, how), marked)
            return self._missing(place, NO_ROWS, (), keys=keys)
        if found.value is None:
            return self._missing(place, next((m for m in found.marks if m in _REASONS), "unknown"), (name,), keys=keys)
        notes = tuple(words(f"disclose.note.{mark}") for mark in found.marks if mark not in _HOLES)
        fitted = self._fit(place, found.unit)
        if fitted is None:
            self.problems.append(error("disclose.unit_differs", place.id, found=found.unit, unit=place.units[0]))
            return self._missing(place, "unit", (name,), keys=keys)
        unit, ratio, bridged = fitted
        if found.marks and "incomplete" in found.marks:
            notes = (*notes, words("disclose.note.incomplete"))
        return Made(Cell(place.id, found.value * ratio, unit, place.spec.decimals, how), (*notes, *bridged))

    def _fit(self, place: Place, unit: str) -> tuple[str, Fraction, tuple[Note, ...]] | None:
        """The unit to print in, how many of it one of the sum's is, and a footnote where that was assumed."""
        for wanted in place.units:
            try:
                return wanted, exact_ratio(_counted(unit), wanted), ()
            except (UnknownUnit, WrongDimension):
                continue
        for bridge in place.bridges:
            try:
                return place.units[0], unit_ratio(unit, place.units[0], (bridge,)), ((bridge.zh, bridge.en),)
            except (UnknownUnit, WrongDimension):
                continue
        return None

    def _quotient(self, place: Place, maker: Maker) -> Made:
        keys = {**maker.keys, **place.line.keys}
        top, bottom = (self.sums.get(sum_key(name, keys)) for name in maker.args)
        if top is None or bottom is None or top.value is None or not bottom.value:
            return self._missing(place, NO_ROWS, maker.args, keys=keys)
        ratio = exact_ratio(f"{top.unit}/({bottom.unit})", place.units[0])
        value = Fraction(top.value, bottom.value) * ratio
        notes = (words("disclose.note.some_sites"),) if SOME_SITES in top.marks else ()
        return Made(Cell(place.id, value, place.units[0], place.spec.decimals, How("sum", maker.args, keys)), notes)

    def _ref(self, place: Place, target: Address) -> Made:
        found = self.cell(target)
        name = "{}!{}.{}".format(*target)
        if found is None or found.value is None:
            return self._missing(place, found.cell.how.reason if found else NO_ROWS, (name,))
        return Made(Cell(place.id, found.value, found.cell.unit, place.spec.decimals, How("ref", (name,))), found.notes)

    def _total(self, place: Place, targets: Sequence[Address], *, less: Sequence[Address] = (), known: bool = False) -> Made:
        """The sum of the cells that have a value; a part missing for another reason than that there is nothing leaves the total out.

        ``less``: cells that are taken off. ``known``: a part of which nothing is known is left out of the total, and a footnote says so.
        """
        parts = [made for at in (*targets, *less) if (made := self.cell(at)) is not None]
        given = [made for made in parts if made.value is not None]
        off = {"{}!{}.{}".format(*at) for at in less}
        names = tuple(LESS * (made.cell.id in off) + made.cell.id for made in given)
        holes = [made for made in parts if made.value is None and made.cell.how.reason != NO_ROWS]
        lacking = known and bool(given) and all(made.cell.how.reason == "unknown" for made in holes)
        if (holes and not lacking) or not given:
            return self._missing(place, "part_missing" if holes else NO_ROWS, names)
        unit = given[0].cell.unit
        sized = ((-1 if one.cell.id in off else 1, one.cell) for one in given)
        value = sum((sign * one.value * exact_ratio(one.unit, unit) for sign, one in sized if one.value is not None), Fraction(0))
        notes = tuple(dict.fromkeys(note for made in given for note in made.notes))
        if holes and (said := words("disclose.note.scope_lacking")) not in notes:
            notes = (*notes, said)
        return Made(Cell(place.id, value, unit, place.spec.decimals, How("total", names)), notes)

    def _arithmetic(self, place: Place, op: str, targets: Sequence[Address]) -> Made:
        return self._two(place, op, targets, unit=place.units[0], decimals=place.spec.decimals)

    def _two(self, place: Place, op: str, targets: Sequence[Address], *, unit: str, decimals: int) -> Made:
        """Ratio, difference, growth or points of two cells."""
        first, second = (self.cell(at) for at in targets)
        names = tuple("{}!{}.{}".format(*at) for at in targets)
        if first is None or second is None or first.value is None or second.value is None:
            holes = [m for m in (first, second) if m is not None and m.value is None]
            return self._missing(place, holes[0].cell.how.reason if holes else NO_ROWS, names, unit=unit)
        value, reason = compute(op, first.cell, second.cell, unit)
        if value is None:
            return self._missing(place, reason, names, unit=unit)
        notes: tuple[Note, ...] = ()
        if op == "ratio" and place.column.says_rest and not place.line.keys and value < 100:
            notes = (_rest_note(second.value - first.value, second.cell.unit),)
        return Made(Cell(place.id, value, unit, decimals, How(op, names)), notes)

    # the other columns

    def _prior(self, place: Place, at: Address) -> Made | None:
        now = self.cell((at[0], at[1], place.column.of[0]))
        if now is None:
            return None
        of = place.layout.template.column(place.column.of[0])
        decimals = place.spec.decimals if place.is_by_rows or of is None else of.decimals
        by_edition = place.line.spec.by_edition if place.is_by_rows and place.line.spec else True
        current = (at[0], at[1], place.column.of[0])
        earlier = current if of is None or of.role != "prior" else self.published.earlier(current, (at[0], at[1], of.of[0]), at)
        by_class = bool(_CLASSES & set(place.line.keys))
        taken = self.published.take(earlier, at, unit=now.cell.unit, by_edition=by_edition, by_class=by_class, bridges=place.bridges)
        if taken.value is None:
            whole = self._of_rows(place, at) if taken.reason == "no_prior" and place.line.spec and place.line.spec.of else None
            if whole is not None and whole.value is not None and len(whole.cell.how.args) == len(place.layout.groups):
                self.published.absent.remove(place.id)
                return whole  # every row that it totals was published
            return self._missing(place, taken.reason, (), unit=now.cell.unit, source=taken.source)
        notes: tuple[Note, ...] = ()
        if taken.restated:
            notes = (words("disclose.note.restated", reason=taken.restated),)
        elif taken.edition_unknown:
            notes = (words("disclose.note.edition_unknown"),)
        return Made(Cell(place.id, taken.value, now.cell.unit, decimals, How("prior", source=taken.source)), notes)

    def _change(self, place: Place, at: Address) -> Made | None:
        targets = [(at[0], at[1], name) for name in place.column.of]
        now = self.cell(targets[0])
        if now is None:
            return None
        of = place.layout.template.column(place.column.of[0])
        kind = place.line.spec.kind if place.is_by_rows and place.line.spec else of.kind if of else ""
        op, unit = ("points", "pp") if kind == "share" else ("growth", "percent")
        return self._two(place, op, targets, unit=unit, decimals=place.column.decimals)

    def _per(self, place: Place, at: Address) -> Made | None:
        targets = [place.layout.template.address(arg, row=at[1], column=at[2]) for arg in place.column.of]
        targets[0] = (at[0], at[1], place.column.of[0])
        now, heads = (self.cell(target) for target in targets)
        if now is None:
            return None
        unit = f"{now.cell.unit}/{heads.cell.unit}" if heads else now.cell.unit
        made_of = self.sums.get(sum_key(heads.cell.how.args[0], heads.cell.how.keys)) if heads and heads.cell.how.op == "sum" else None
        if made_of is not None and SOME_SITES in made_of.marks:
            return self._missing(place, SOME_SITES, (), unit=unit)
        return self._two(place, "ratio", targets, unit=unit, decimals=place.column.decimals)

    def _missing(
        self, place: Place, reason: str, args: Sequence[str], *, keys: Mapping[str, str] | None = None, unit: str = "", source: str = ""
    ) -> Made:
        how = How("missing", tuple(args), keys or {}, source, reason)
        notes = () if reason in _PLAIN else (words(f"disclose.missing.{reason}"),)
        return Made(Cell(place.id, None, unit or place.units[0], place.spec.decimals, how), notes)


def _over_everything(place: Place, makes: str) -> bool:
    """Whether a declared row is the sum over everything, and not added up from the other rows."""
    return makes == "whole" or (makes == "sum" and (place.column.on_total == "sum" or not place.layout.is_whole))


def _counted(unit: str) -> str:
    return unit or "dimensionless"


def _rest_note(rest: Fraction, unit: str) -> Note:
    """How much of a whole a share leaves out."""
    figure = f"{round_half_up(rest, 2):,f}"
    zh, en = (say("disclose.note.rest", lang, amount=joined(figure, unit_text(unit, lang))) for lang in LANGUAGES)
    return zh, en


def compute(op: str, first: Cell, second: Cell, unit: str) -> tuple[Fraction | None, str]:
    """The value of ratio, diff, growth or points over two cells, in ``unit``; None and the reason where it has none."""
    if first.value is None or second.value is None:
        return None, "part_missing"
    if op in ("diff", "points"):
        return first.value - second.value * exact_ratio(second.unit, first.unit), ""
    if second.value == 0 or (op == "growth" and second.value < 0):
        return None, "zero_base" if second.value == 0 else "negative_base"
    if op == "growth":
        return (first.value * exact_ratio(first.unit, second.unit) / second.value - 1) * 100, ""
    if unit == "percent":
        return first.value * exact_ratio(first.unit, second.unit) / second.value * 100, ""
    return first.value / second.value * exact_ratio(f"{first.unit}/({second.unit})", unit), ""

"""Series for green-finance evaluation in any layout: each number takes quarter, item, party and unit from the words around it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from greenfin.core.period import MONTHS
from greenfin.core.problems import Outcome, Problem, Refused, error, info, warning
from greenfin.core.series import OWN, PEERS, Point
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.ingest.cells import is_blank, is_error, shown, tidy
from greenfin.ingest.dates import month_end, read_date, stretch_of
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.headers import unit_of
from greenfin.ingest.numbers import number_in

MONEY, PERCENT, POINTS = "CNY", "percent", "points"
RATIOS = ("GFE-I1", "GFE-I2", "GFE-I3", "GFE-I4")
GROWTH, MOST = "GFE-I3", 10  # growth may be above one; above ten times it is meant in per cent
QUARTERS = 4
_Key = tuple[str, date | None, str, str]
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Said:
    """What texts around a number say; empty where they say nothing."""

    item: str = ""
    quarter: date | None = None
    party: str | None = None
    kind: str = ""
    unit: str = ""

    def over(self, other: Said) -> Said:
        """This, and what it does not say as the other has it."""
        party = other.party if self.party is None else self.party
        return Said(self.item or other.item, self.quarter or other.quarter, party, self.kind or other.kind, self.unit or other.unit)


@dataclass(slots=True)
class _Found:
    points: list[Point] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    bare: set[int] = field(default_factory=set)  # ratios without a unit: their places among the points


def read_evaluation(path: Path) -> Outcome[tuple[Point, ...]]:
    """Every figure of a file that belongs to an evaluation, with its cell; raises Refused for a file that holds none."""
    grids = read_grids(path)
    made = _Found(problems=list(grids.problems))
    for grid in grids.value:
        if not grid.is_hidden:
            _read(grid, made)
    if not made.points:
        raise Refused(error("evaluation.nothing_read", path.name))
    _settle(made)
    first: dict[_Key, Point] = {}
    twice = {_key(p): p for p in made.points if first.setdefault(_key(p), p).value != p.value}
    made.problems += [error("evaluation.given_twice", p.where, item=p.item) for p in twice.values()]
    return Outcome(tuple(p for p in made.points if _key(p) not in twice), tuple(made.problems))


def evaluation_of(stated: Mapping[str, str], prefix: str) -> Outcome[tuple[Point, ...]]:
    """The same from a bank's own file, whose keys are words joined by dots: ``evaluation.2025Q4.green_loans: 120亿元``."""
    made = _Found()
    for name, text in stated.items():
        head, *words = name.split(".")
        if head == prefix and words:
            around = Said()
            for word in words:
                around = _of_text(word).over(around)
            _take(text, around, f"bank.yaml!{name}", made)
    _settle(made)
    return Outcome(tuple(made.points), tuple(made.problems))


def _key(one: Point) -> _Key:
    return one.item, one.quarter, one.party, one.kind


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(files("greenfin.ingest").joinpath("evaluation.toml").read_text("utf-8"))


def _plain(text: str) -> str:
    return re.sub(r"[\s_:]+", "", unicodedata.normalize("NFKC", text)).casefold()


def _is(kind: str, text: str) -> bool:
    return bool(re.search(_words()[kind], _plain(text)))


@lru_cache(maxsize=1 << 12)
def _of_text(text: str) -> Said:
    """What one text says."""
    clean = unicodedata.normalize("NFKC", text)
    inner = [one or other for one, other in _BRACKETS.findall(clean)]
    unit = next((unit for part in inner if (unit := unit_of(part))), "")
    bare = _plain(_BRACKETS.sub("", clean))
    if quarter := _quarter(clean):
        return Said(quarter=quarter)
    words = _words()
    party = PEERS if re.search(words["peers"], bare) else OWN if any(_plain(own) in bare for own in words["own"]) else None
    kind = next((name for name in ("deviation", "mean") if re.search(words[name], bare)), "")
    if kind and party is None:
        party = PEERS
    rest = re.sub(words["peers"], "", bare) if party == PEERS else bare
    item = next((name for name, pattern in words["items"].items() if re.search(pattern, bare if name == "participants" else rest)), "")
    return Said(item, None, party, kind, unit)


def _quarter(cell: CellValue) -> date | None:
    """The last day of the quarter that a cell names."""
    if isinstance(cell, date):
        return _end(cell)
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(cell))).removesuffix(".0").casefold()
    for pattern, put in _words()["quarters"].items():
        text = re.sub(pattern, put, text)
    if (found := stretch_of(text, year=None)) and found[1] == MONTHS // QUARTERS:
        return _end(found[0])
    if month := re.fullmatch(_words()["month"], text):
        return _end(date(int(month[1]), int(month[2]), 1))
    day = read_date(text).value if re.fullmatch(_words()["day"], text) else None
    return _end(day) if isinstance(day, date) else None


def _end(day: date) -> date:
    """The last day of a day's quarter."""
    size = MONTHS // QUARTERS
    return month_end(date(day.year, (day.month + size - 1) // size * size, 1))


def _read(grid: Grid, made: _Found) -> None:
    rows = [grid.row(at) for at in range(grid.height)]
    heads: list[Said] = [Said()] * len(grid.columns)
    kinds: list[str] = [""] * len(grid.columns)
    sheet = _of_title(_of_text(grid.sheet.rpartition("!")[2]))
    was_head = False
    for at, row in enumerate(rows):
        if _is_head(row):
            fresh = [_of_text(str(tidy(cell))) if not is_blank(cell) else Said() for cell in _filled(row, rows, at)]
            heads = [new.over(old) if was_head else new for new, old in zip(fresh, heads, strict=True)]
            kinds = [_role(cell) for cell in row]
            was_head = True
            continue
        if sum(not is_blank(cell) for cell in row) == 1 and not was_head:
            sheet = _of_title(_note(row)).over(sheet)
            continue
        was_head = False
        _row(grid, at, (heads, kinds), sheet, made)


def _of_title(said: Said) -> Said:
    """What a title says, its items aside: a title names no figure."""
    return Said("", None, said.party if said.party == PEERS else None, "", said.unit)


def _note(row: Sequence[CellValue]) -> Said:
    text = next(str(tidy(cell)) for cell in row if not is_blank(cell))
    found = _of_text(text)
    return Said(party=found.party, unit=found.unit or unit_of(text))


def _is_head(row: Sequence[CellValue]) -> bool:
    """Whether a row holds headings: several cells, no plain numbers, and words or quarters that are known."""
    told = [cell for cell in row if not is_blank(cell)]
    texts = [str(tidy(cell)) for cell in told if isinstance(cell, str)]
    quarters = sum(_quarter(cell) is not None for cell in told)
    numbers = sum(isinstance(cell, int | float) and _quarter(cell) is None for cell in told)
    known = sum(bool(_role(text)) or bool(_of_text(text).item) for text in texts)
    numeric = any(_number(text) for text in texts)
    return (
        len(told) > 1
        and not numbers
        and not numeric
        and (known > 1 or quarters > 1 or (known == 1 and quarters == 1 and _role(told[0]) != ""))
    )


def _number(text: str) -> bool:
    try:
        number_in(text, unit=MONEY)
    except (ValueError, ArithmeticError):
        return False
    return _quarter(text) is None and text[:1] in "0123456789-+.("


def _role(cell: CellValue) -> str:
    """What kind of column a heading is: quarter, year, party, unit, value or item; nothing where it is a figure's."""
    if is_blank(cell) or not isinstance(cell, str):
        return ""
    text = _BRACKETS.sub("", unicodedata.normalize("NFKC", cell))
    if _of_text(text).item and not _is("value", text):
        return ""
    return next((name for name in ("party", "unit", "year", "value", "item", "quarter") if _is(name, text)), "")


def _filled(row: Sequence[CellValue], rows: Sequence[Sequence[CellValue]], at: int) -> list[CellValue]:
    """A row of headings with merged ones carried to the right where another row of headings follows."""
    below = at + 1 < len(rows) and _is_head(rows[at + 1])
    found: list[CellValue] = []
    for cell in row:
        found.append(found[-1] if below and is_blank(cell) and found else cell)
    return found


def _row(grid: Grid, at: int, above: tuple[Sequence[Said], Sequence[str]], sheet: Said, made: _Found) -> None:
    (heads, kinds), row = above, grid.row(at)
    beside, labels = _beside(row, kinds, heads)
    for column, cell in enumerate(row):
        if column in labels or is_blank(cell):
            continue
        head = heads[column]
        around = head.over(beside).over(sheet) if head.item else beside.over(head).over(sheet)
        _take(cell, around, grid.at(at, column), made)


def _beside(row: Sequence[CellValue], kinds: Sequence[str], heads: Sequence[Said]) -> tuple[Said, set[int]]:
    """What the labels of a row say, and which columns they stand in. A text that says nothing under the heading of a figure is none."""
    said, labels, year = Said(), set[int](), None
    for column, cell in enumerate(row):
        kind, text = kinds[column], str(tidy(cell))
        if is_blank(cell) or kind == "value":
            continue
        if kind == "year" and (found := re.match(r"(?:19|20)\d\d", text)):
            year = int(found[0])
        elif kind == "quarter" and year and (alone := re.fullmatch(_words()["alone"], _plain(text).removesuffix(".0"))):
            said = said.over(Said(quarter=_end(date(year, int(alone[1]) * MONTHS // QUARTERS, 1))))
        elif kind == "party":
            said = Said(party=OWN if _of_text(text).party == OWN else PEERS if _of_text(text).party == PEERS else text).over(said)
        elif kind == "unit":
            said = Said(unit=unit_of(text)).over(said)
        elif kind in ("quarter", "item") or _is_label(cell, heads[column]) or (column == 0 and _quarter(cell)):
            said = Said(quarter=_quarter(cell)).over(said) if _quarter(cell) else said.over(_of_text(text))
        else:
            continue
        labels.add(column)
    return said, labels


def _is_label(cell: CellValue, head: Said) -> bool:
    text = str(tidy(cell))
    return isinstance(cell, str) and not _number(text) and (not (head.item or head.quarter) or _of_text(text) != Said())


def _take(cell: CellValue, around: Said, where: str, made: _Found) -> None:
    """A cell as a point, where the words around it name an item."""
    if not around.item:
        return
    wanted = POINTS if around.item.startswith("qualitative") else PERCENT if around.item in RATIOS else MONEY
    try:
        if is_error(cell):
            raise ValueError(shown(cell))
        found = number_in(cell, unit=around.unit or ("" if wanted == POINTS else MONEY if wanted == MONEY else ""))
        value = _scaled(Fraction(found.value), found.unit or around.unit, around.item)
    except (ValueError, ArithmeticError, UnknownUnit, WrongDimension):
        made.problems.append(error("evaluation.unreadable", where, found=shown(cell), item=around.item))
        return
    if wanted == MONEY and not (found.unit or around.unit) and around.item != "participants":
        made.problems.append(info("evaluation.unit_assumed", where, item=around.item))
    party = PEERS if around.item == "participants" else around.party or OWN
    if wanted == PERCENT and not (found.unit or around.unit):
        made.bare.add(len(made.points))
    made.points.append(Point(around.item, value, around.quarter, party, around.kind or "sum", where))


def _settle(made: _Found) -> None:
    """Ratios without a unit, all of one file alike: in per cent where a share among them is above one (no share can be), else as parts of
    one. Which it was is told; growth above one alone says neither, and is left out.
    """
    bare = [made.points[at] for at in sorted(made.bare)]
    if not bare:
        return
    is_percent = any(abs(p.value) > 1 for p in bare if p.item != GROWTH) or any(abs(p.value) > MOST for p in bare)
    if is_percent:
        made.problems.append(warning("evaluation.ratio_as_percent", bare[0].where, n=len(bare), found=_plain_number(bare)))
        made.points = [replace(p, value=p.value / 100) if at in made.bare else p for at, p in enumerate(made.points)]
    elif doubtful := [p for p in bare if abs(p.value) > 1]:
        made.problems.append(error("evaluation.ratio_doubtful", doubtful[0].where, n=len(doubtful), found=_plain_number(doubtful)))
        made.points = [p for p in made.points if p not in doubtful]
    else:
        made.problems.append(info("evaluation.ratio_as_part", bare[0].where, n=len(bare), found=_plain_number(bare)))


def _plain_number(points: Sequence[Point]) -> str:
    """The greatest of some bare figures, as an example."""
    return f"{float(max(points, key=lambda p: abs(p.value)).value):g}"


def _scaled(value: Fraction, unit: str, item: str) -> Fraction:
    """Money in yuan, ratios as parts of one, marks and numbers as they are."""
    if item in RATIOS:
        return value * exact_ratio(unit, "dimensionless") if unit else value
    if item.startswith("qualitative") or item == "participants":
        return value
    return value * exact_ratio(unit or MONEY, MONEY)

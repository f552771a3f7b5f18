"""The first page: the run at a glance, how it has moved from run to run, and how good its data are. No streamlit here.

Every figure stands beside the address of where it comes from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from greenfin.core.problems import Refused, error
from greenfin.disclose.printed import word
from greenfin.messages import Lang, say
from greenfin.run_folder import Saved
from greenfin.ui.views.problems import Group
from greenfin.ui.views.units import PURE
from greenfin.ui.views.units import printed as printed_as

TABLES = "tables.json"
GLANCE = ("T01!green_balance", "T01!green_share", "T01!co2_reduction", "T01!energy_saved", "T01!ghg_total")
NOW, BEFORE, CHANGE = "current", "prior", "change"
SEVERITIES = ("error", "warning", "info")
_WHOLE = 100.0
_FEW = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its name, what stands below it, the address of where it comes from, and a colour."""

    words: str
    value: str
    below: str = ""
    href: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A figure at a data date: as printed with its unit, and how long its bar is (0 to 100) beside the largest of the row."""

    day: str
    printed: str
    bar: float
    href: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure over the runs, the earliest first; ``from_published``: the first one is what a run was told of the year before it."""

    words: str
    points: tuple[Point, ...]
    from_published: bool = False


def address(page: str, lang: Lang, **asked: str) -> str:
    """The address of a page of this front end; a reader's language goes along."""
    return f"/{page}?{urlencode({**{name: value for name, value in asked.items() if value}, 'lang': lang})}"


def printed(saved: Saved) -> Mapping[str, Mapping[str, Any]]:
    """Every cell of the run's tables by its id, as it was printed, with its row's words. Raises Refused."""
    path = saved.folder / TABLES
    try:
        tables = json.loads(path.read_text("utf-8"))["tables"]
        return {cell["cell"]: cell | _row_words(cell["cell"], table) for table in tables for cell in table["cells"]}
    except (OSError, ValueError, KeyError, TypeError) as bad:
        raise Refused(error("run.damaged", str(path))) from bad


def _row_words(cell: str, table: Mapping[str, Any]) -> dict[str, str]:
    row = cell.partition("!")[2].rpartition(".")[0]
    found: Mapping[str, Any] = next((one for one in table["rows"] if one["id"] == row), {})
    return {"zh": found.get("zh", ""), "en": found.get("en", "")}


def glance(saved: Saved, cells: Mapping[str, Mapping[str, Any]], lang: Lang) -> tuple[Tile, ...]:
    """The bank in a few figures, each with its change from the prior year."""
    return tuple(_tile(row, saved, cells, lang) for row in GLANCE if f"{row}.{NOW}" in cells)


def glance_against(tiles: Sequence[Tile], lang: Lang) -> str:
    """A sentence on what the changes of the glance are against; empty where it shows none."""
    return say("ui.home.glance_against", lang) if any(tile.below for tile in tiles) else ""


def _tile(row: str, saved: Saved, cells: Mapping[str, Mapping[str, Any]], lang: Lang) -> Tile:
    cell = cells[f"{row}.{NOW}"]
    change = _shown(cells.get(f"{row}.{CHANGE}"), lang)
    below = say("ui.home.change", lang, change=change if change.startswith("-") else f"+{change}") if change else ""
    href = address("disclosure", lang, run=saved.id, cell=cell["cell"])
    return Tile(cell[lang], _shown(cell, lang) or word("missing", lang), below, href, "green")


def _shown(cell: Mapping[str, Any] | None, lang: Lang) -> str:
    """A cell's figure with its unit; empty where it has none."""
    if not cell or cell.get("value") is None:
        return ""
    if not isinstance(cell.get("decimals"), int):
        return str(cell["printed"])
    return printed_as(Fraction(cell["value"]), str(cell.get("unit") or PURE), cell["decimals"], lang)


def balance(saved: Saved, lang: Lang) -> tuple[Tile, ...]:
    """How many loans the run has and what is wrong with them, by severity."""
    counts = saved.record["counts"]
    problems = [
        Tile(
            say(f"severity.{name}", lang),
            say("ui.home.n_problems", lang, n=f"{counts['problems'][name]:,}"),
            "",
            address("problems", lang, run=saved.id, severity=name),
            name,
        )
        for name in SEVERITIES
    ]
    loans = say("ui.home.n_loans", lang, n=f"{counts['loans']:,}")
    return (Tile(say("ui.home.loans", lang), loans, "", address("loans", lang, run=saved.id), "book"), *problems)


def trends(found: Sequence[Saved], lang: Lang) -> tuple[Trend, ...]:
    """The figures of the glance over the newest run of each data date; the earliest brings its prior year along."""
    dated = _dated(found)
    return tuple(made for row in GLANCE if len((made := _trend(row, dated, lang)).points) > 1)


def trend_against(lines: Sequence[Trend], lang: Lang) -> str:
    """A sentence on what stands side by side in the trend; another one where its first bar is what was published for the year before."""
    if not lines:
        return ""
    return say("ui.home.trend_from_published" if any(line.from_published for line in lines) else "ui.home.trend_against", lang)


def _dated(found: Sequence[Saved]) -> list[tuple[Saved, Mapping[str, Mapping[str, Any]]]]:
    newest = dict[str, Saved]()
    for saved in found:
        newest.setdefault(str(saved.record["made_of"]["as_of"]), saved)
    read = ((saved, _cells_or_none(saved)) for _, saved in sorted(newest.items()))
    return [(saved, cells) for saved, cells in read if cells]


def _cells_or_none(saved: Saved) -> Mapping[str, Mapping[str, Any]]:
    try:
        return printed(saved)
    except Refused:
        return {}


def _trend(row: str, dated: Sequence[tuple[Saved, Mapping[str, Mapping[str, Any]]]], lang: Lang) -> Trend:
    found = list[tuple[str, Mapping[str, Any], str]]()
    for saved, cells in dated:
        day = str(saved.record["made_of"]["as_of"])
        for column, of in ((BEFORE, _year_before(day)), (NOW, day)):
            cell = cells.get(f"{row}.{column}")
            if _shown(cell, lang) and cell and (column == NOW or not found):
                found.append((of, cell, address("disclosure", lang, run=saved.id, cell=cell["cell"])))
    most = max((abs(float(Fraction(cell["value"]))) for _, cell, _ in found), default=0) or 1
    points = tuple(Point(day, _shown(cell, lang), _WHOLE * abs(float(Fraction(cell["value"]))) / most, href) for day, cell, href in found)
    return Trend(found[0][1][lang] if found else "", points, bool(found) and found[0][1]["cell"].endswith(f".{BEFORE}"))


def _year_before(day: str) -> str:
    """The same day a year before.

    >>> _year_before("2025-12-31"), _year_before("2024-02-29")
    ('2024-12-31', '2023-02-28')
    """
    year, _, rest = day.partition("-")
    return f"{int(year) - 1}-{rest.replace('02-29', '02-28')}"


def first_of(groups: Sequence[Group]) -> tuple[Group, ...]:
    """The first few kinds of problems, but for those that only inform."""
    return tuple(group for group in groups if group.severity != SEVERITIES[-1])[:_FEW]

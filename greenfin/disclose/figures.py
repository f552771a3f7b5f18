"""The pictures of a report: which there are for its tables, behind which table each stands, and the figures in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

from greenfin.core.records import Table
from greenfin.disclose import charts, financed_charts, operating_charts, printed, step_charts
from greenfin.disclose.front import Front, Operating, TargetPath
from greenfin.disclose.typeset import Typesetter

OPERATING = "T21"  # the table whose figures are drawn by month and against the target
MASS = 2  # decimals of tonnes by month
Draw = Callable[[float, Typesetter], Any]


@dataclass(frozen=True, slots=True)
class Point:
    """A figure of a picture: its name, its value, how it is printed there, and what it is drawn from: ``cells``, else ``keys``."""

    label: str
    value: Fraction
    unit: str
    decimals: int
    shown: str
    cells: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    is_change: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture behind the table ``after``: its title with the unit, lines below it, and its figures, for a document without it too."""

    after: str
    id: str
    title: str
    source: tuple[str, ...]
    draw: Draw
    points: tuple[Point, ...] = ()
    sums: tuple[tuple[str, float, str], ...] = ()  # of the figures, where they are too many for a list

    @property
    def bars(self) -> tuple[tuple[str, float, str], ...]:
        """The figures as words, lengths and text."""
        return self.sums or tuple((point.label, float(point.value), point.shown) for point in self.points)


def figures(tables: Sequence[Table], front: Front, lang: str) -> tuple[Figure, ...]:
    """All pictures that the tables give, in the order of their tables."""
    found = (
        *_classes(tables, lang),
        *_steps(tables, lang),
        *_operating(tables, front.operating, lang),
        *_financed(tables, lang),
        *_scores(tables, lang),
    )
    return tuple(sorted(found, key=lambda figure: figure.after))


def _source(table: Table, lang: str) -> str:
    return printed.word(
        "chart_source", lang, between=" ", table=f"{table.id} " + printed.pick(table.title_zh, table.title_en, lang, between=" / ")
    )


def _titled(words: str, unit: str, lang: str) -> str:
    text = printed.unit_text(unit, lang)
    return f"{words} ({text})" if text else words


def _classes(tables: Sequence[Table], lang: str) -> Iterator[Figure]:
    bars = charts.parts_of_total(tables)
    if bars is None:
        return
    name = printed.pick(bars.table.title_zh, bars.table.title_en, lang, between=" / ")
    of_class = bars.table.id == charts.BY_CLASS
    words = printed.word("chart_title", lang) if of_class else printed.word("chart_general", lang, between=" ", title=name)
    left = (printed.word("chart_left_out", lang, count=bars.left_out),) if bars.left_out else ()
    yield _of_bars(bars, "chart", _titled(words, bars.unit, lang), left, lang)


def _of_bars(bars: charts.Bars, name: str, title: str, below: tuple[str, ...], lang: str) -> Figure:
    points = tuple(
        Point(printed.pick(zh, en, lang), value, bars.unit, bars.decimals, printed.number(value, bars.decimals), (cell,))
        for (zh, en, value), cell in zip(bars.bars, bars.cells, strict=True)
    )
    draw = partial(_keywords, charts.draw, bars, lang)
    return Figure(bars.table.id, name, title, (_source(bars.table, lang), *below), draw, points)


def _steps(tables: Sequence[Table], lang: str) -> Iterator[Figure]:
    """What the benefit of the year before became this year."""
    found = step_charts.steps(tables)
    if found is not None:
        title = _titled(printed.word("chart_steps", lang), found.unit, lang)
        points = tuple(
            Point(printed.pick(s.zh, s.en, lang), s.value, found.unit, s.decimals, s.figure, s.cells, is_change=not s.is_year)
            for s in found.steps
        )
        draw = partial(_keywords, step_charts.draw, found, lang)
        yield Figure(found.after, "chart-steps", title, (_source(found.table, lang),), draw, points)


def _operating(tables: Sequence[Table], operating: Operating | None, lang: str) -> Iterator[Figure]:
    table = next((t for t in tables if t.id == OPERATING), None)
    if table is None or operating is None:
        return
    title = _titled(printed.word("chart_months", lang, year=operating.year), operating.unit, lang)
    months = partial(_keywords, operating_charts.draw_months, operating, lang)
    wholes = ((scope, sum(map(operating_charts.as_told, values), Fraction(0))) for scope, values in operating.months)
    sums = tuple((operating_charts.named(scope, lang), float(whole), printed.number(whole, MASS)) for scope, whole in wholes)
    points = tuple(_month_points(operating, lang))
    yield Figure(OPERATING, "chart-operating", title, (_source(table, lang),), months, points, sums)
    for at, path in enumerate(operating.paths):
        title = _titled(printed.word("chart_target", lang, measure=path.measure), path.unit, lang)
        draw = partial(_keywords, operating_charts.draw_path, path, lang)
        yield Figure(OPERATING, f"chart-path-{at}", title, (_source(table, lang),), draw, tuple(_path_points(path, lang)))


def _month_points(operating: Operating, lang: str) -> Iterator[Point]:
    """Each scope in each month."""
    for scope, values in operating.months:
        for month, value in enumerate(values, 1):
            label = f"{operating_charts.named(scope, lang)} {operating.year}-{month:02d}"
            keys = {"scope": scope, "year": str(operating.year), "month": str(month)}
            exact = operating_charts.as_told(value)
            yield Point(label, exact, operating.unit, MASS, printed.number(exact, MASS), keys=keys)


def _path_points(path: TargetPath, lang: str) -> Iterator[Point]:
    """The years of a target: what it allows in its first and last, what was emitted, what is expected of a year with months lacking."""
    places = operating_charts.places_of(path)
    expected = () if path.expected is None else (path.expected,)
    for kind, name, points in (
        ("path", "chart_path", (path.path[0], path.path[-1])),
        ("actual", "chart_emitted", path.actual),
        ("expected", "chart_expected", expected),
    ):
        for year, value in points:
            keys = {"per": path.measure, "kind": kind, "year": str(year)}
            label = f"{printed.word(name, lang)} {year}"
            exact = operating_charts.as_told(value)
            yield Point(label, exact, path.unit, places, printed.number(exact, places), keys=keys)


def _keywords(draw: Callable[..., Any], of: object, lang: str, width: float, typesetter: Typesetter) -> Any:
    return draw(of, lang=lang, width=width, typesetter=typesetter)


def _financed(tables: Sequence[Table], lang: str) -> Iterator[Figure]:
    drawn = financed_charts.industries(tables)
    if drawn is None:
        return
    table, unit, found = drawn
    points = tuple(Point(printed.pick(i.zh, i.en, lang), i.emissions, unit, 0, financed_charts.figure(i, lang), i.cells) for i in found)
    draw = partial(_keywords, financed_charts.draw, found, lang)
    title = _titled(printed.word("chart_financed", lang), unit, lang)
    yield Figure(table.id, "chart-financed", title, (_source(table, lang),), draw, points)


def _scores(tables: Sequence[Table], lang: str) -> Iterator[Figure]:
    """The marks of a scorecard, where the run has one."""
    bars = charts.scores(tables)
    if bars is not None:
        yield _of_bars(bars, "chart-scores", _titled(printed.word("chart_scores", lang), bars.unit, lang), (), lang)

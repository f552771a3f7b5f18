"""The pictures of a report: which there are for its tables, behind which table each stands, and the figures in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from greenfin.core.records import Table
from greenfin.disclose import charts, financed_charts, operating_charts, printed, step_charts
from greenfin.disclose.front import Front
from greenfin.disclose.typeset import Typesetter

OPERATING = "T21"  # the table whose figures are drawn by month and against the target
Draw = Callable[[float, Typesetter], Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture behind the table ``after``: its title with the unit, lines below it, and its bars as words for a document without it."""

    after: str
    id: str
    title: str
    source: tuple[str, ...]
    draw: Draw
    bars: tuple[tuple[str, float, str], ...] = ()


def figures(tables: Sequence[Table], front: Front, lang: str) -> tuple[Figure, ...]:
    """All pictures that the tables give, in the order of their tables."""
    found = (
        *_classes(tables, lang),
        *_steps(tables, lang),
        *_operating(tables, front, lang),
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
    shown = tuple((printed.pick(zh, en, lang), float(value), printed.number(value, bars.decimals)) for zh, en, value in bars.bars)
    draw = partial(_draw_bars, bars, lang)
    yield Figure(bars.table.id, "chart", _titled(words, bars.unit, lang), (_source(bars.table, lang), *left), draw, shown)


def _draw_bars(bars: charts.Bars, lang: str, width: float, typesetter: Typesetter) -> Any:
    return charts.draw(bars, lang=lang, width=width, typesetter=typesetter)


def _steps(tables: Sequence[Table], lang: str) -> Iterator[Figure]:
    """What the benefit of the year before became this year."""
    found = step_charts.steps(tables, lang)
    if found is not None:
        words = printed.word("chart_steps", lang)
        bars = tuple((step.label, step.value, step.figure) for step in found.steps)
        draw = partial(_draw_steps, found)
        yield Figure(found.after, "chart-steps", _titled(words, found.unit, lang), (_source(found.table, lang),), draw, bars)


def _draw_steps(found: step_charts.Steps, width: float, typesetter: Typesetter) -> Any:
    return step_charts.draw(found, width=width, typesetter=typesetter)


def _operating(tables: Sequence[Table], front: Front, lang: str) -> Iterator[Figure]:
    table = next((t for t in tables if t.id == OPERATING), None)
    operating = front.operating
    if table is None or operating is None:
        return
    words = printed.word("chart_months", lang, year=operating.year)
    months = partial(_keywords, operating_charts.draw_months, operating, lang)
    names = tuple((operating_charts.named(scope, lang), sum(values), f"{sum(values):,.2f}") for scope, values in operating.months)
    yield Figure(OPERATING, "chart-operating", _titled(words, operating.unit, lang), (_source(table, lang),), months, names)
    for at, path in enumerate(operating.paths):
        words = printed.word("chart_target", lang, measure=path.measure)
        shown = tuple((str(year), value, f"{value:,.2f}") for year, value in path.actual)
        draw = partial(_keywords, operating_charts.draw_path, path, lang)
        yield Figure(OPERATING, f"chart-path-{at}", _titled(words, path.unit, lang), (_source(table, lang),), draw, shown)


def _keywords(draw: Callable[..., Any], of: object, lang: str, width: float, typesetter: Typesetter) -> Any:
    return draw(of, lang=lang, width=width, typesetter=typesetter)


def _financed(tables: Sequence[Table], lang: str) -> Iterator[Figure]:
    drawn = financed_charts.industries(tables)
    if drawn is None:
        return
    table, unit, found = drawn
    bars = tuple((printed.pick(i.zh, i.en, lang), float(i.emissions), financed_charts.figure(i, lang)) for i in found)
    draw = partial(_keywords, financed_charts.draw, found, lang)
    yield Figure(table.id, "chart-financed", _titled(printed.word("chart_financed", lang), unit, lang), (_source(table, lang),), draw, bars)


def _scores(tables: Sequence[Table], lang: str) -> Iterator[Figure]:
    """The marks of a scorecard, where the run has one."""
    bars = charts.scores(tables)
    if bars is not None:
        shown = tuple((printed.pick(zh, en, lang), float(value), printed.number(value, bars.decimals)) for zh, en, value in bars.bars)
        words = printed.word("chart_scores", lang)
        yield Figure(
            bars.table.id,
            "chart-scores",
            _titled(words, bars.unit, lang),
            (_source(bars.table, lang),),
            partial(_draw_bars, bars, lang),
            shown,
        )

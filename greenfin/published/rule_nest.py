"""V-NEST and V-BAND of quarterly statements: quarter <= year to date <= since the start, and what the periods between imply."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

from greenfin.published.facts import Facts
from greenfin.published.index import Case, indicator_of, is_of_kind, named
from greenfin.published.labels import period_in
from greenfin.published.prose import told
from greenfin.published.settings import Band, bands, setting
from greenfin.published.shapes import HELD, Fact, Finding, Label, Result, failed, together
from greenfin.published.spans import Span
from greenfin.published.words import pattern

_ORDER = ("quarter", "ytd", "since")
_FIRST = "M03"
_AT_TOP = 3
_TITLE = 200
_STATED = ("projects", "facility_amount", "facility_rate", "facility_co2")
Reaches = Mapping[str, Fact]


def check_nesting(case: Case) -> Result:
    """All tables that print several reaches of one quarter, and the text of such a statement."""
    found = [result for facts in case.tables for result in _of_table(facts, case)]
    return together([*found, *_of_text(case)])


def _of_text(case: Case) -> Iterator[Result]:
    """A statement in words: the same amounts for a quarter, the year and since the start."""
    found: dict[str, dict[str, Fact]] = {}
    for passage in case.document.passages:
        for mention in told(passage).mentions:
            if mention.period is None or not mention.period.reach or mention.role not in ("level", "ratio") or mention.figure.nearly:
                continue
            is_projects = pattern("prose.projects").fullmatch(mention.figure.unit)
            what = "projects" if is_projects else indicator_of(mention.noun, reach=True)
            if what in _STATED and is_of_kind(what, mention.figure.kind):
                none = Label(mention.before)
                fact = Fact(mention.figure, passage.where, none, 0, 0, passage.where, none, none)
                found.setdefault(what, {}).setdefault(mention.period.reach, fact)
    title = " ".join(passage.text[:_TITLE] for passage in case.document.passages[:_AT_TOP])
    quarter = pattern("period.quarter").search(title)
    is_first = bool(quarter and pattern("period.first_quarter").search(quarter[0]))
    for what, reaches in found.items():
        if not _is_rate(what, reaches):
            yield from _nested(reaches, is_first=is_first)
    yield from _implied(found)


def _of_table(facts: Facts, case: Case) -> Iterator[Result]:
    found: dict[tuple[int, str], dict[str, Fact]] = {}
    for fact in facts.facts:
        period = fact.label.period
        if fact.is_level and period and period.reach and not fact.label.is_share:
            row = fact.row if fact.column_label.period and fact.column_label.period.reach else -fact.column - 1
            found.setdefault((row, _what(fact)), {})[period.reach] = fact
    is_first = _is_first_quarter(facts, case)
    for (_, what), reaches in found.items():
        if not _is_rate(what, reaches):
            yield from _nested(reaches, is_first=is_first)
    rows = {row for row, _ in found}
    for row in sorted(rows):
        yield from _implied({what: reaches for (at, what), reaches in found.items() if at == row})


def _what(fact: Fact) -> str:
    """The indicator of a column of a statement, without the name of its row."""
    label = fact.column_label if fact.column_label.period and fact.column_label.period.reach else fact.row_label
    return indicator_of(label.subject, reach=True) or named(fact)


def _is_rate(what: str, reaches: Reaches) -> bool:
    return what == "facility_rate" or any(
        f.figure.kind == "percent" or pattern("row.per_head").search(f.label.text) for f in reaches.values()
    )


def _is_first_quarter(facts: Facts, case: Case) -> bool:
    """Whether a statement is about a first quarter: its caption, headers or the document's title say so."""
    texts = [facts.layout.caption, *(label.text for label in facts.layout.columns.values())]
    texts += [passage.text for passage in case.document.passages[:_AT_TOP]]
    for text in texts:
        period, _ = period_in(text[:60])
        found = pattern("period.quarter").search(text)
        if found:
            return bool((period and period.part == _FIRST) or pattern("period.first_quarter").search(found[0]))
    return False


def _nested(reaches: Reaches, *, is_first: bool) -> Iterator[Result]:
    held = [reaches[reach] for reach in _ORDER if reach in reaches]
    for one, other in itertools.pairwise(held):
        if one.figure.base.low > other.figure.base.high:
            slots = {"printed": one.figure.text, "of": other.figure.text}
            limit = other.figure.value
            yield failed(
                Finding("V-NEST", "error", one.where, "published.not_nested", one.figure.value, None, None, limit, slots, (other.where,))
            )
        else:
            yield HELD
    if is_first and "quarter" in reaches and "ytd" in reaches and reaches["quarter"].figure.base.low <= reaches["ytd"].figure.base.high:
        one, other = reaches["quarter"], reaches["ytd"]
        if one.figure.base.meets(other.figure.base):
            yield HELD
        else:
            low, value, high = one.figure.base.scaled(1 / other.figure.factor).rounded(4)
            slots = {"printed": other.figure.text, "of": one.figure.text}
            yield failed(
                Finding(
                    "V-NEST", "error", other.where, "published.first_quarter", other.figure.value, value, low, high, slots, (one.where,)
                )
            )


def _implied(columns: Mapping[str, Reaches]) -> Iterator[Result]:
    """The rate and the reduction per amount of each reach, and of what lies between two."""
    amounts, rates = columns.get("facility_amount"), columns.get("facility_rate")
    if amounts and rates:
        yield from _rates(amounts, rates)
    for band in bands():
        above, below = columns.get(band.above), columns.get(band.below)
        if above and below:
            yield from _ratios(band, above, below)


def _rates(amounts: Reaches, rates: Reaches) -> Iterator[Result]:
    low, high = setting("rate", "low"), setting("rate", "high")
    for one, other in itertools.pairwise(_ORDER):
        if not all(reach in held for reach in (one, other) for held in (amounts, rates)):
            continue
        rest = amounts[other].figure.base - amounts[one].figure.base
        paid = amounts[other].figure.base.times(rates[other].figure.span) - amounts[one].figure.base.times(rates[one].figure.span)
        implied = paid.over(rest) if rest.low > 0 else None
        where, cells = rates[other].where, (rates[one].where, amounts[one].where, amounts[other].where)
        if implied is None:
            if (
                rest.value == 0
                and rest.high < amounts[one].figure.base.value / 100
                and not rates[one].figure.span.meets(rates[other].figure.span)
            ):
                slots = {"printed": rates[other].figure.text, "of": rates[one].figure.text}
                yield failed(
                    Finding(
                        "V-NEST", "error", where, "published.same_amount_other_rate", rates[other].figure.value, slots=slots, cells=cells
                    )
                )
        elif implied.high < low or implied.low > high:
            slots = {"value": f"{implied.value:.4g}", "low": f"{low:g}", "high": f"{high:g}"}
            a, b, c = implied.rounded(4)
            yield failed(Finding("V-BAND", "warning", where, "published.implied_rate", rates[other].figure.value, b, a, c, slots, cells))
        else:
            yield HELD


def _ratios(band: Band, above: Reaches, below: Reaches) -> Iterator[Result]:
    """Each reach, and what lies between each and the next, which nobody printed."""
    shared = [reach for reach in _ORDER if reach in above and reach in below]
    for reach in shared:
        yield in_band(band, above[reach].figure.base, below[reach].figure.base, above[reach])
    for one, other in itertools.pairwise(shared):
        top, bottom = above[other].figure.base - above[one].figure.base, below[other].figure.base - below[one].figure.base
        if bottom.low > 0 and top.low >= 0 and bottom.value > 0:
            yield in_band(replace(band, severity="warning"), top, bottom, above[other], is_between=True)


def in_band(band: Band, above: Span, below: Span, fact: Fact, *, is_between: bool = False) -> Result:
    """A ratio against its band; outside it is a question, not an error."""
    ratio = above.over(below) if below.low > 0 and above.low >= 0 else None
    if ratio is None or (above.value == 0 and below.value == 0):
        return Result()
    meant = ratio.scaled(band.factor)
    if meant.high >= band.low and meant.low <= band.high:
        return HELD
    low, value, high = meant.rounded(4)
    slots = {"value": f"{value:.4g}", "unit": band.unit, "low": f"{band.low:g}", "high": f"{band.high:g}", "source": band.source}
    code = "published.band_between" if is_between else "published.band"
    return failed(Finding("V-BAND", band.severity, fact.where, code, fact.figure.value, value, low, high, slots))

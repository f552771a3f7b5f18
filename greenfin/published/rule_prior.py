"""V-BASE and V-STALE: last year's column against what was published then, or the base that a printed change implies."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from greenfin.published.index import Case
from greenfin.published.rule_change import levels_of
from greenfin.published.settings import setting
from greenfin.published.shapes import HELD, Fact, Finding, Period, Result, failed, together
from greenfin.published.spans import Span
from greenfin.published.words import pattern, plain


def check_prior(case: Case) -> Result:
    """Against the report before, where it was given; within one document, three years of a row."""
    found = list(_three_years(case))
    if case.prior is not None:
        found += [result for name in case.by_name for result in _of_name(name, case, case.prior)]
    return together(found)


def _three_years(case: Case) -> Iterator[Result]:
    """A year that repeats the one before digit for digit."""
    for facts in case.tables:
        for by_period in levels_of(facts).values():
            years = sorted(period for period in by_period if period == Period(period.year))
            if len(years) < 3:
                continue
            for one, other in itertools.pairwise(years):
                a, b = by_period[one].figure, by_period[other].figure
                if (
                    a.text == b.text
                    and other != years[0]
                    and _digits(a.text) >= setting("stale", "digits")
                    and a.kind not in ("percent", "area", "points")
                ):
                    yield failed(_stale(by_period[other], f"{one.year}"))


def _digits(text: str) -> int:
    return len("".join(sign for sign in text if sign.isdigit()).lstrip("0"))


def _of_name(name: str, case: Case, prior: Case) -> Iterator[Result]:
    for is_share in (False, True):
        mine = {f.label.period: f for f in case.by_name[name] if f.is_level and f.label.is_share == is_share and f.label.period}
        then = {f.label.period: f for f in prior.by_name.get(name, ()) if f.is_level and f.label.is_share == is_share and f.label.period}
        for period, fact in mine.items():
            if period and Period(period.year - 1, period.part, period.reach) not in mine:
                yield from _implied(name, fact, case, then)
            if period in then and period and _later(case, period):
                yield _same(fact, then[period], then.get(Period(period.year - 1, period.part, period.reach)), case)
            elif period and _later(case, period) and Period(period.year - 1, period.part, period.reach) in then:
                yield from _only_two_back(fact, then[Period(period.year - 1, period.part, period.reach)])


def _later(case: Case, period: Period) -> bool:
    """Whether the document is about a later year."""
    return any(facts.now.year > period.year for facts in case.tables)


def _same(fact: Fact, then: Fact, two_back: Fact | None, case: Case) -> Result:
    if fact.figure.kind != then.figure.kind:
        return Result()
    if fact.figure.base.meets(then.figure.base):
        return HELD
    if two_back and fact.figure.base.meets(two_back.figure.base):
        return failed(_stale(fact, two_back.where, then))
    return failed(_changed(fact, fact.figure.base, then, case))


def _only_two_back(fact: Fact, two_back: Fact) -> Iterator[Result]:
    if fact.figure.text == two_back.figure.text and _digits(fact.figure.text) >= setting("stale", "digits"):
        yield failed(_stale(fact, two_back.where))


def _implied(name: str, fact: Fact, case: Case, then: Mapping[Period, Fact]) -> Iterator[Result]:
    """No column of last year, but a change in amounts: the base it implies."""
    period = fact.label.period or Period()
    before = Period(period.year - 1, "", period.reach)
    for change in case.by_name[name]:
        is_amount = change.label.change in ("absolute", "any") and change.figure.kind in ("", fact.figure.kind)
        if not is_amount or change.key != fact.key or change.label.period != period or change.figure.kind == "percent":
            continue
        base = fact.figure.base - (change.figure.base if change.figure.kind else change.figure.span.scaled(fact.figure.factor))
        two_back = then.get(Period(period.year - 2))
        if before in then:
            yield HELD if base.meets(then[before].figure.base) else failed(_implied_wrong(change, base, then[before], two_back, case))
        elif two_back and base.meets(two_back.figure.base) and _digits(two_back.figure.text) >= setting("stale", "digits") - 1:
            yield failed(_stale(change, two_back.where))


def _implied_wrong(change: Fact, base: Span, then: Fact, two_back: Fact | None, case: Case) -> Finding:
    if two_back and base.meets(two_back.figure.base):
        return _stale(change, two_back.where, then)
    return _changed(change, base, then, case)


def _changed(fact: Fact, base: Span, then: Fact, case: Case) -> Finding:
    """Another figure than was published: an error, a note where the report speaks of a restatement."""
    factor = then.figure.factor
    low, value, high = then.figure.base.scaled(1 / factor).rounded(4)
    is_told = any(pattern("prose.restated").search(plain(passage.text)) for passage in case.document.passages)
    slots = {"printed": f"{base.value / factor:,.10g}", "value": then.figure.text, "cell": then.where}
    severity, code = ("info", "published.base_restated") if is_told else ("error", "published.base_differs")
    return Finding("V-BASE", severity, fact.where, code, base.value / factor, value, low, high, slots, (then.where,))


def _stale(fact: Fact, of: str, then: Fact | None = None) -> Finding:
    slots = {"printed": fact.figure.text, "cell": of, "value": then.figure.text if then else "-"}
    severity, code = ("error", "published.stale") if then else ("warning", "published.stale_unsure")
    return Finding("V-STALE", severity, fact.where, code, fact.figure.value, then.figure.value if then else None, slots=slots)

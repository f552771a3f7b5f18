"""V-TEXT: numbers of running text against the tables of the same document: a wrong number, a wrong noun, a slipped digit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from greenfin.published.facts import Facts
from greenfin.published.figures import decimals_of
from greenfin.published.index import Case, dated, named
from greenfin.published.prose import Mention, told
from greenfin.published.rule_change import levels_of, pairs
from greenfin.published.settings import setting
from greenfin.published.shapes import HELD, Fact, Finding, Passage, Period, Result, failed, together
from greenfin.published.spans import Span, growth
from greenfin.published.words import pattern

Candidate = tuple[Span, str]  # a number of a table in base units, and its cell


def check_text(case: Case) -> Result:
    """All passages of a document with tables."""
    return together([result for passage in case.document.passages for result in _of_passage(passage, case)]) if case.tables else Result()


def _of_passage(passage: Passage, case: Case) -> Iterator[Result]:
    mentions = told(passage).mentions
    swapped: set[int] = set()
    for index, mention in enumerate(mentions):
        if mention.is_narrow or mention.figure.nearly or index in swapped:
            continue
        subject = _subject(mentions, index, case)
        if not subject:
            continue
        found = list(_candidates(mention, subject, case))
        if not found:
            continue
        if any(mention.span.meets(span) for span, _ in found):
            yield HELD
        elif other := _other_noun(mentions, index, subject, case):
            swapped |= {i for i in range(index + 1, len(mentions)) if mentions[i].sentence == mention.sentence}
            yield failed(_wrong_noun(passage, mention, found[0], other))
        else:
            yield _mismatch(passage, mention, found, subject)


def _subject(mentions: Sequence[Mention], index: int, case: Case) -> str:
    """The name in the tables that a mention is about: its own noun, or for a change and a share that of the amount before it."""
    mention = mentions[index]
    is_of_all = mention.role == "share" and mention.indicator == "total_loans"
    if mention.role == "share" and not is_of_all and pattern("prose.share_of").search(mention.before):
        return ""
    if mention.noun and mention.indicator in case.by_name and not is_of_all:
        return mention.indicator
    if pattern("prose.projects").fullmatch(mention.figure.unit) and mention.role == "level" and mention.period and mention.period.reach:
        return "projects"
    if not is_of_all and (mention.noun or mention.role not in ("added", "grown", "points", "share")):
        return ""
    return _of_amount_before(mentions, index, case, is_of_all=is_of_all)


def _of_amount_before(mentions: Sequence[Mention], index: int, case: Case, *, is_of_all: bool) -> str:
    mention = mentions[index]
    before = next((m for m in reversed(mentions[:index]) if m.sentence == mention.sentence and m.role in ("level", "share")), None)
    if before is None or before.is_narrow or before.indicator not in case.by_name:
        return ""
    wanted = "share" if mention.role == "points" else "level" if mention.role == "share" and not is_of_all else ""
    is_fit = before.role == wanted if wanted else before.role != "share"
    return before.indicator if is_fit else ""


def _candidates(mention: Mention, subject: str, case: Case) -> Iterator[Candidate]:
    for facts in case.tables:
        mine = [fact for fact in facts.facts if named(fact) == subject]
        if not mine:
            continue
        period = dated(mention.period, facts.now.year) if mention.period else facts.now
        if mention.role in ("level", "ratio"):
            yield from _levels([fact for fact in mine if _is_same_flow(mention, fact)], mention, period, is_share=False)
        elif mention.role == "share":
            yield from _levels(mine, mention, period, is_share=True)
            yield from _of_all(case, subject, period)
        elif mention.role in ("added", "grown", "points"):
            yield from _changes(mine, facts, mention, period)


def _is_same_flow(mention: Mention, fact: Fact) -> bool:
    """Whether both are what stands at a date, or both what was lent in a time."""
    has_reach = bool(fact.label.period and fact.label.period.reach)
    flows = bool(pattern("prose.not_level").search(mention.before.rpartition(",")[2]))
    return has_reach or not flows or bool(pattern("prose.not_level").search(fact.label.text))


def _of_all(case: Case, subject: str, period: Period) -> Iterator[Candidate]:
    """The share of all loans that the amounts give."""
    for fact in case.levels(subject, period):
        for whole in case.levels("total_loans", period):
            if fact.figure.kind == whole.figure.kind and (ratio := fact.figure.base.over(whole.figure.base)):
                yield ratio.scaled(100), fact.where


def _levels(mine: Sequence[Fact], mention: Mention, period: Period, *, is_share: bool) -> Iterator[Candidate]:
    for fact in mine:
        same_kind = fact.figure.kind == mention.figure.kind or {fact.figure.kind, mention.figure.kind} == {"mass", "co2"}
        if fact.is_level and fact.label.is_share == is_share and fact.label.period == period and same_kind and not fact.label.is_part:
            yield fact.figure.base, fact.where


def _changes(mine: Sequence[Fact], facts: Facts, mention: Mention, period: Period) -> Iterator[Candidate]:
    """Printed and recomputed changes of the kind that the text speaks of, by the same words of comparison."""
    is_points = mention.role == "points"
    levels = levels_of(facts)
    keys = {fact.key for fact in mine}
    for key in sorted(keys):
        found = pairs(levels.get(key, {}), period, mention.basis or "year")
        for now, before in found:
            if (now.figure.kind == "percent") != is_points:
                continue
            if mention.role == "grown":
                if relative := growth(now.figure.base, before.figure.base):
                    yield relative, now.where
            elif is_points or now.figure.kind == mention.figure.kind:
                yield now.figure.base - before.figure.base, now.where
        if found and mention.role == "grown":
            yield from _printed(mine, key, period)


def _printed(mine: Sequence[Fact], key: tuple[str, bool], period: Period) -> Iterator[Candidate]:
    for fact in mine:
        if fact.key == key and fact.label.change and fact.figure.kind == "percent" and fact.label.period == period:
            yield fact.figure.base, fact.where


def _other_noun(mentions: Sequence[Mention], index: int, subject: str, case: Case) -> str:
    """The name of which the tables print exactly this amount; an amount of few digits needs its growth beside it too."""
    mention = mentions[index]
    if mention.role != "level" or mention.figure.kind != "money":
        return ""
    following = [m for m in mentions[index + 1 :] if m.sentence == mention.sentence and m.role in ("grown", "added") and not m.noun]
    for name in case.by_name:
        if name == subject or not any(mention.span.meets(span) for span, _ in _candidates(mention, name, case)):
            continue
        digits = len(mention.figure.text.replace(".", "").strip("0").rstrip(mention.figure.unit).strip())
        also = any(m.span.meets(span) for m in following[:1] for span, _ in _candidates(m, name, case))
        if also or (digits >= setting("text", "digits") and not following):
            return name
    return ""


def _wrong_noun(passage: Passage, mention: Mention, wanted: Candidate, other: str) -> Finding:
    low, value, high = wanted[0].scaled(1 / mention.figure.factor).rounded(4)
    slots = {"printed": mention.figure.text, "noun": mention.noun, "indicator": other, "value": f"{value:.10g}", "cell": wanted[1]}
    return Finding(
        "V-TEXT", "error", passage.where, "published.text_wrong_noun", mention.figure.value, value, low, high, slots, (wanted[1],)
    )


def _mismatch(passage: Passage, mention: Mention, found: Sequence[Candidate], subject: str) -> Result:
    """Another number than the table's: an error where it is near enough to be meant for it, else a question."""
    span, cell = min(found, key=lambda each: abs(each[0].value - mention.span.value))
    meant = span.scaled(1 / mention.figure.factor)
    low, value, high = meant.rounded(4)
    printed = mention.span.value / mention.figure.factor
    is_near = abs(printed - value) <= setting("text", "near") * abs(value) or _is_slip(printed, value, mention.figure.text)
    slots = {"printed": mention.figure.text, "noun": mention.noun or subject, "value": f"{value:.10g}", "cell": cell}
    cut = (
        mention.figure.span.wider(mention.figure.span.room * setting("round", "last_digit")).scaled(-1 if mention.falls else 1).meets(meant)
    )
    if cut:
        return failed(Finding("V-ROUND", "warning", passage.where, "published.text_last_digit", printed, value, low, high, slots, (cell,)))
    severity = "error" if is_near else "warning"
    return failed(Finding("V-TEXT", severity, passage.where, "published.text_differs", printed, value, low, high, slots, (cell,)))


def _is_slip(printed: float, meant: float, text: str) -> bool:
    """Whether one digit differs, two neighbours changed places, or the point slipped."""
    decimals = decimals_of(text)
    one, other = (f"{abs(number):.{decimals}f}".replace(".", "") for number in (printed, meant))
    if one.strip("0") == other.strip("0") and one.strip("0"):
        return True
    if len(one) != len(other):
        return False
    differ = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    turned = len(differ) == 1 + 1 and [one[i] for i in differ] == [other[i] for i in reversed(differ)] and differ[1] - differ[0] == 1
    return len(differ) == 1 or turned

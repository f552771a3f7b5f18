"""V-TEXT: numbers of running text against the tables of the same document: a wrong number, a wrong noun, a slipped digit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import log10

from greenfin.published.facts import Facts
from greenfin.published.figures import decimals_of
from greenfin.published.index import Case, core_of, dated, named
from greenfin.published.prose import Mention, told
from greenfin.published.rule_change import levels_of, pairs
from greenfin.published.rule_series import with_years
from greenfin.published.settings import setting
from greenfin.published.shapes import HELD, Fact, Finding, Passage, Period, Result, failed, together
from greenfin.published.spans import Span, growth
from greenfin.published.words import pattern

Candidate = tuple[Span, str]  # a number of a table in base units, and its cell


def check_text(case: Case) -> Result:
    """All passages of a document with tables."""
    return together([result for passage in case.document.passages for result in _of_passage(passage, case)]) if case.tables else Result()


def _of_passage(passage: Passage, case: Case) -> Iterator[Result]:
    mentions = with_years(told(passage))
    swapped: set[int] = set()
    for index, mention in enumerate(mentions):
        if mention.figure.nearly or index in swapped or (mention.is_narrow and not mention.is_yearly):
            continue
        if not (subject := _subject(mentions, index, case)):
            yield from _by_core(passage, mention, case)
            continue
        found = list(_candidates(mention, subject, case))
        if not found:
            continue
        if any(mention.span.meets(span) for span, _ in found):
            yield HELD
        elif mention.is_yearly and not _is_near(mention, found):
            continue
        elif other := _other_noun(mentions, index, subject, case):
            swapped |= {i for i in range(index + 1, len(mentions)) if mentions[i].sentence == mention.sentence}
            yield failed(_wrong_noun(passage, mention, found[0], other))
        elif _is_other_base(mention, subject, case) or _is_comparable(mention, found, told(passage).sentences[mention.sentence]):
            yield _mismatch(passage, mention, found, subject)


def _by_core(passage: Passage, mention: Mention, case: Case) -> Iterator[Result]:
    """An amount whose noun is a name of the tables but for words like loans or number: told only where it is near to the table's."""
    names = case.by_core.get(core_of(mention.noun), ()) if mention.role == "level" else ()
    found = list(_candidates(mention, next(iter(names)), case)) if len(names) == 1 else []
    if any(mention.span.meets(span) for span, _ in found):
        yield HELD
    elif found and _is_near(mention, found):
        yield _mismatch(passage, mention, found, mention.noun)


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
        same_kind = fact.figure.kind in (mention.figure.kind, _per_one(mention)) or {fact.figure.kind, mention.figure.kind} == {
            "mass",
            "co2",
        }
        if fact.is_level and fact.label.is_share == is_share and fact.label.period == period and same_kind and not fact.label.is_part:
            yield fact.figure.base, fact.where


def _per_one(mention: Mention) -> str:
    """The kind of an amount for each customer or head, said without its second unit."""
    is_quotient = bool(pattern("row.quotient").search(mention.before))
    return f"{mention.figure.kind}/count" if is_quotient else mention.figure.kind


def _changes(mine: Sequence[Fact], facts: Facts, mention: Mention, period: Period) -> Iterator[Candidate]:
    """Printed and recomputed changes of the kind that the text speaks of, by the same words of comparison."""
    is_points = mention.role == "points"
    levels = levels_of(facts)
    keys = {fact.key for fact in mine}
    for key in sorted(keys):
        found = pairs(levels.get(key, {}), period, mention.basis or "year", mention.base_year)
        for now, before in found:
            if (now.figure.kind == "percent") != is_points:
                continue
            if mention.role == "grown":
                if relative := growth(now.figure.base, before.figure.base):
                    yield relative, now.where
            elif is_points or now.figure.kind == mention.figure.kind:
                yield now.figure.base - before.figure.base, now.where
        if found and mention.role == "grown":
            yield from _printed(mine, key, period, mention.base_year)


def _printed(mine: Sequence[Fact], key: tuple[str, bool], period: Period, base_year: int) -> Iterator[Candidate]:
    for fact in mine:
        if fact.key == key and fact.label.change and fact.figure.kind == "percent" and fact.label.period == period:
            if base_year and base_year not in (fact.label.base_year, period.year - 1):
                continue
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


def _is_other_base(mention: Mention, subject: str, case: Case) -> bool:
    """Whether a change is the table's against another day than the text says."""
    if mention.role not in ("added", "grown", "points"):
        return False
    others = (replace(mention, basis=basis, base_year=0) for basis in ("start", "same") if basis != mention.basis)
    return any(mention.span.meets(span) for other in others for span, _ in _candidates(other, subject, case))


def _is_comparable(mention: Mention, found: Sequence[Candidate], sentence: str) -> bool:
    """Whether a number is likely about the bank itself: its sentence says so, or the number is not many times the table's."""
    times, value = setting("text", "times"), _nearest(mention, found)[0].value
    is_alike = value != 0 and 1 / times <= abs(mention.span.value / value) <= times
    return is_alike or _is_near(mention, found) or bool(pattern("prose.own").search(sentence))


def _nearest(mention: Mention, found: Sequence[Candidate]) -> Candidate:
    shifted = next((each for each in found if _is_shifted(mention, each[0])), None)
    return shifted or min(found, key=lambda each: abs(each[0].value - mention.span.value))


def _is_near(mention: Mention, found: Sequence[Candidate]) -> bool:
    """Whether a number was meant to be the table's: it is about as large, or a slip of the pen away."""
    value = round(_nearest(mention, found)[0].value / mention.figure.factor, 4)
    printed = mention.span.value / mention.figure.factor
    is_shifted = any(_is_shifted(mention, span) for span, _ in found)
    return is_shifted or abs(printed - value) <= setting("text", "near") * abs(value) or _is_slip(printed, value, mention.figure.text)


def _is_shifted(mention: Mention, meant: Span) -> bool:
    """Whether it is the table's number in another unit: the same digits, ten, a hundred, ten thousand times as much or as little."""
    digits = len(mention.figure.text.replace(".", "").replace(",", "").removesuffix(mention.figure.unit).strip().strip("0"))
    if digits < setting("text", "digits") or not meant.value or not mention.span.value or mention.span.value / meant.value <= 0:
        return False
    times = round(log10(mention.span.value / meant.value))
    return times != 0 and abs(times) <= setting("text", "shifts") and mention.span.scaled(10.0**-times).meets(meant)


def _mismatch(passage: Passage, mention: Mention, found: Sequence[Candidate], subject: str) -> Result:
    """Another number than the table's: an error where it is near enough to be meant for it, else a question."""
    span, cell = _nearest(mention, found)
    meant = span.scaled(1 / mention.figure.factor)
    low, value, high = meant.rounded(4)
    printed = mention.span.value / mention.figure.factor
    is_near = _is_near(mention, found)
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

"""V-YOY, V-SUM inside one sentence: a share beside last year's, the parts of an amount that are all there are; amounts that belong together
by what they are (raised = used + idle), in sentences and in tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from greenfin.published.facts import Facts
from greenfin.published.index import Case, indicator_of
from greenfin.published.prose import Mention, Told, bare_noun, told
from greenfin.published.rule_change import Reading, judged
from greenfin.published.rule_ratio import records_of
from greenfin.published.settings import setting
from greenfin.published.shapes import Figure, Result, together
from greenfin.published.words import pattern, rows_of

_AT_LEAST = 2
_NAMES = ("whole", "one", "other")
_WEIGHTS = {"mass", "co2"}
Named = tuple[str, Figure, str]  # what it is called, how much, where


def check_within(case: Case) -> Result:
    """All passages, and all tables for amounts that belong together."""
    found = [result for passage in case.document.passages for result in _of_passage(told(passage))]
    return together([*found, *(result for facts in case.tables for result in _of_table(facts))])


def _of_passage(found: Told) -> Iterator[Result]:
    for number, _ in enumerate(found.sentences):
        mine = [mention for mention in found.mentions if mention.sentence == number and not mention.figure.nearly]
        yield from _points(mine, found.passage.where)
        yield from _of_whole_behind(mine, found.passage.where)
        yield from _parts(mine, found.passage.where)
    yield from _within(found)
    yield from _of_told_whole(found)
    levels = [m for m in found.mentions if m.role == "level" and not m.figure.nearly and not m.is_narrow]
    yield from _belonging([(m.before, m.figure, found.passage.where) for m in levels])


def _of_table(facts: Facts) -> Iterator[Result]:
    for records in records_of(facts):
        for held in records.values():
            yield from _belonging([(fact.label.text, fact.figure, fact.where) for fact in held.values()])


def _points(mine: Sequence[Mention], where: str) -> Iterator[Result]:
    """By how many points a share moved, where last year's share is in the sentence too."""
    moved = [mention for mention in mine if mention.role == "points"]
    shares = [m for m in mine if m.figure.kind == "percent" and m.role in ("share", "ratio", "level", "prior", "before")]
    before = [m for m in shares if m.role in ("prior", "before") or pattern("prose.share_before").search(m.before)]
    now = [mention for mention in shares if mention not in before]
    if len(moved) == len(before) == len(now) == 1:
        meant = now[0].figure.base - before[0].figure.base
        yield judged(where, [Reading("points", moved[0].span, meant, (where,))], code="published.within")


def _of_whole_behind(mine: Sequence[Mention], where: str) -> Iterator[Result]:
    """A share with its whole behind it: 3.2 billion, 10 % of total loans of 32 billion."""
    for index, (share, whole) in enumerate(pairwise(mine)):
        if share.figure.kind != "percent" or not pattern("prose.share_whole").search(whole.before):
            continue
        levels = [m for m in mine[:index] if m.role == "level" and m.figure.kind == whole.figure.kind]
        ratio = levels[-1].figure.base.over(whole.figure.base) if levels else None
        if ratio is not None:
            reading = Reading("share", share.figure.span, ratio.scaled(100), (where,))
            yield judged(where, [reading], rule="V-SHARE", code="published.told")


def _within(found: Told) -> Iterator[Result]:
    """A share inside its whole: green loans are 10 % among all loans of 32 billion, where the passage told the green loans."""
    for index, (whole, share) in enumerate(pairwise(found.mentions)):
        said = pattern("prose.within_whole").search(whole.before)
        if share.figure.kind != "percent" or not said or not pattern("prose.within_share").search(share.before):
            continue
        noun = bare_noun(said["of"])
        levels = [m for m in found.mentions[:index] if m.role == "level" and m.noun == noun and m.figure.kind == whole.figure.kind]
        ratio = levels[-1].figure.base.over(whole.figure.base) if levels else None
        if ratio is not None and not any(m.figure.nearly for m in (levels[-1], whole, share)):
            reading = Reading("share", share.figure.span, ratio.scaled(100), (found.passage.where,))
            yield judged(found.passage.where, [reading], rule="V-SHARE", code="published.told")


def _of_told_whole(found: Told) -> Iterator[Result]:
    """A share of a whole by its name, which the passage tells once for the same time: 12 % of all loans; all loans are 800."""
    for index, share in enumerate(found.mentions):
        said = pattern("prose.share_of").search(share.before) if share.role == "share" and not share.figure.nearly else None
        parts = [m for m in found.mentions[:index] if m.sentence == share.sentence and m.role == "level" and not m.is_narrow]
        if not said or not parts or any(part.figure.nearly for part in parts):
            continue
        name = bare_noun(said["of"])
        wholes = [m for m in found.mentions if m.role == "level" and m.indicator == (indicator_of(name) or name)]
        if len(wholes) != 1 or wholes[0].is_narrow or wholes[0].figure.nearly:
            continue
        yield _share_told(share, parts, wholes[0], found.passage.where)


def _share_told(share: Mention, parts: Sequence[Mention], whole: Mention, where: str) -> Result:
    """Any amount of the sentence that gives the share is enough; one that none comes near is of something else."""
    mine = [m for m in parts if m is not whole and m.figure.kind == whole.figure.kind and m.period == whole.period]
    meant = [ratio.scaled(100) for m in mine if (ratio := m.figure.base.over(whole.figure.base))]
    near = [span for span in meant if abs(span.value - share.figure.value) <= setting("share", "near") * span.value]
    readings = [Reading("share", share.figure.span, span, (where,)) for span in near]
    return judged(where, readings, rule="V-SHARE", code="published.told")


def _parts(mine: Sequence[Mention], where: str) -> Iterator[Result]:
    """An amount, "of which" so much of this and that, and the others: that is all."""
    for index, whole in enumerate(mine[:-1]):
        if whole.role not in ("level", "listed") or not pattern("prose.of_which").search(mine[index + 1].before):
            continue
        parts: list[Mention] = []
        for mention in mine[index + 1 :]:
            if mention.figure.kind != whole.figure.kind or mention.role not in ("level", "listed"):
                break
            parts.append(mention)
        if len(parts) >= _AT_LEAST and pattern("prose.others").search(parts[-1].before):
            total = parts[0].figure.base
            for part in parts[1:]:
                total += part.figure.base
            meant = total.scaled(1 / whole.figure.factor)
            yield judged(where, [Reading("sum", whole.figure.span, meant, (where,))], rule="V-SUM", code="published.told")


@cache
def _identities() -> tuple[tuple[re.Pattern[str], ...], ...]:
    return tuple(tuple(re.compile(row[name], re.IGNORECASE) for name in _NAMES) for row in rows_of("identities.csv"))


def _belonging(named: Sequence[Named]) -> Iterator[Result]:
    """A whole and its two parts, each said once."""
    for words in _identities():
        each = [[(figure, where) for text, figure, where in named if word.search(text)] for word in words]
        amounts = [{figure.base.value for figure, _ in found} for found in each]
        if any(len(found) != 1 for found in amounts):
            continue
        (whole, where), (one, _), (other, _) = (found[0] for found in each)
        kinds = {figure.kind for figure in (whole, one, other)}
        if (len(kinds) == 1 or kinds <= _WEIGHTS) and whole.kind not in ("", "percent"):
            meant = (one.base + other.base).scaled(1 / whole.factor)
            yield judged(
                where, [Reading("sum", whole.span, meant, tuple(found[0][1] for found in each[1:]))], rule="V-SUM", code="published.told"
            )

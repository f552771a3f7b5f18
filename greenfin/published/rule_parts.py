"""V-SHARE in prose: an amount and the share that it is said to be of an amount named in the same passage."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from greenfin.published.index import Case, indicator_of
from greenfin.published.labels import canonical
from greenfin.published.prose import Mention, bare_noun, told
from greenfin.published.rule_change import Reading, judged
from greenfin.published.settings import setting
from greenfin.published.shapes import Passage, Result, together
from greenfin.published.spans import Span
from greenfin.published.words import pattern

Pair = tuple[Mention, Mention]  # an amount and its share


def check_parts(case: Case) -> Result:
    """All passages."""
    return together([result for passage in case.document.passages for result in _of_passage(passage)])


def _of_passage(passage: Passage) -> Iterator[Result]:
    mentions = told(passage).mentions
    unnamed: list[tuple[int, Pair]] = []
    for index, share in enumerate(mentions):
        if share.role != "share" or share.figure.nearly or pattern("prose.together_now").search(share.before):
            continue
        named = pattern("prose.share_of").search(share.before)
        part = _part(mentions[:index], share)
        if part is None or part.figure.nearly:
            continue
        if named is None:
            unnamed.append((index, (part, share)))
        elif whole := _whole(_seen(mentions, index), part, _names(named["of"])):
            yield from _checked(passage, part, share, whole)
    yield from _agreed(passage, mentions, unnamed)


def _seen(mentions: Sequence[Mention], index: int) -> list[Mention]:
    """What was told before a share, and behind it in its sentence."""
    return [*mentions[:index], *(m for m in mentions[index + 1 :] if m.sentence == mentions[index].sentence)]


def _names(text: str) -> set[str]:
    """What the whole of a share may be called: by its words, and by its words without those that only say "all"."""
    return {indicator_of(noun) or noun for noun in (canonical(text), bare_noun(text)) if noun}


def _part(before: Sequence[Mention], share: Mention) -> Mention | None:
    """The amount that a share is of: of the noun that stands before the share, else the last amount of the sentence."""
    found = pattern("prose.share_of").search(share.before)
    noun = bare_noun(_last_clause(share.before[: found.start()])) if found else ""
    if noun:
        return next((m for m in reversed(before) if m.role == "level" and m.indicator == (indicator_of(noun) or noun)), None)
    last = next((m for m in reversed(before) if m.sentence == share.sentence and m.role == "level"), None)
    return last if last and last.figure.kind not in ("", "percent", "points") else None


def _last_clause(text: str) -> str:
    return pattern("prose.clause").split(text)[-1]


def _whole(before: Sequence[Mention], part: Mention, names: Collection[str]) -> Mention | None:
    """The amount named as the whole: of the same kind and day, said once or the same each time."""
    found = [
        m
        for m in before
        if m.role == "level"
        and (m.indicator in names or bare_noun(m.noun) in names)
        and m.figure.kind == part.figure.kind
        and m.is_narrow == part.is_narrow
        and m is not part
    ]
    same = {m.figure.base.value for m in found if m.period == part.period and not m.figure.nearly}
    return found[-1] if found and len(same) == 1 and found[-1].period == part.period else None


def _ratio(part: Mention, whole: Mention) -> Span | None:
    ratio = part.figure.base.over(whole.figure.base)
    return ratio.scaled(100) if ratio else None


def _checked(passage: Passage, part: Mention, share: Mention, whole: Mention) -> Iterator[Result]:
    meant = _ratio(part, whole)
    if meant and meant.low <= setting("share", "hundred"):
        cells = (f"{passage.where}#{part.figure.text}", f"{passage.where}#{whole.figure.text}")
        yield judged(passage.where, [Reading("share", share.figure.span, meant, cells)], rule="V-SHARE", code="published.told")


def _agreed(passage: Passage, mentions: Sequence[Mention], pairs: Sequence[tuple[int, Pair]]) -> Iterator[Result]:
    """Shares whose whole is not named: of the one amount that all but one of them agree on."""
    if len(pairs) <= 1 + 1:
        return
    amounts = [m for m in mentions[: pairs[0][0]] if m.role == "level" and m.figure.kind == pairs[0][1][0].figure.kind]
    fits = [(sum(_fits(pair, whole) for _, pair in pairs), whole) for whole in amounts]
    count, whole = max(fits, key=lambda each: each[0], default=(0, None))
    if whole is not None and count >= max(1 + 1, len(pairs) - 1):
        for _, (part, share) in pairs:
            yield from _checked(passage, part, share, whole)


def _fits(pair: Pair, whole: Mention) -> bool:
    meant = _ratio(pair[0], whole)
    return meant is not None and pair[1].figure.span.meets(meant)

"""V-YOY, V-UNITKIND, V-SHARE, V-SUM in prose: amounts, increases and growths of one sentence recomputed from each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from greenfin.published.index import Case
from greenfin.published.prose import Mention, Told, told
from greenfin.published.rule_change import Reading, judged
from greenfin.published.settings import between, setting
from greenfin.published.shapes import HELD, Finding, Passage, Result, failed, together
from greenfin.published.spans import Span, growth, growth_by
from greenfin.published.words import pattern


@dataclass
class Group:
    """An amount of a sentence with what is said to have been added to it, by how many percent, or from what."""

    level: Mention
    added: Mention | None = None
    grown: Mention | None = None
    prior: Mention | None = None


def check_prose(case: Case) -> Result:
    """All passages."""
    return together([result for passage in case.document.passages for result in _of_passage(passage, case)])


def _of_passage(passage: Passage, case: Case) -> Iterator[Result]:
    found = told(passage)
    for group in groups(found.mentions):
        if group.grown and not group.added and not group.prior:
            yield _since_told(group.level, group.grown, found)
        else:
            yield _chain(group, found)
    yield from _kinds(found)
    yield from _lists(found)
    yield from _together(found, case)


def groups(mentions: Sequence[Mention]) -> list[Group]:
    """The amounts with the changes that follow them (or, in a sentence without an amount before, precede them)."""
    found: list[Group] = []
    waiting: list[Mention] = []
    prior: Mention | None = None
    for mention in mentions:
        if found and mention.sentence != found[-1].level.sentence and waiting and waiting[0].sentence != mention.sentence:
            waiting = []
        if mention.role == "prior":
            prior = mention
        elif mention.role == "before" or (mention.role == "level" and _is_year_before(mention, found)):
            _compared(mention, found)
        elif mention.role == "level":
            found.append(Group(mention, prior=prior if prior and prior.figure.kind == mention.figure.kind else None))
            _take(found[-1], [each for each in waiting if each.sentence == mention.sentence])
            waiting, prior = [], None
        elif mention.role in ("added", "grown") and not _attached(mention, found):
            waiting.append(mention)
    return found


def _is_year_before(mention: Mention, found: Sequence[Group]) -> bool:
    """Whether an amount said of a year is of the one before that of the last amount, of which nothing else is said."""
    last = found[-1] if found else None
    if last is None or last.added or last.grown or last.prior or not pattern("prose.before_year").search(mention.before):
        return False
    now, then = last.level.period, mention.period
    return bool(now and then and then.year == now.year - 1 and last.level.figure.kind == mention.figure.kind)


def _compared(mention: Mention, found: list[Group]) -> None:
    """The amount of the year before, said behind this year's; a second one begins a second comparison of the same amount."""
    last = found[-1] if found else None
    apart = 1 if last and not mention.noun and mention.role == "before" else 0
    if last is None or mention.sentence - last.level.sentence > apart or last.level.figure.kind != mention.figure.kind:
        return
    if last.prior is None and last.grown is None and last.added is None:
        last.prior = mention
    else:
        found.append(Group(replace(last.level, sentence=mention.sentence), prior=mention))


def _take(group: Group, waiting: Sequence[Mention]) -> None:
    for mention in waiting:
        if mention.role == "added" and group.added is None and mention.figure.kind == group.level.figure.kind:
            group.added = mention
        elif mention.role == "grown" and group.grown is None and group.added is not None:
            group.grown = mention


def _attached(mention: Mention, found: list[Group]) -> bool:
    """Whether the change was given to an amount: of its kind and sentence, about nothing else."""
    near = [group for group in reversed(found) if mention.sentence - group.level.sentence <= (0 if mention.noun else 1)]
    for group in near:
        if mention.noun and mention.indicator != group.level.indicator:
            continue
        if mention.sentence != group.level.sentence and (group is not found[-1] or mention.period != group.level.period):
            continue
        if mention.role == "added" and group.added is None and group.grown is None and mention.figure.kind == group.level.figure.kind:
            group.added = mention
            return True
        if (
            mention.role == "added"
            and group.added is None
            and mention.figure.kind == group.level.figure.kind
            and not _between(mention, group)
        ):
            group.added = mention
            return True
        if mention.role == "grown" and group.grown is None:
            group.grown = mention
            return True
    return False


def _between(mention: Mention, group: Group) -> bool:
    """Whether the sentence went on to something else before an amount was said to be added."""
    return bool(mention.noun) and mention.noun != group.level.noun


def _chain(group: Group, found: Told) -> Result:
    """The growth recomputed from the amount and what was added, or from the amount before."""
    level, added, grown, prior = group.level, group.added, group.grown, group.prior
    if any(each and each.figure.nearly for each in (level, added, grown, prior)) or level.figure.kind in ("", "percent", "points"):
        return Result()
    where = found.passage.where
    if prior and prior.figure.base.low > 0:
        readings = (
            [Reading("relative", grown.span, meant, (where,))] if grown and (meant := growth(level.figure.base, prior.figure.base)) else []
        )
        readings += [Reading("absolute", added.span, level.figure.base - prior.figure.base, (where,))] if added else []
        return together([judged(where, [reading], code="published.told") for reading in readings])
    if not (added and grown) or not _same_base(level, added, grown, found):
        return Result()
    meant = growth_by(level.figure.base, added.span)
    if meant is None:
        return Result()
    if grown.span.meets(meant):
        return HELD
    cells = (f"{where}#{level.figure.text}", f"{where}#{added.figure.text}")
    judgement = judged(where, [Reading("relative", grown.span, meant, cells)], code="published.told")
    return _restated(judgement, level, added, grown)


def _since_told(level: Mention, grown: Mention, found: Told) -> Result:
    """A growth without an increase, against what the passage told of the year before."""
    if level.figure.nearly or grown.figure.nearly or level.figure.kind in ("", "percent", "points"):
        return Result()
    meant = [span for each in _told_before(level, grown, found) if (span := growth(level.figure.base, each.figure.base))]
    where = found.passage.where
    return judged(where, [Reading("relative", grown.span, span, (where,)) for span in meant], code="published.told")


def _told_before(level: Mention, grown: Mention, found: Told) -> list[Mention]:
    """The amounts of the same thing that the passage told of the year before, all of which a growth may be against."""
    now = level.period
    if not now or not now.year or not level.noun or grown.base_year not in (0, now.year - 1) or level.is_narrow:
        return []
    earlier = [m for m in found.mentions if m is not level and m.role in ("level", "prior") and m.indicator == level.indicator]
    return [
        m
        for m in earlier
        if m.period
        and (m.period.year, m.period.part, m.period.reach) == (now.year - 1, now.part, now.reach)
        and m.figure.kind == level.figure.kind
        and not (m.figure.nearly or m.is_narrow)
    ]


def _same_base(level: Mention, added: Mention, grown: Mention, found: Told) -> bool:
    """Whether what was added and the growth are against the same day: they say so, or one is silent, or it is a year's end."""
    if "before" in (added.basis, grown.basis) and added.basis != grown.basis:
        return False
    kinds = {basis for basis in (added.basis, grown.basis) if basis}
    if len(kinds) < 2:
        return True
    sentence = found.sentences[level.sentence]
    is_year_end = bool(level.period and level.period.year and not level.period.part)
    return bool(pattern("prose.year_end").search(sentence)) or is_year_end


def _restated(result: Result, level: Mention, added: Mention, grown: Mention) -> Result:
    """A growth that does not fit because its base was adjusted: both bases are told."""
    low, high = between("base", "restated")
    if not result.findings or result.findings[0].severity != "error" or grown.span.value <= -100:
        return result
    by_growth, by_added = level.figure.value / (1 + grown.span.value / 100), level.figure.value - added.span.value / level.figure.factor
    apart = abs(by_growth / by_added - 1) if by_added else high
    if not low < apart < high:
        return result
    first = result.findings[0]
    slots = {**first.slots, "base_growth": f"{by_growth:,.6g}", "base_added": f"{by_added:,.6g}", "unit": level.figure.unit}
    return failed(
        Finding(
            first.rule,
            first.severity,
            first.where,
            "published.told_two_bases",
            first.published,
            first.recomputed,
            first.low,
            first.high,
            slots,
            first.cells,
        )
    )


def _kinds(found: Told) -> Iterator[Result]:
    """A share that grew by percent: percentage points were meant, or a share was compared as an amount."""
    for mention in found.mentions:
        before = found.sentences[mention.sentence][: mention.figure.start]
        if mention.figure.kind != "percent" or not pattern("prose.points_wanted").search(before):
            continue
        slots = {"printed": mention.figure.text, "words": before[-16:]}
        yield failed(Finding("V-UNITKIND", "error", found.passage.where, "published.share_in_percent", mention.figure.value, slots=slots))


def _lists(found: Told) -> Iterator[Result]:
    """Shares in one sentence that are all there are: together one hundred."""
    for number, _ in enumerate(found.sentences):
        mine = [m for m in found.mentions if m.sentence == number and m.figure.kind == "percent" and m.role in ("share", "listed", "other")]
        if len(mine) < setting("share", "listed") or not any(m.role == "share" for m in mine) or any(m.figure.nearly for m in mine):
            continue
        total = mine[0].figure.span
        for mention in mine[1:]:
            total += mention.figure.span
        hundred = setting("share", "hundred")
        if total.meets(Span(hundred, hundred, hundred)):
            yield HELD
        elif hundred - setting("share", "off") < total.value < hundred + 10 * setting("share", "off"):
            severity = "error" if total.low > hundred else "warning"
            low, value, high = total.rounded(4)
            slots = {"value": f"{value:.10g}", "n": len(mine)}
            yield failed(
                Finding("V-SHARE", severity, found.passage.where, "published.shares_not_hundred", hundred, value, low, high, slots)
            )


def _together(found: Told, case: Case) -> Iterator[Result]:
    """Amounts of a sentence that together are said to be so much, or such a share of the amount before them."""
    for index, mention in enumerate(found.mentions):
        if mention.role not in ("share", "level") or not pattern("prose.together_now").search(mention.before):
            continue
        parts = _parts(found.mentions[:index], mention)
        if len(parts) < 1 + 1 or any(part.figure.nearly for part in (*parts, mention)):
            continue
        total = parts[0].figure.base
        for part in parts[1:]:
            total += part.figure.base
        if _is_in_tables(mention, case):
            yield HELD
        elif mention.figure.kind == "percent":
            yield _share_of(mention, total, found, parts[0])
        else:
            held = Reading("sum", mention.figure.span, total.scaled(1 / mention.figure.factor), (found.passage.where,))
            yield judged(found.passage.where, [held], rule="V-SUM", code="published.told")


def _is_in_tables(mention: Mention, case: Case) -> bool:
    """Whether a table prints this amount: the sentence need not name all of its parts."""
    levels = (fact for facts in case.tables for fact in facts.facts if fact.is_level and fact.figure.kind == mention.figure.kind)
    return mention.figure.kind != "percent" and any(fact.figure.base.meets(mention.figure.base) for fact in levels)


def _parts(before: Sequence[Mention], mention: Mention) -> list[Mention]:
    """The amounts right before in the same sentence, all of one kind."""
    found: list[Mention] = []
    for each in reversed(before):
        if each.sentence != mention.sentence or each.role not in ("level", "listed"):
            break
        if each.figure.kind in ("percent", "points") or (found and each.figure.kind != found[0].figure.kind):
            break
        found.append(each)
    return found[::-1]


def _share_of(mention: Mention, total: Span, found: Told, first: Mention) -> Result:
    wholes = [m for m in found.mentions if m.sentence < mention.sentence and m.role == "level" and m.figure.kind == first.figure.kind]
    whole = next((m for m in reversed(wholes) if m.figure.base.value > total.value), None)
    ratio = total.over(whole.figure.base) if whole else None
    if ratio is None:
        return Result()
    meant = ratio.scaled(100)
    if abs(meant.value - mention.figure.value) > setting("share", "near") * meant.value:
        return Result()
    return judged(
        found.passage.where, [Reading("share", mention.figure.span, meant, (found.passage.where,))], rule="V-SHARE", code="published.told"
    )

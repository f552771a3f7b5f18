"""Rules of tagging that an edition takes over from another one, under its own entries, title and short name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from greenfin.reference.rules import Rule
from greenfin.reference.words import Asset


@dataclass(frozen=True, slots=True)
class Inherited:
    """From which edition: ``without`` are the ids of rules that do not hold, ``entries`` an entry of that edition -> one's own.

    An entry that is not named there is the one that the same assets are in both editions (:func:`entries_by_assets`).
    """

    edition: str
    without: tuple[str, ...] = ()
    entries: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Called:
    """What an edition is called in the sources (title) and in the reasons (short name) of its rules."""

    title_zh: str
    title_en: str
    short_zh: str
    short_en: str


def entries_by_assets(theirs: Sequence[Asset], ours: Sequence[Asset]) -> Mapping[str, str]:
    """An entry of theirs -> the entry of ours that most assets with the same activity are; the first of equally many."""
    own = {asset.group: asset.entries for asset in ours}
    pairs = Counter(
        (code, own[asset.group][activity])
        for asset in theirs
        for activity, code in asset.entries.items()
        if activity in own.get(asset.group, {})
    )
    found: dict[str, str] = {}
    for (code, mine), _ in pairs.most_common():
        found.setdefault(code, mine)
    return found


def taken_over(rules: Sequence[Rule], how: Inherited, *, entries: Mapping[str, str], names: tuple[Called, Called]) -> tuple[Rule, ...]:
    """Their rules as ours: ``entries`` (``how.entries`` before it) turn the codes, ``names`` are theirs and ours.

    A rule that finds for an entry, or asks about one, falls away where that entry is not ours; one that says no stays.
    """
    codes = {**entries, **how.entries}
    kept = (rule for rule in rules if rule.id not in how.without)
    return tuple(_as_ours(rule, codes, names) for rule in kept if rule.verdict == "not_green" or not rule.entry or codes.get(rule.entry))


def _as_ours(rule: Rule, codes: Mapping[str, str], names: tuple[Called, Called]) -> Rule:
    theirs, ours = names
    entry = codes.get(rule.entry, "")
    source = rule.source
    if source.startswith((theirs.title_zh, _narrow(theirs.title_zh))):
        source = f"{ours.title_zh} {entry}".strip()
    return replace(
        rule,
        entry=entry,
        source=source,
        reason_zh=rule.reason_zh.replace(theirs.short_zh, ours.short_zh),
        reason_en=rule.reason_en.replace(theirs.short_en, ours.short_en),
    )


def _narrow(title: str) -> str:
    """A title with the brackets of ASCII, as rules write it."""
    return title.translate(str.maketrans("\uff08\uff09", "()"))


def merged(taken: Sequence[Rule], own: Sequence[Rule]) -> tuple[Rule, ...]:
    """Taken rules with one's own: one of the same id stands in its place, any other right behind the rule before it in the own file."""
    rules = list(taken)
    at = 0
    for rule in own:
        place = next((n for n, known in enumerate(rules) if known.id == rule.id), None)
        if place is None:
            rules.insert(at, rule)
            at += 1
        else:
            rules[place] = rule
            at = place + 1
    return tuple(rules)

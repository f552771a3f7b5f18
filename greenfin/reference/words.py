"""The words of tagging (``taxonomy/words/``) and what an asset means in an edition (``taxonomy/<edition>/assets.csv``)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from greenfin.core.problems import BadReference, Problem, error
from greenfin.reference.files import Folder, Row
from greenfin.reference.rules import ACTIVITIES, NEEDS, read_needs
from greenfin.reference.strict_yaml import keys_twice

KINDS = ("asset", "brown", "context", "activity", "union", "decoy")
GAP = "~"  # in a word: its two parts stand near each other, in this order


@dataclass(frozen=True, slots=True)
class Group:
    """A named set of words. ``of``: the groups a union holds; ``activity``: what an activity group says; ``over``: assets that
    only describe this one where both stand in a text."""

    id: str
    kind: str
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    activity: str = ""
    over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """Which entry of an edition an asset is by activity, the activity taken where the text names none, what stays open.

    ``needs`` are all ids of open evidence; ``needs_at`` those of one entry only (``make:pv_norms`` in the file), the others hold for all.
    """

    group: str
    default: str
    entries: Mapping[str, str]
    needs: tuple[str, ...] = ()
    needs_at: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def needs_of(self, entry: str) -> tuple[str, ...]:
        """The ids of what stays open where the asset is this entry, in the order of the file."""
        scoped = {n for names in self.needs_at.values() for n in names}
        return tuple(n for n in self.needs if n not in scoped or n in self.needs_at.get(entry, ()))


EVERY = "every"


@dataclass(frozen=True, slots=True)
class FactWords:
    """How a number is found in a text: patterns, unit words -> core unit, number words -> digits; ``pick`` max or min, or EVERY:
    of a loan that is so only where each of its texts says so.

    ``need``: the evidence to ask for where the number is wanted and not stated."""

    id: str
    unit: str
    pick: str
    patterns: tuple[str, ...]
    units: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    need: str = ""


@dataclass(frozen=True, slots=True)
class NameWords:
    """How a company's name is recognised: its endings, the words that cannot stand in it, how far it reaches back."""

    ends: tuple[str, ...]
    ends_en: str
    stops: tuple[str, ...]
    longest: int
    words_en: int


@dataclass(frozen=True, slots=True)
class TagWords:
    """All words of tagging that do not belong to one edition. ``ands``: characters that join two things; ``places``: those that
    show where, or with what; ``hosts``: those that say where or for whom something is built."""

    groups: Mapping[str, Group]
    facts: Mapping[str, FactWords]
    names: NameWords
    ordinary: frozenset[str]
    ands: str
    places: str
    hosts: str


@cache
def read_words(folder: Path) -> TagWords:
    """``taxonomy/words`` read strictly; raises BadReference with everything wrong in it."""
    problems: list[Problem] = []
    groups = {g.id: g for g in _groups(folder / "groups.yaml", problems)}
    for group in groups.values():
        problems += [
            error("reference.words_field", "groups.yaml", field=group.id, found=o) for o in (*group.of, *group.over) if o not in groups
        ]
    raw = _mapping(folder / "facts.yaml", problems)
    names, joins = raw.pop("names", {}), raw.pop("joins", {})
    ordinary = _lines(folder / "ordinary.txt", problems)
    _lines(folder / NEEDS, problems)
    if problems:
        raise BadReference(problems)
    facts = {k: _fact(k, v) for k, v in raw.items()}
    found = NameWords(_split(names["ends"]), str(names["ends_en"]), _split(names["stops"]), int(names["longest"]), int(names["words_en"]))
    return TagWords(groups, facts, found, ordinary, str(joins["ands"]), str(joins["places"]), str(joins["hosts"]))


_ASSET = ("asset", "default", *ACTIVITIES, "needs")


@cache
def read_assets(path: Path) -> tuple[Asset, ...]:
    """An edition's ``assets.csv``; one without the file has those of the edition it is ``like`` (about.yaml), or none.

    Raises BadReference with file and line of each unknown activity, need or entry (a leaf of ``entries.csv`` beside it).
    """
    if not path.exists():
        like = _like(path.with_name("about.yaml"))
        return read_assets(path.parents[1] / like / path.name) if like else ()
    folder = Folder(path.parents[2])
    rows = folder.rows(path.relative_to(folder.root).as_posix(), _ASSET)
    leaves, needs = leaves_of(path.with_name("entries.csv")), read_needs(path.parents[1] / "words")
    wrong = [*folder.problems, *(p for row in rows for p in _wrong_asset(row, leaves, needs))]
    if wrong:
        raise BadReference(wrong)
    return tuple(_asset(row) for row in rows)


def _like(about: Path) -> str:
    lines = about.read_text("utf-8", "replace").splitlines() if about.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("like:")), "")


def _asset(row: Row) -> Asset:
    entries = {a: row[a] for a in ACTIVITIES if row[a]}
    given = [n.rpartition(":")[::2] for n in _split(row["needs"])]
    scoped: dict[str, tuple[str, ...]] = {}
    for activity, need in given:
        if activity:
            scoped[entries[activity]] = (*scoped.get(entries[activity], ()), need)
    return Asset(row["asset"], row["default"], entries, tuple(dict.fromkeys(n for _, n in given)), scoped)


def _wrong_asset(row: Row, leaves: frozenset[str], needs: frozenset[str]) -> Iterator[Problem]:
    """The default activity that is none or has no entry, entries that are no leaf, needs that are not known or hold for no entry."""
    if row["default"] not in ACTIVITIES:
        yield error("reference.words_field", row.where, field="default", found=row["default"])
    for activity in ACTIVITIES:
        if row[activity] and leaves and row[activity] not in leaves:
            edition = row.where.split("/")[-2]
            yield error("reference.asset_entry_unknown", row.where, asset=row["asset"], edition=edition, entry=row[activity])
    given = _split(row["needs"])
    for activity, need in (n.rpartition(":")[::2] for n in given):
        if (needs and need not in needs) or (activity and (activity not in ACTIVITIES or not row[activity])):
            yield error("reference.words_field", row.where, field="needs", found=f"{activity}:{need}".strip(":"))
    for need in {n for n in given if ":" not in n} & {n.rpartition(":")[2] for n in given if ":" in n}:
        yield error("reference.words_field", row.where, field="needs", found=need)


def leaves_of(path: Path) -> frozenset[str]:
    """The codes of an ``entries.csv`` that nothing stands under; none where the file is not there."""
    if not path.exists():
        return frozenset()
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = [(row.get("code") or "", row.get("parent") or "") for row in csv.DictReader(lines)]
    return frozenset(code for code, _ in rows) - {parent for _, parent in rows}


def _split(text: object) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(text or "").split("|") if part.strip())


def _lines(path: Path, problems: list[Problem]) -> frozenset[str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as bad:
        problems.append(error("reference.rules_unreadable", path.name, found=str(bad)))
        return frozenset()
    return frozenset(word for line in lines if not line.startswith("#") for word in _split(line))


def _mapping(path: Path, problems: list[Problem]) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
        found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as bad:
        problems.append(error("reference.rules_unreadable", path.name, found=str(bad).splitlines()[0]))
        return {}
    problems += keys_twice(text, path.name)
    return dict(found) if isinstance(found, dict) else {}


def _groups(path: Path, problems: list[Problem]) -> Iterator[Group]:
    for name, given in _mapping(path, problems).items():
        if not isinstance(given, dict) or given.get("kind") not in KINDS or set(given) - {"kind", "zh", "en", "of", "activity", "over"}:
            problems.append(error("reference.words_field", path.name, field=str(name), found=str(given)[:60]))
            continue
        of, over = (tuple(str(o) for o in given.get(k, ())) for k in ("of", "over"))
        yield Group(str(name), given["kind"], _split(given.get("zh")), _split(given.get("en")), of, str(given.get("activity", "")), over)


def _fact(name: str, given: Mapping[str, Any]) -> FactWords:
    units = {str(k): str(v) for k, v in given.get("units", {}).items()}
    words = {str(k): str(v) for k, v in given.get("words", {}).items()}
    return FactWords(name, str(given["unit"]), str(given["pick"]), tuple(given["patterns"]), units, words, str(given.get("need", "")))


@dataclass(frozen=True, slots=True)
class IndustryWords:
    """GB/T 4754 prefixes that speak against an entry, those that never do, the entries (by edition) that are strict, and the prefixes
    that an entry takes in (``also``, by edition and entry) without printing their code."""

    brown: tuple[str, ...]
    neutral: tuple[str, ...]
    strict: Mapping[str, tuple[str, ...]]
    also: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


@cache
def read_industry_words(path: Path) -> IndustryWords:
    """``taxonomy/words/industries.yaml``; raises BadReference."""
    problems: list[Problem] = []
    raw = _mapping(path, problems)
    if not problems and set(raw) != {"brown", "neutral", "strict", "also"}:
        problems.append(error("reference.words_field", path.name, field="brown neutral strict also", found=str(sorted(raw))))
    if problems:
        raise BadReference(problems)
    strict = {str(k): tuple(map(str, v)) for k, v in raw["strict"].items()}
    also = {str(k): {str(code): tuple(map(str, prefixes)) for code, prefixes in v.items()} for k, v in raw["also"].items()}
    return IndustryWords(tuple(map(str, raw["brown"])), tuple(map(str, raw["neutral"])), strict, also)

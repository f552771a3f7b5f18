"""Catalogues of green finance (``taxonomy/<edition>/``) and the industries of GB/T 4754."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from greenfin.core.problems import BadReference, Problem, error
from greenfin.reference.editions import Crossing, EditionRules, MethodRule, cross, method_for
from greenfin.reference.files import Folder, Row, texts
from greenfin.reference.inherited import Called, Inherited, entries_by_assets, merged, taken_over
from greenfin.reference.rules import Rule, read
from greenfin.reference.strict_yaml import Block, Reader
from greenfin.reference.words import read_assets

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

__all__ = [
    "Catalogue",
    "Crossing",
    "EditionRules",
    "Entry",
    "Gap",
    "Industry",
    "MethodRule",
    "crossings",
    "entry_json",
    "method_for",
    "read_catalogues",
    "read_industries",
]

ABOUT = "taxonomy/*/about.yaml"
INDUSTRIES = "taxonomy/industry/gbt4754-2017.csv"
MARKS = ("", "direct", "enabling", "mixed", "none")
BASES = ("", "official", "remarks", "inferred")
ACTIVITIES = ("", "project", "production", "service", "trade", "consumption")
_ENTRY = (
    *("code", "parent", "level", "name_zh", "name_en", "words", "exclusions", "criteria", "industries", "industries_basis"),
    *("remark_industries", "activity", "carbon_mark", "carbon_by_industry", "related", "documents", "locator", "note"),
)
_OPTIONAL = ("report_code", "nace")
GAPS = ("entries", "criteria", "numbering", "scope")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a catalogue.

    ``industries`` are GB/T 4754 codes, ``industries_basis`` says whose they are: official, remarks (printed in the remarks column) or
    inferred (ours). ``carbon_mark`` is the official mark of carbon benefit (direct, enabling, mixed over its coded industries, none), in
    ``carbon_by_industry`` by code, or by the words printed where there is no code. ``documents`` are the standards and lists it names.
    """

    code: str
    parent: str
    level: int
    name_zh: str
    name_en: str
    words: tuple[str, ...]
    exclusions: tuple[str, ...]
    criteria: str
    industries: tuple[str, ...]
    industries_basis: str
    activity: str
    carbon_mark: str
    carbon_by_industry: Mapping[str, str]
    locator: str
    note: str
    is_leaf: bool
    remark_industries: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    report_code: str = ""
    nace: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """What of the official text is known to be missing or unsure, and for how many.

    ``what``: entries (of a level), criteria (leaves without a line in ``thresholds.csv``), numbering (entries whose code is not
    certain) or scope (what else is not kept here).
    """

    level: int
    missing: int
    zh: str
    en: str
    what: str = "entries"


@dataclass(frozen=True)
class Catalogue:
    """An edition of a catalogue; ``counts`` are the official numbers of entries by level (empty: nobody published any).

    ``inherits``: the edition whose rules of tagging hold here too, in part (``rules`` in about.yaml) or, its codes being the same,
    whole with its assets (``like``). ``base`` is that edition.
    """

    id: str
    title_zh: str
    title_en: str
    issuer: str
    number: str
    published_on: str
    in_force_from: date | None
    in_force_until: date | None
    source: str
    default: bool
    counts: Mapping[int, int]
    gaps: tuple[Gap, ...]
    entries: Mapping[str, Entry]
    folder: Path = field(compare=False)
    called: Called
    inherits: Inherited | None = None
    words_of: str = ""
    base: Catalogue | None = None
    where: str = ""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of tagging in their order, read when first asked for; raises BadReference with everything wrong in them."""
        rules, problems = self.rules_read
        if problems:
            raise BadReference(problems)
        return rules

    @cached_property
    def rules_read(self) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
        """The rules as far as they could be read, and what is wrong with those of the edition's own file."""
        path = self.folder / "rules.yaml"
        own, problems = read(path) if path.is_file() else ((), ())
        if self.inherits is None or self.base is None:
            return own, problems
        entries = entries_by_assets(*(read_assets(each.folder / "assets.csv") for each in (self.base, self)))
        taken = taken_over(self.base.rules_read[0], self.inherits, entries=entries, names=(self.base.called, self.called))
        return merged(taken, own), problems

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The codes above an entry, the nearest first; empty for a top-level or unknown code."""
        found: list[str] = []
        entry = self.entries.get(code)
        while entry and entry.parent and entry.parent not in found:
            found.append(entry.parent)
            entry = self.entries.get(entry.parent)
        return tuple(found)

    def class1(self, code: str) -> str:
        """The top-level code over an entry (itself where it is one)."""
        above = self.ancestors(code)
        return above[-1] if above else code

    def leaves(self) -> Iterator[Entry]:
        """The entries that nothing stands under, in the order of the catalogue."""
        return (entry for entry in self.entries.values() if entry.is_leaf)


@dataclass(frozen=True, slots=True)
class Industry:
    """A GB/T 4754-2017 industry: ``level`` 1 (section, a letter) to 4, ``section`` the letter it belongs to."""

    code: str
    level: int
    parent: str
    name_zh: str
    section: str
    where: str = ""


def read_industries(folder: Folder) -> Mapping[str, Industry]:
    """All industries by code."""
    found: dict[str, Industry] = {}
    for row in folder.rows(INDUSTRIES, ("code", "level", "parent", "name_zh", "section")):
        if row["code"] in found:
            folder.problems.append(error("reference.key_twice", row.where, key=row["code"]))
        name = folder.text(row, "name_zh")
        found[row["code"]] = Industry(row["code"], folder.whole(row, "level"), row["parent"], name, row["section"], row.where)
    return found


def read_catalogues(folder: Folder, crosswalks: Sequence[Crossing] = ()) -> Mapping[str, Catalogue]:
    """All catalogues by id; what is wrong is added to the folder's problems.

    The leaves of an edition that names another one for its ``words`` take those of the leaf that the crosswalk calls the same.
    """
    found: dict[str, Catalogue] = {}
    for path in folder.files(ABOUT):
        block = folder.block(path)
        if block is not None:
            catalogue = _catalogue(folder, block, path.rpartition("/")[0])
            found[catalogue.id] = catalogue
    for _ in range(2):  # the edition that is named may itself take words of another one
        found = {id_: _worded(catalogue, known=found, crosswalks=crosswalks) for id_, catalogue in found.items()}
    for catalogue in found.values():
        if catalogue.words_of and catalogue.words_of not in found:
            folder.problems.append(error("reference.edition_unknown", catalogue.where, edition=catalogue.words_of))
    return {id_: _based(folder, catalogue, found) for id_, catalogue in found.items()}


def _worded(catalogue: Catalogue, *, known: Mapping[str, Catalogue], crosswalks: Sequence[Crossing]) -> Catalogue:
    """The catalogue with the words of another edition at the leaves that are the same, or split, by its crosswalk to it.

    A leaf that the other edition split takes the words of the parts that come from it alone.
    """
    other = known.get(catalogue.words_of)
    if other is None:
        return catalogue
    theirs = {entry.code: entry.words for entry in other.leaves()}
    pairs = [c for c in crosswalks if (c.from_edition, c.to_edition) == (catalogue.id, other.id)]
    shared = Counter(c.to_code for c in pairs)
    entries = dict(catalogue.entries)
    for c in pairs:
        entry = entries.get(c.from_code)
        alone = c.kind == "same" or (c.kind == "split" and shared[c.to_code] == 1)
        if alone and entry is not None and entry.is_leaf and not set(entry.words).issuperset(theirs.get(c.to_code, ())):
            entries[entry.code] = replace(entry, words=tuple(dict.fromkeys((*entry.words, *theirs[c.to_code]))))
    return replace(catalogue, entries=entries)


def _based(folder: Folder, catalogue: Catalogue, known: Mapping[str, Catalogue]) -> Catalogue:
    """The catalogue with the edition whose rules it takes over; that edition must have rules of its own."""
    if catalogue.inherits is None:
        return catalogue
    base = known.get(catalogue.inherits.edition)
    if base is None or base.inherits is not None:
        folder.problems.append(error("reference.edition_unknown", catalogue.where, edition=catalogue.inherits.edition))
        return replace(catalogue, inherits=None)
    return replace(catalogue, base=base)


def _catalogue(folder: Folder, block: Block, place: str) -> Catalogue:
    reader = Reader(block, folder.problems)
    id_ = reader.text("id")
    if id_ != place.rpartition("/")[2]:
        folder.problems.append(error("reference.id_differs", block.where, id=id_, file=place))
    called = Called(*reader.words("title"), *reader.words("short"))
    like, entries = reader.text("like", ""), _entries(folder, f"{place}/entries.csv")
    inherits = _inherited(folder, reader.inner("rules"))
    start, end = (folder.day(block.where, name, reader.text(name, "")) for name in ("in_force_from", "in_force_until"))
    found = Catalogue(
        id=id_,
        title_zh=called.title_zh,
        title_en=called.title_en,
        issuer=reader.text("issuer"),
        number=reader.text("number", ""),
        published_on=folder.partial_day(block.where, "published_on", reader.text("published_on", "")),
        in_force_from=start,
        in_force_until=end,
        source=reader.text("source"),
        default=reader.flag("default", False),
        counts={int(level): int(count) for level, count in reader.pairs("counts").items() if level.isdigit() and count.isdigit()},
        gaps=tuple(_gap(folder, gap) for gap in reader.blocks("gaps")),
        entries=entries,
        folder=folder.root / place,
        called=called,
        inherits=Inherited(like, entries={code: code for code in entries}) if like else inherits,
        words_of=reader.text("words", ""),
        where=block.where,
    )
    reader.done()
    return found


def _inherited(folder: Folder, block: Block | None) -> Inherited | None:
    if block is None:
        return None
    reader = Reader(block, folder.problems)
    found = Inherited(reader.text("of"), reader.texts("without"), reader.pairs("entries"))
    reader.done()
    return found


def _gap(folder: Folder, block: Block) -> Gap:
    reader = Reader(block, folder.problems)
    what = reader.choice("what", GAPS, GAPS[0])
    found = Gap(reader.whole("level", 0), reader.whole("missing", 0), reader.text("zh"), reader.text("en"), what)
    reader.done()
    return found


def _entries(folder: Folder, path: str) -> Mapping[str, Entry]:
    rows = folder.rows(path, _ENTRY, optional=_OPTIONAL)
    parents = {row["parent"] for row in rows}
    found: dict[str, Entry] = {}
    for row in rows:
        if row["code"] in found:
            folder.problems.append(error("reference.key_twice", row.where, key=row["code"]))
        found[row["code"]] = _entry(folder, row, row["code"] not in parents)
    return {**found, **_with_vocabulary(folder, path.rpartition("/")[0], found)}


def _with_vocabulary(folder: Folder, place: str, entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """The entries that ``vocabulary/*.csv`` has more words for, with them: what is built, made and bought there, as files call it."""
    found: dict[str, Entry] = {}
    for path in folder.files(f"{place}/vocabulary/*.csv"):
        for row in folder.rows(path, ("entry", "zh", "en")):
            entry = found.get(row["entry"]) or entries.get(row["entry"])
            if entry is None:
                folder.problems.append(error("reference.entry_unknown", row.where, edition=place.rpartition("/")[2], entry=row["entry"]))
                continue
            words = dict.fromkeys((*entry.words, *texts(row["zh"]), *texts(row["en"])))
            found[entry.code] = replace(entry, words=tuple(words))
    return found


def _entry(folder: Folder, row: Row, is_leaf: bool) -> Entry:
    pairs = [part.partition("=") for part in texts(row["carbon_by_industry"])]
    for _, _, mark in pairs:
        if mark not in MARKS[1:]:
            folder.problems.append(error("reference.mark_unclear", row.where, found=mark))
    return Entry(
        code=folder.text(row, "code"),
        parent=row["parent"],
        level=folder.whole(row, "level"),
        name_zh=folder.text(row, "name_zh"),
        name_en=folder.text(row, "name_en"),
        words=texts(row["words"]),
        exclusions=texts(row["exclusions"]),
        criteria=row["criteria"],
        industries=texts(row["industries"]),
        industries_basis=folder.choice(row, "industries_basis", BASES),
        activity=folder.choice(row, "activity", ACTIVITIES),
        carbon_mark=folder.choice(row, "carbon_mark", MARKS),
        carbon_by_industry={key: mark for key, _, mark in pairs},
        locator=row["locator"],
        note=row["note"],
        is_leaf=is_leaf,
        remark_industries=texts(row["remark_industries"]),
        related=texts(row["related"]),
        documents=texts(row["documents"]),
        report_code=row["report_code"],
        nace=texts(row["nace"]),
        where=row.where,
    )


def entry_json(entry: Entry) -> dict[str, object]:
    """An entry with every field of its row, as plain data."""
    return {
        "code": entry.code,
        "parent": entry.parent,
        "level": entry.level,
        "name_zh": entry.name_zh,
        "name_en": entry.name_en,
        "words": list(entry.words),
        "exclusions": list(entry.exclusions),
        "criteria": entry.criteria,
        "industries": list(entry.industries),
        "industries_basis": entry.industries_basis,
        "remark_industries": list(entry.remark_industries),
        "activity": entry.activity,
        "carbon_mark": entry.carbon_mark,
        "carbon_by_industry": dict(entry.carbon_by_industry),
        "related": list(entry.related),
        "documents": list(entry.documents),
        "report_code": entry.report_code,
        "nace": list(entry.nace),
        "locator": entry.locator,
        "note": entry.note,
        "is_leaf": entry.is_leaf,
    }


def crossings(reference: Reference, from_edition: str, code: str, to_edition: str) -> tuple[Crossing, ...]:
    """Where an entry went between two editions, forwards or backwards; empty where nothing is known."""
    return cross(reference.crosswalks, from_edition, code, to_edition)

"""The groups that the data have under some keys, with what they are called: rows and columns that no template can list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from greenfin.core.records import Book, Sum
from greenfin.messages.words import LANGUAGES, Lang, codes, say
from greenfin.reference.load import Reference
from greenfin.reference.regions import Region
from greenfin.reference.templates import Each

_ENTRIES = ("class1", "class2", "code")
_PLACES = ("province", "city", "district")
UNSAID = "unsaid"  # the mark of a group that the data cannot tell
_WORDS = {"asset_class": "asset"}  # keys whose words stand under another name


@dataclass(frozen=True, slots=True)
class Group:
    """A group: its values under the keys, joined by ``_`` as ``id``, and its names."""

    id: str
    zh: str
    en: str
    keys: Mapping[str, str]


@dataclass
class Groups:
    """Finds groups among the sums of a run."""

    sums: Mapping[str, Sum]
    reference: Reference
    edition: str
    book: Book
    _by_cut: dict[tuple[str, frozenset[str]], list[Sum]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.sums.values():
            self._by_cut.setdefault((one.name, frozenset(one.keys)), []).append(one)

    def of(self, each: Each, *, every_class: bool = False) -> tuple[list[Group], bool]:
        """The groups in their order, and whether they are all there are."""
        if every_class and each.by == ("class1",):
            return [self._group(("class1",), {"class1": code}) for code in self._places if self._places[code][1] == 0], True
        cut = frozenset(each.by) | frozenset(each.keys)
        known = (s for s in self._by_cut.get((each.order, cut), ()) if UNSAID not in s.marks)
        found = [s for s in known if all(s.keys[key] == value for key, value in each.keys.items())]
        if each.limit or each.largest or each.by == ("project",):
            found.sort(key=lambda s: (-(s.value or 0), *(s.keys[key] for key in each.by)))
        else:
            found.sort(key=lambda s: [self._place(key, s.keys[key]) for key in each.by])
        shown = found[: each.limit] if each.limit else found
        return [self._group(each.by, s.keys) for s in shown], len(shown) == len(found)

    def has(self, names: frozenset[str], keys: Mapping[str, str]) -> bool:
        """Whether any of the sums has rows in the group (also by more keys: a period, an edition)."""
        wanted = keys.items()
        cuts = [cut for name, cut in self._by_cut if name in names and keys.keys() <= cut]
        return any(s.rows for name in names for cut in cuts for s in self._by_cut.get((name, cut), ()) if wanted <= s.keys.items())

    @cached_property
    def _places(self) -> Mapping[str, tuple[int, int]]:
        """Each entry of the catalogue: its place in the printed order, and 0 where it is of the first level."""
        entries = self.reference.catalogues[self.edition].entries.values()
        return {entry.code: (at, 1 if entry.parent else 0) for at, entry in enumerate(entries)}

    def _place(self, key: str, value: str) -> tuple[int, str]:
        return (self._places[value][0], "") if key in _ENTRIES and value in self._places else (len(self._places), value)

    def _group(self, by: tuple[str, ...], keys: Mapping[str, str]) -> Group:
        zh, en = (self._joined([self.named(key, keys[key], lang) for key in by], lang) for lang in LANGUAGES)
        return Group("_".join(keys[key] for key in by), zh, en, {key: keys[key] for key in by})

    def _joined(self, names: list[str], lang: Lang) -> str:
        first, *others = names
        for other in others:
            first = say("disclose.section_asset", lang, section=first, asset=other)
        return first

    def named(self, key: str, value: str, lang: Lang) -> str:
        """What a value of a key is called."""
        if key in _ENTRIES and value in self._places:
            entry = self.reference.catalogues[self.edition].entries[value]
            return entry.name_zh if lang == "zh" else entry.name_en or entry.name_zh
        if key in ("project", "green_branch", "bond"):
            return self._called[key].get(value) or value
        if key in _PLACES:
            return self._place_name(key, value, lang)
        return codes(lang).get(f"disclose.{_WORDS.get(key, key)}.{value}", value)

    def _place_name(self, key: str, value: str, lang: Lang) -> str:
        """A province by its name; a place below it by its province's and its code; ``unknown`` in words."""
        region = self._provinces.get(value[:2])
        if region is None:
            return codes(lang).get(f"disclose.place.{value}", value)
        name = region.name_zh if lang == "zh" else region.name_en
        return name if key == "province" else f"{name} {value}"

    @cached_property
    def _provinces(self) -> Mapping[str, Region]:
        regions = self.reference.regions.by_code.values()
        return {region.prefix: region for region in regions if region.kind == "province"}

    @cached_property
    def _called(self) -> Mapping[str, Mapping[str, str | None]]:
        """Projects and branches by what the book calls them."""
        projects = self.book.projects
        branches = self.book.loans.group_by(["branch_code", "branch_name"], use_threads=False).aggregate([])
        return {
            "project": dict(zip(projects["project_id"].to_pylist(), projects["project_name"].to_pylist(), strict=True)),
            "bond": _bond_names(self.book),
            "green_branch": dict(zip(branches["branch_code"].to_pylist(), branches["branch_name"].to_pylist(), strict=True)),
        }


def _bond_names(book: Book) -> Mapping[str, str | None]:
    """Each bond by its name, under what it is known as."""
    columns = (book.bonds[name].to_pylist() for name in ("bond_code", "trade_no", "bond_name"))
    return {code or trade or name or "": name or code or trade for code, trade, name in zip(*columns, strict=True)}

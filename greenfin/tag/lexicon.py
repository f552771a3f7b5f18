"""All words of a run in one list, and what each of them means: groups, and entries of the editions in play."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from greenfin.core.problems import BadReference, Problem, error
from greenfin.reference.catalogue import Catalogue, Entry
from greenfin.reference.load import Reference
from greenfin.reference.rules import ACTIVITIES, Rule
from greenfin.reference.words import GAP, Asset, IndustryWords, TagWords, read_assets, read_industry_words, read_words
from greenfin.tag.industry import Agreement, agreement
from greenfin.tag.normalise import fold
from greenfin.tag.packed import among
from greenfin.tag.parents import Classes, classes_of

Ints = NDArray[np.int64]
ENTRY_WORD = "entry_word"
NAME_ONLY = "name_only"
NAME_TRADES = "name_trades"
PREMISES_HEAD = "premises_head"
LED = "led_by_another"
CUSTOMER_ONLY = "customer_only"


@dataclass(frozen=True, slots=True)
class Links:
    """Word -> meanings, packed: those of word ``w`` are ``to[first[w]:first[w + 1]]``."""

    first: Ints
    to: Ints

    def expand(self, words: Ints) -> tuple[Ints, Ints]:
        """For each occurrence and each meaning: (index into ``words``, meaning)."""
        counts = self.first[words + 1] - self.first[words]
        which = np.repeat(np.arange(len(words), dtype=np.int64), counts)
        return which, self.to.take(np.arange(len(which), dtype=np.int64) + (self.first[words] - np.cumsum(counts) + counts).take(which))

    def has(self, words: Ints) -> NDArray[np.bool_]:
        """Which of the words have a meaning."""
        return np.asarray(self.first[words + 1] > self.first[words], dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """What tagging needs of one edition: its leaves, its assets and rules, and the words of each leaf. ``asset_of``: group ->
    its assets; ``leaf_of``: assets x activities, the leaf's position in ``codes`` (-1: none); ``usual``: the activity taken where a
    text names none; ``by_industry``: assets x rows of the agreement, the leaf that agrees most; ``class_words``: word -> the
    ``classes`` it names; ``made``: for each leaf whether it is one of making goods."""

    id: str
    catalogue: Catalogue
    codes: tuple[str, ...]
    assets: tuple[Asset, ...]
    rules: tuple[Rule, ...]
    entries: Links
    exclusions: Links
    ordinary: NDArray[np.bool_]
    asset_of: Links
    leaf_of: Ints
    usual: Ints
    agreement: Agreement
    by_industry: Ints
    classes: Classes
    class_words: Links
    made: NDArray[np.bool_]

    def index(self, code: str) -> int:
        """The position of a leaf in ``codes``; raises ValueError for a code that is no leaf."""
        return self.codes.index(code)


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """The word list with its meanings. ``groups`` are the names of the columns of the presence matrix, the unions and
    the computed ones (``entry_word``, ``name_only``, ``name_trades``,
    ``premises_head``, ``led_by_another``, ``customer_only``) at the end. ``gaps``: rows of (word, first part, second
    part) for the words whose parts may stand apart; ``beaten_by``: group -> the assets it only describes; ``in_unions``: group ->
    the unions that hold it; ``leaf_words``: for each word whether it is a leaf's own."""

    words: tuple[str, ...]
    lengths: Ints
    groups: tuple[str, ...]
    column: Mapping[str, int]
    kinds: NDArray[np.str_]
    links: Links
    gaps: Ints
    beaten_by: Links
    in_unions: Links
    unions: Mapping[str, tuple[int, ...]]
    tag_words: TagWords
    industries: IndustryWords
    editions: Mapping[str, Edition]
    leaf_words: NDArray[np.bool_]

    def is_kind(self, *kinds: str) -> NDArray[np.bool_]:
        """For each group whether it is of one of the kinds."""
        return np.isin(self.kinds, kinds)

    def is_of(self, name: str) -> NDArray[np.bool_]:
        """For each group whether the union holds it."""
        return among(len(self.groups), self.unions[name])


def _build(folder: Path, catalogues: Sequence[Catalogue]) -> Lexicon:
    tag_words = read_words(folder / "words")
    literal = _literals(r for c in catalogues for r in c.rules)
    meanings = {f"word:{w}": (w,) for w in literal} | {g.id: g.zh + g.en for g in tag_words.groups.values() if g.kind != "union"}
    listed = {fold(w) for ws in meanings.values() for w in ws}
    listed |= {fold(w) for c in catalogues for e in c.leaves() for w in (*_entry_words(e), *e.exclusions)}
    listed |= {w for c in catalogues for own in _classes(c, tag_words).words for w in own}
    listed |= {part for w in listed for part in w.split(GAP)}
    words = tuple(sorted(w for w in listed if w.strip()))
    at = {w: n for n, w in enumerate(words)}
    plain = tuple(meanings)
    unions = [g for g in tag_words.groups.values() if g.kind == "union"]
    groups = (*plain, *(g.id for g in unions), ENTRY_WORD, NAME_ONLY, NAME_TRADES, PREMISES_HEAD, LED, CUSTOMER_ONLY)
    column = {g: n for n, g in enumerate(groups)}
    kinds = np.array([tag_words.groups[g].kind if g in tag_words.groups else "context" for g in groups])
    links = _links(at, [(w, n) for n, g in enumerate(plain) for w in meanings[g]])
    _check(catalogues, column, folder)
    found = {c.id: _edition(c, folder, at, tag_words, column) for c in catalogues}
    lengths = np.array([len(w) for w in words], dtype=np.int64)
    held = {g.id: _leaves_of(g.of, tag_words, column) for g in unions}
    industries = read_industry_words(folder / "words" / "industries.yaml")
    gaps = np.array([(n, *map(at.__getitem__, w.split(GAP))) for w, n in at.items() if GAP in w], dtype=np.int64).reshape(-1, 3)
    beaten = _packed([(column[lesser], column[g.id]) for g in tag_words.groups.values() for lesser in g.over], len(groups))
    in_unions = _packed([(leaf, column[name]) for name, leaves in held.items() for leaf in leaves], len(groups))
    own = _leaf_words(catalogues, at)
    return Lexicon(words, lengths, groups, column, kinds, links, gaps, beaten, in_unions, held, tag_words, industries, found, own)


def _leaf_words(catalogues: Sequence[Catalogue], at: Mapping[str, int]) -> NDArray[np.bool_]:
    """For each word whether it is one of a leaf's own."""
    own = (fold(w) for c in catalogues for e in c.leaves() for w in _entry_words(e))
    return among(len(at), [at[w] for w in own if w in at])


def _entry_words(entry: Entry) -> tuple[str, ...]:
    """A leaf's own words, its official names among them."""
    return (*entry.words, entry.name_zh, entry.name_en)


def lexicon(reference: Reference, editions: Sequence[str]) -> Lexicon:
    """The lexicon of the editions; kept for the next call with the same reference data."""
    key = (str(reference.root), reference.fingerprint, tuple(dict.fromkeys(editions)))
    if key not in _KEPT:
        reference.group("tagging")
        _KEPT[key] = _build(reference.root / "taxonomy", [reference.catalogues[e] for e in key[2]])
    return _KEPT[key]


_KEPT: dict[tuple[str, str, tuple[str, ...]], Lexicon] = {}  # a few reference folders a process, never more


def _check(catalogues: Sequence[Catalogue], column: Mapping[str, int], folder: Path) -> None:
    """Raises BadReference for rules and assets that name a group or a leaf that is not there."""
    wrong: list[Problem] = []
    for catalogue in catalogues:
        leaves = {e.code for e in catalogue.leaves()}
        for rule in catalogue.rules:
            tokens = [t for t in (*rule.all_of, *rule.any_of, *rule.none_of) if t.startswith("@") and t[1:] not in column]
            tokens += [rule.entry] if rule.entry and rule.entry not in leaves else []
            wrong += [error("reference.rule_field", rule.where, field=rule.id, found=t) for t in tokens]
        for asset in read_assets(folder / catalogue.id / "assets.csv"):
            names = [asset.group] if asset.group not in column else []
            names += [c for c in asset.entries.values() if c not in leaves]
            wrong += [error("reference.words_field", f"{catalogue.id}/assets.csv", field=asset.group, found=n) for n in names]
    if wrong:
        raise BadReference(wrong)


def _literals(rules: Iterable[Rule]) -> tuple[str, ...]:
    found = {t for r in rules for t in (*r.all_of, *r.any_of, *r.none_of) if not t.startswith("@")}
    return tuple(sorted(found))


def _leaves_of(names: Sequence[str], tag_words: TagWords, column: Mapping[str, int]) -> tuple[int, ...]:
    found: list[int] = []
    for name in names:
        group = tag_words.groups[name]
        found += _leaves_of(group.of, tag_words, column) if group.kind == "union" else (column[name],)
    return tuple(dict.fromkeys(found))


def _links(at: Mapping[str, int], pairs: Iterable[tuple[str, int]]) -> Links:
    return _packed(((at[fold(w)], n) for w, n in pairs if fold(w) in at), len(at))


def _packed(pairs: Iterable[tuple[int, int]], size: int) -> Links:
    known = sorted(set(pairs))
    word = np.array([w for w, _ in known], dtype=np.int64)
    first = np.concatenate(([0], np.cumsum(np.bincount(word, minlength=size)))).astype(np.int64)
    return Links(first, np.array([n for _, n in known], dtype=np.int64))


def _trading(tag_words: TagWords) -> tuple[str, ...]:
    names = ("act_trade", "act_buy")
    return tuple(sorted({fold(w) for n in names if n in tag_words.groups for w in tag_words.groups[n].zh}, key=len, reverse=True))


def _classes(catalogue: Catalogue, tag_words: TagWords) -> Classes:
    return classes_of(catalogue, tuple(e.code for e in catalogue.leaves()), weak=tag_words.groups["weak"].zh)


def _edition(
    catalogue: Catalogue,
    folder: Path,
    at: Mapping[str, int],
    tag_words: TagWords,
    column: Mapping[str, int],
) -> Edition:
    leaves = tuple(catalogue.leaves())
    entries = _links(at, [(w, n) for n, e in enumerate(leaves) for w in _entry_words(e)])
    exclusions = _links(at, [(w, n) for n, e in enumerate(leaves) for w in e.exclusions])
    known, trading = {fold(w) for w in tag_words.ordinary}, _trading(tag_words)
    classes = _classes(catalogue, tag_words)
    plain = np.array([_bare(w, trading) in known or w in known for w in at], dtype=np.bool_)
    assets = read_assets(folder / catalogue.id / "assets.csv")
    codes = tuple(e.code for e in leaves)
    places = {c: n for n, c in enumerate(codes)}
    asset_of = _packed([(column[a.group], n) for n, a in enumerate(assets)], len(column))
    leaf_of = np.array([places.get(a.entries.get(x, ""), -1) for a in assets for x in ACTIVITIES], dtype=np.int64)
    leaf_of = leaf_of.reshape(-1, len(ACTIVITIES))
    usual = np.array([ACTIVITIES.index(a.default) for a in assets], dtype=np.int64)
    agrees = agreement([e.industries for e in leaves])
    named = [_by_industry(own, own[u], agrees.added) for own, u in zip(leaf_of, usual, strict=True)]
    by_industry = np.array(named, dtype=np.int64).reshape(-1, len(agrees.added))
    class_words = _links(at, [(w, n) for n, words in enumerate(classes.words) for w in words])
    made = np.array([e.activity == "production" for e in leaves], dtype=np.bool_)
    rest = (asset_of, leaf_of, usual, agrees, by_industry, classes, class_words, made)
    return Edition(catalogue.id, catalogue, codes, assets, catalogue.rules, entries, exclusions, plain, *rest)


def _by_industry(leaves: Ints, usual: int, added: NDArray[np.float32]) -> Ints:
    """The leaf of an asset whose industries agree most with each row; the usual one where none agrees more than it."""
    options = np.unique(leaves[leaves >= 0])
    if not len(options):
        return np.full(len(added), -1, dtype=np.int64)
    own = added[:, usual] if usual >= 0 else np.zeros(len(added), dtype=np.float32)
    best = options[added[:, options].argmax(axis=1)]
    return np.asarray(np.where(added[:, options].max(axis=1) > own, best, usual), dtype=np.int64)


def _bare(word: str, trading: tuple[str, ...]) -> str:
    for end in trading:
        if word.endswith(end) and len(word) > len(end):
            return word[: -len(end)]
    return word

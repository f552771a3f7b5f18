"""What a decision stands on: the words with their places in the bank's own texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.tag.alike import NONE_CHOSEN, Chosen, Spoken, spoken
from greenfin.tag.cases import Cases
from greenfin.tag.compiled import WAY, kernel
from greenfin.tag.decide import IS_NAME_ONLY, IS_WEAK, Decided
from greenfin.tag.lexicon import Edition, Lexicon
from greenfin.tag.normalise import Corpus
from greenfin.tag.packed import places as places_of
from greenfin.tag.packed import rows_of
from greenfin.tag.reading import Reading

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_MOST = 8
SOURCES = ("purpose", "project", "product")
OPENING = tuple(f'{before}{{"kind":"{source}","text":"' for before in ",[" for source in SOURCES)
BETWEEN = ('","start":', ',"end":', "]", "[]")  # behind the text, behind the start; the end of a list, a list of nothing


@dataclass(frozen=True, slots=True)
class Items:
    """Words that speak: the case, in which of SOURCES, the hit's text, its place in the raw corpus, for what (an index of names)."""

    case: Ints
    source: Ints
    text: Ints
    start: Ints
    end: Ints
    says: Ints

    def take(self, keep: Flags | Ints) -> Items:
        """Some of them."""
        at = places_of(keep)
        return Items(*(getattr(self, name).take(at) for name in Items.__slots__))


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a case's text that something beside the words stands on: ``kind`` which of SOURCES, ``start:end`` of the folded
    corpus, ``says`` for what."""

    case: int
    kind: str
    text: int
    start: int
    end: int
    says: str


def evidence(
    cases: Cases,
    reading: Reading,
    *,
    decided: Decided,
    lexicon: Lexicon,
    edition: Edition,
    places: Sequence[Place] = (),
    chosen: Chosen = NONE_CHOSEN,
    way: str = "",
) -> pa.StringArray:
    """For each case a JSON list of ``{kind, text, start, end, rule}``: ``kind`` says which text (purpose, project, product),
    ``start:end`` are code points of that text as the bank wrote it, ``rule`` the rule or the leaf the word speaks for, or what a
    place says (``share``, a standard, a class). The places come first; what the likeness of a text rests on (``chosen``: its leaves)
    is shown where no word does."""
    loose = (decided.reason == IS_NAME_ONLY) | (decided.reason == IS_WEAK)
    speaks = _Speaks(decided, loose, edition, *_speaking(lexicon, edition))
    open_ = np.flatnonzero((decided.rule >= 0) | (decided.leaf >= 0) | loose)
    names = ("", *edition.codes, *(r.id for r in edition.rules), *dict.fromkeys(p.says for p in places))
    parts = [_of_source(n, getattr(cases, name), open_, reading, speaks) for n, name in enumerate(SOURCES)]
    parts = [_of_places(places, reading.corpus, names), *parts]
    silent = decided.leaf >= 0
    silent[np.concatenate([p.case for p in parts])] = False
    parts.append(_of_likeness(spoken(cases, reading, chosen, among=silent, edition=edition, way=way), decided, reading.corpus))
    items = Items(*(np.concatenate([getattr(p, name) for p in parts]) for name in Items.__slots__))
    items = items.take(np.argsort(items.case, kind="stable"))
    of = rows_of(items.case, cases.size)
    items = items.take(np.arange(len(items.case)) - of.first[items.case] < _MOST)
    if way == WAY:
        known: pa.StringArray = kernel("evidence").listed(items, cases.size, reading.corpus, names)
        return known
    return listed(items, cases.size, reading.corpus, names)


def listed(items: Items, size: int, body: Corpus, names: tuple[str, ...]) -> pa.StringArray:
    """The items, which are in the order of their cases, as one text a case. They lie behind one another, brackets and commas with them, so
    that those of a case are a stretch of them all."""
    opens, _ = _edges(items)
    written = _written(items, body, names)
    bytes_at = np.frombuffer(written.buffers()[1], dtype=np.int32)[: len(written) + 1]
    lists = bytes_at[np.append(np.flatnonzero(opens), len(opens))]
    known = pa.StringArray.from_buffers(len(lists) - 1, pa.py_buffer(lists), written.buffers()[2])
    of = np.zeros(size, dtype=np.int64)
    of[items.case[opens]] = np.arange(1, len(lists))
    return pa.concat_arrays([pa.array(["[]"]), known]).take(pa.array(of))


def _edges(items: Items) -> tuple[Flags, Flags]:
    """Which items are the first and which the last of their case."""
    turns = np.append(True, np.append(np.diff(items.case) > 0, True))
    return turns[:-1][: len(items.case)], turns[1:][: len(items.case)]


def _of_source(source: int, texts: Ints, open_: Ints, reading: Reading, speaks: _Speaks) -> Items:
    """The words of one source that speak, in the order of its text, without those inside an earlier one."""
    open_ = open_[texts[open_] > 0]
    which, hit = reading.hits_of.expand(texts[open_])
    may = np.flatnonzero(speaks.ever[reading.hits.word[hit]])
    case, hit = open_[which[may]], hit[may]
    decided = speaks.decided
    kept = reading.counted[hit] | ((decided.reason == IS_NAME_ONLY) | (decided.rule >= 0))[case]
    at = np.flatnonzero(kept)
    case, hit = case.take(at), hit.take(at)
    rule, leaf = speaks.of(case, reading.hits.word[hit])
    said = np.flatnonzero(rule | leaf)
    case, hit = case[said], hit[said]
    says = np.where(rule[said], len(speaks.edition.codes) + 1 + decided.rule[case], decided.leaf[case] + 1)
    start, end = reading.corpus.spans(reading.hits.start[hit], reading.hits.end[hit])
    shift = case * (len(reading.corpus.raw) + 1)  # so that a case never covers the next one's words
    reach = np.maximum.accumulate(end + shift)
    free = np.append(True, end[1:] + shift[1:] > reach[:-1])[: len(case)]
    return Items(case, np.full(len(case), source), reading.hits.text[hit], start, end, says).take(free)


def _of_likeness(rests: Spoken, decided: Decided, body: Corpus) -> Items:
    """What the likeness of cases rests on."""
    return Items(rests.case, rests.source, rests.text, *body.spans(rests.start, rests.end), decided.leaf[rests.case] + 1)


def _of_places(places: Sequence[Place], body: Corpus, names: tuple[str, ...]) -> Items:
    columns = [[p.case, SOURCES.index(p.kind), p.text, p.start, p.end, names.index(p.says)] for p in places]
    case, source, text, start, end, says = np.array(columns, dtype=np.int64).reshape(-1, 6).T
    return Items(case, source, text, *body.spans(start, end), says)


def _written(items: Items, body: Corpus, names: tuple[str, ...]) -> pa.StringArray:
    """Each item as JSON, with what stands before and behind it in the list of its case."""
    first = body.offsets[items.text]
    opens, closes = _edges(items)
    return pc.binary_join_element_wise(
        pa.array(OPENING).take(pa.array(items.source + opens * len(SOURCES))),
        _quoted(items, body),
        BETWEEN[0],
        _number(items.start - first),
        BETWEEN[1],
        _number(items.end - first),
        pa.array([end + behind for behind in ("", "]") for end in closing(names)]).take(pa.array(items.says + closes * len(names))),
        "",
    )


@lru_cache(maxsize=8)
def closing(names: tuple[str, ...]) -> tuple[str, ...]:
    """What stands at the end of an item that speaks for each name."""
    return tuple(f',"rule":"{inside_quotes(name)}"}}' for name in names)


def inside_quotes(text: str) -> str:
    """A text as it stands inside JSON quotes."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _number(values: Ints) -> pa.StringArray:
    return pc.cast(pa.array(values), pa.string())


def _quoted(items: Items, body: Corpus) -> pa.StringArray:
    """The words as the bank wrote them, as they stand inside JSON quotes."""
    sizes = items.end - items.start
    first = np.cumsum(sizes) - sizes
    codes = body.raw[np.arange(int(sizes.sum())) + np.repeat(items.start - first, sizes)]
    escaped = np.flatnonzero((codes < 32) | (codes == ord('"')) | (codes == ord("\\")))
    widths = 1 + (codes > 0x7F).astype(np.int64) + (codes > 0x7FF) + (codes > 0xFFFF)
    ends = np.append(0, np.cumsum(widths))[np.append(first, len(codes))].astype(np.int32)
    data = codes.tobytes().decode("utf-32-le").encode()
    texts = pa.StringArray.from_buffers(len(first), pa.py_buffer(ends), pa.py_buffer(data))
    if not len(escaped):
        return texts
    words = texts.to_pylist()
    for at in np.unique(np.searchsorted(first, escaped, side="right") - 1).tolist():
        words[at] = inside_quotes(words[at])
    return pa.array(words, type=pa.string())


@dataclass(frozen=True, slots=True)
class _Speaks:
    """Which words speak for a decision: rules and leaves (the last row of both: none) x words, words that sound green, and words that
    speak for any."""

    decided: Decided
    loose: Flags
    edition: Edition
    by_rule: Flags
    by_leaf: Flags
    sounds: Flags
    ever: Flags

    def of(self, case: Ints, word: Ints) -> tuple[Flags, Flags]:
        """Whether each word speaks for the rule, and whether for the leaf (or is the weak word the question is about)."""
        leaf = self.by_leaf[self.decided.leaf[case], word] | (self.loose[case] & self.sounds[word])
        return self.by_rule[self.decided.rule[case], word], leaf


@lru_cache(maxsize=4)
def _speaking(lexicon: Lexicon, edition: Edition) -> tuple[Flags, Flags, Flags, Flags]:
    """The tables of ``_Speaks``."""
    word, group = lexicon.links.expand(np.arange(len(lexicon.words)))
    words = [word[group == n] for n in range(len(lexicon.groups))]
    by_rule = np.zeros((len(edition.rules) + 1, len(lexicon.words)), dtype=np.bool_)
    for row, rule in enumerate(edition.rules):
        for token in (*rule.all_of, *rule.any_of):
            name = token[1:] if token.startswith("@") else f"word:{token}"
            for column in lexicon.unions.get(name, (lexicon.column[name],)):
                by_rule[row, words[column]] = True
    by_leaf = np.zeros((len(edition.codes) + 1, len(lexicon.words)), dtype=np.bool_)
    for asset in edition.assets:
        for code in asset.entries.values():
            by_leaf[edition.index(code), words[lexicon.column[asset.group]]] = True
    word, leaf = edition.entries.expand(np.arange(len(lexicon.words)))
    by_leaf[leaf, word] = True
    sounding = lexicon.is_kind("asset")
    sounding[[lexicon.column["weak"], lexicon.column["sounding"]]] = True
    sounds = np.zeros(len(lexicon.words), dtype=np.bool_)
    sounds[np.concatenate([w for w, of in zip(words, sounding, strict=True) if of])] = True
    return by_rule, by_leaf, sounds, sounds | by_rule.any(axis=0) | by_leaf.any(axis=0)

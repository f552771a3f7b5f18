"""What a decision stands on: the words with their places in the bank's own texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from greenfin.tag.cases import Cases
from greenfin.tag.decide import Decided
from greenfin.tag.lexicon import Edition, Lexicon
from greenfin.tag.reading import Reading

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_MOST = 8
SOURCES = ("purpose", "project", "product")


def evidence(cases: Cases, reading: Reading, decided: Decided, lexicon: Lexicon, edition: Edition) -> list[str]:
    """For each case a JSON list of ``{kind, text, start, end, rule}``: ``kind`` says which text (purpose, project, product),
    ``start:end`` are code points of that text as the bank wrote it, ``rule`` the rule or the leaf the word speaks for."""
    by_rule, by_leaf = _wanted(lexicon, edition)
    found: list[list[dict[str, object]]] = [[] for _ in range(cases.size)]
    for kind in SOURCES:
        texts = getattr(cases, kind)
        for case, hit, name in _relevant(texts, reading, decided, lexicon, edition, by_rule, by_leaf):
            _append(found[case], kind, int(texts[case]), hit, name, reading)
    return [json.dumps(items, ensure_ascii=False, separators=(",", ":")) for items in found]


def _append(items: list[dict[str, object]], kind: str, text: int, hit: int, name: str, reading: Reading) -> None:
    start, end = reading.corpus.span(text, int(reading.hits.start[hit]), int(reading.hits.end[hit]))
    same = [i for i in items if i["kind"] == kind]
    if len(items) < _MOST and not (same and end <= int(str(same[-1]["end"]))):
        items.append({"kind": kind, "text": reading.corpus.originals[text][start:end], "start": start, "end": end, "rule": name})


def _wanted(lexicon: Lexicon, edition: Edition) -> tuple[Flags, Flags]:
    """Which groups speak for each rule and for each leaf (the last row of both: none)."""
    by_rule = np.zeros((len(edition.rules) + 1, len(lexicon.groups)), dtype=np.bool_)
    for row, rule in enumerate(edition.rules):
        for token in (*rule.all_of, *rule.any_of):
            name = token[1:] if token.startswith("@") else f"word:{token}"
            by_rule[row, list(lexicon.unions.get(name, (lexicon.column[name],)))] = True
    by_leaf = np.zeros((len(edition.codes) + 1, len(lexicon.groups)), dtype=np.bool_)
    for asset in edition.assets:
        for code in asset.entries.values():
            by_leaf[edition.index(code), lexicon.column[asset.group]] = True
    return by_rule, by_leaf


def _relevant(
    texts: Ints, reading: Reading, decided: Decided, lexicon: Lexicon, edition: Edition, by_rule: Flags, by_leaf: Flags
) -> Iterator[tuple[int, int, str]]:
    """(case, hit, what it speaks for), in the order of the text."""
    hits = reading.hits
    first, last = np.searchsorted(hits.text, texts, side="left"), np.searchsorted(hits.text, texts, side="right")
    counts = np.where(texts > 0, last - first, 0)
    case = np.repeat(np.arange(len(texts), dtype=np.int64), counts)
    hit = np.arange(len(case), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts) + first[case]
    named = ~reading.counted[hit] & (decided.reason[case] != "tag.name_only") & (decided.rule[case] < 0)
    case, hit = case[~named], hit[~named]
    which, group = lexicon.links.expand(hits.word[hit])
    rule = by_rule[decided.rule[case][which], group]
    leaf = by_leaf[decided.leaf[case][which], group]
    loose = np.isin(decided.reason[case][which], ("tag.weak_words", "tag.name_only"))
    loose &= np.isin(lexicon.kinds[group], ("asset",)) | (group == lexicon.column["weak"])
    which_entry, entry = edition.entries.expand(hits.word[hit])
    for_entry = which_entry[entry == decided.leaf[case][which_entry]]
    by_the_rule = np.zeros(len(hit), dtype=np.bool_)
    by_the_rule[which[rule]] = True
    chosen = np.unique(np.concatenate((which[rule | leaf | loose], for_entry)))
    names = _names(edition)
    for pair in chosen:
        at = int(case[pair])
        yield at, int(hit[pair]), names[int(decided.rule[at])] if by_the_rule[pair] else _leaf_name(edition, int(decided.leaf[at]))


def _names(edition: Edition) -> Sequence[str]:
    return [*(r.id for r in edition.rules), ""]


def _leaf_name(edition: Edition, leaf: int) -> str:
    return edition.codes[leaf] if leaf >= 0 else ""

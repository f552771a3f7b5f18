"""What a decision stands on: the words with their places in the bank's own texts."""

from __future__ import annotations

import json
from dataclasses import dataclass

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


def evidence(cases: Cases, reading: Reading, *, decided: Decided, lexicon: Lexicon, edition: Edition) -> list[str]:
    """For each case a JSON list of ``{kind, text, start, end, rule}``: ``kind`` says which text (purpose, project, product),
    ``start:end`` are code points of that text as the bank wrote it, ``rule`` the rule or the leaf the word speaks for."""
    speaks = _speaks(decided, lexicon, edition=edition)
    found: list[list[dict[str, object]]] = [[] for _ in range(cases.size)]
    for kind in SOURCES:
        texts = getattr(cases, kind)
        case, hit = _pairs(texts, reading, decided=decided)
        rule, leaf = speaks.of(case, reading.hits.word[hit])
        for at in np.flatnonzero(rule | leaf):
            row = int(case[at])
            _append(
                found[row], kind, text=int(texts[row]), hit=int(hit[at]), rule=speaks.name(row, by_rule=bool(rule[at])), reading=reading
            )
    return [json.dumps(items, ensure_ascii=False, separators=(",", ":")) for items in found]


def _append(items: list[dict[str, object]], kind: str, *, text: int, hit: int, rule: str, reading: Reading) -> None:
    start, end = reading.corpus.span(text, int(reading.hits.start[hit]), int(reading.hits.end[hit]))
    covered = any(i["kind"] == kind and end <= int(str(i["end"])) for i in items)
    if len(items) < _MOST and not covered:
        items.append({"kind": kind, "text": reading.corpus.originals[text][start:end], "start": start, "end": end, "rule": rule})


def _pairs(texts: Ints, reading: Reading, *, decided: Decided) -> tuple[Ints, Ints]:
    """(case, hit) for each hit of each case's text that counts there, in the order of the text."""
    hits = reading.hits
    first, last = np.searchsorted(hits.text, texts, side="left"), np.searchsorted(hits.text, texts, side="right")
    counts = np.where(texts > 0, last - first, 0)
    case = np.repeat(np.arange(len(texts), dtype=np.int64), counts)
    hit = np.arange(len(case), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts) + first[case]
    kept = reading.counted[hit] | (decided.reason[case] == "tag.name_only") | (decided.rule[case] >= 0)
    return case[kept], hit[kept]


@dataclass(frozen=True, slots=True)
class _Speaks:
    """Which words speak for a decision: groups by rule and by leaf (the last row of both: none), and the leaf's own words."""

    decided: Decided
    lexicon: Lexicon
    edition: Edition
    by_rule: Flags
    by_leaf: Flags

    def of(self, case: Ints, word: Ints) -> tuple[Flags, Flags]:
        """Whether each word speaks for the rule, and whether for the leaf (or is the weak word the question is about)."""
        rule, leaf = np.zeros(len(word), dtype=np.bool_), np.zeros(len(word), dtype=np.bool_)
        which, group = self.lexicon.links.expand(word)
        at = case[which]
        rule[which[self.by_rule[self.decided.rule[at], group]]] = True
        leaf[which[self.by_leaf[self.decided.leaf[at], group]]] = True
        loose = np.isin(self.decided.reason[at], ("tag.weak_words", "tag.name_only"))
        sounds = (self.lexicon.kinds[group] == "asset") | np.isin(group, [self.lexicon.column["weak"], self.lexicon.column["sounding"]])
        leaf[which[loose & sounds]] = True
        which, entry = self.edition.entries.expand(word)
        leaf[which[entry == self.decided.leaf[case[which]]]] = True
        return rule, leaf

    def name(self, case: int, *, by_rule: bool) -> str:
        """The rule, or the leaf's code, that a word of the case speaks for."""
        if by_rule:
            return self.edition.rules[int(self.decided.rule[case])].id
        leaf = int(self.decided.leaf[case])
        return self.edition.codes[leaf] if leaf >= 0 else ""


def _speaks(decided: Decided, lexicon: Lexicon, *, edition: Edition) -> _Speaks:
    by_rule = np.zeros((len(edition.rules) + 1, len(lexicon.groups)), dtype=np.bool_)
    for row, rule in enumerate(edition.rules):
        for token in (*rule.all_of, *rule.any_of):
            name = token[1:] if token.startswith("@") else f"word:{token}"
            by_rule[row, list(lexicon.unions.get(name, (lexicon.column[name],)))] = True
    by_leaf = np.zeros((len(edition.codes) + 1, len(lexicon.groups)), dtype=np.bool_)
    for asset in edition.assets:
        for code in asset.entries.values():
            by_leaf[edition.index(code), lexicon.column[asset.group]] = True
    return _Speaks(decided, lexicon, edition, by_rule, by_leaf)

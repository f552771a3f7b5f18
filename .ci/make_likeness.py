"""Fit the weights of likeness of green-finance-2025 to our own phrases and words: ``.ci/make_likeness.py [--without-tune] [FILE]``.

Leaves: a linear classifier over runs of signs, all leaves weighed alike. Green at all: one over the green phrases against the
ordinary ones. Weights near zero are left out. The same data give the same file.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from scipy import sparse
from sklearn.svm import LinearSVC

from greenfin.reference.likeness import BIAS, FILE, GREEN
from greenfin.reference.load import load
from greenfin.reference.rules import DATES
from greenfin.tag.cases import of_texts
from greenfin.tag.grams import grams, written
from greenfin.tag.lexicon import lexicon
from greenfin.tag.likeness import activity_sign
from greenfin.tag.normalise import corpus
from greenfin.tag.reading import read
from greenfin.tag.signals import signals

ROOT = Path(__file__).resolve().parent.parent
EDITION = "green-finance-2025"
SET = ROOT / "tests" / "data" / "tagging"
NOT_GREEN = "-"
LEAST, SMALL = 2, 0.1  # a run stands in so many phrases at least; a weight below is left out


def phrases(*, with_tune: bool) -> Iterator[tuple[str, str]]:
    """(leaf or NOT_GREEN, phrase) of everything that may be learnt from: never the held-out part."""
    yield from _words(ROOT / "taxonomy" / EDITION)
    for path in sorted((SET / "corpus").glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            code, _, texts = line.partition("\t")
            yield from ((code, text) for text in texts.split("；") if text)
    for row in _rows(ROOT / "tests" / "cases" / "tagging_kinds.csv"):
        yield from _labelled(row["decision"], row["entry"], row["text"])
    for group in yaml.safe_load((ROOT / "tests" / "cases" / "tagging.yaml").read_text("utf-8")):
        for text, decision, *entry in group["texts"]:
            yield from _labelled(decision, str(entry[0] or "") if entry else "", text)
    for row in _rows(SET / "own_tune.csv") if with_tune else ():
        yield from _labelled(row["decision"], row["entries"], row["text"])


def _words(folder: Path) -> Iterator[tuple[str, str]]:
    """The leaves' names and words."""
    entries = _rows(folder / "entries.csv")
    parents = {row["parent"] for row in entries}
    for row in entries:
        if row["code"] not in parents:
            yield from ((row["code"], word) for word in (row["name_zh"], row["name_en"], *row["words"].split("|")) if word)
    for path in sorted((folder / "vocabulary").glob("*.csv")):
        for row in _rows(path):
            yield from ((row["entry"], word.replace("~", " ")) for word in f"{row['zh']}|{row['en']}".split("|") if word)


def _labelled(decision: str, entries: str, text: str) -> Iterator[tuple[str, str]]:
    if decision == "not_green":
        yield NOT_GREEN, text
    elif decision == "green" and entries:
        yield entries.split("/", maxsplit=1)[0], text


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def main(arguments: list[str]) -> None:
    """Write the file."""
    known = sorted(set(phrases(with_tune="--without-tune" not in arguments)))
    labels, texts = np.array([label for label, _ in known]), [text for _, text in known]
    matrix, runs = _matrix(texts)
    green = labels != NOT_GREEN
    leaves = LinearSVC(C=1, class_weight="balanced", random_state=0).fit(matrix[green], labels[green])
    either = LinearSVC(C=1, class_weight="balanced", random_state=0).fit(matrix, green)
    table = pa.concat_tables(
        [*_weights(runs, leaves.coef_, leaves.intercept_, list(leaves.classes_)), *_weights(runs, either.coef_, either.intercept_, [GREEN])]
    )
    paths = [a for a in arguments if not a.startswith("--")]
    target = Path(paths[0]) if paths else ROOT / "taxonomy" / EDITION / FILE
    pq.write_table(table.sort_by([("run", "ascending"), ("entry", "ascending")]), target, compression="zstd")
    print(f"{target}: {table.num_rows} weights of {len(runs)} runs, {target.stat().st_size} bytes, from {len(texts)} phrases")


def _matrix(texts: list[str]) -> tuple[sparse.csr_matrix, list[str]]:
    words = lexicon(load(), (EDITION,))
    cases = of_texts(texts, days={kind: np.zeros(1) for kind in DATES})
    activity = signals(cases, read(cases.texts, words), lexicon=words).activity
    found = grams(corpus(texts), np.arange(len(texts)))
    keys, run = np.unique(found.key, return_inverse=True)
    signs, sign = np.unique(activity, return_inverse=True)
    pairs = np.stack([np.concatenate((found.row, np.arange(len(texts)))), np.concatenate((run, sign + len(keys)))])
    often = np.bincount(np.unique(pairs, axis=1)[1]) >= LEAST
    number = np.cumsum(often) - 1
    row, column = pairs[0][often[pairs[1]]], number[pairs[1][often[pairs[1]]]]
    scale = 1 / np.sqrt(np.bincount(row, minlength=len(texts)))
    names = [*(written(int(key)) for key in keys), *(activity_sign(int(a)) for a in signs)]
    return sparse.csr_matrix((scale[row], (row, column)), shape=(len(texts), int(often.sum()))), [
        n for n, o in zip(names, often, strict=True) if o
    ]


def _weights(runs: list[str], coefficients: np.ndarray, intercepts: np.ndarray, entries: list[str]) -> Iterator[pa.Table]:
    at, run = np.nonzero(np.abs(coefficients) > SMALL)
    names, codes = np.array(runs, dtype=object), np.array(entries, dtype=object)
    yield _table(names[run], codes[at], coefficients[at, run])
    yield _table(np.full(len(entries), BIAS, dtype=object), codes, intercepts)


def _table(runs: np.ndarray, entries: np.ndarray, weights: np.ndarray) -> pa.Table:
    return pa.table(
        {"run": pa.array(runs, pa.string()), "entry": pa.array(entries, pa.string()), "weight": pa.array(weights, pa.float32())}
    )


if __name__ == "__main__":
    main(sys.argv[1:])

"""Fit the weights of likeness of green-finance-2025 to our own phrases and words: ``.ci/make_likeness.py [--without-tune] [FILE]``.

Leaves: a linear classifier over runs of signs, all leaves weighed alike. Green at all: one over the green phrases against the
ordinary ones. Weights near zero are left out. The same data give the same file.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sparse
from sklearn.svm import LinearSVC

from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.tag.cases import cases_of
from greenfin.tag.grams import grams, written
from greenfin.tag.lexicon import Edition, Lexicon, lexicon
from greenfin.tag.likeness import BIAS, FILE, GREEN, activity_sign
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
    folder = ROOT / "taxonomy" / EDITION
    entries = _rows(folder / "entries.csv")
    parents = {row["parent"] for row in entries}
    for row in entries:
        if row["code"] not in parents:
            yield from ((row["code"], word) for word in (row["name_zh"], row["name_en"], *row["words"].split("|")) if word)
    for path in sorted((folder / "vocabulary").glob("*.csv")):
        for row in _rows(path):
            yield from ((row["entry"], word.replace("~", " ")) for word in f"{row['zh']}|{row['en']}".split("|") if word)
    for path in sorted((SET / "corpus").glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            code, _, texts = line.partition("\t")
            yield from ((code, text) for text in texts.split("；") if text)
    for row in _rows(ROOT / "tests" / "cases" / "tagging_kinds.csv"):
        yield from _labelled(row["decision"], row["entry"], row["text"])
    for row in _rows(SET / "own_tune.csv") if with_tune else ():
        yield from _labelled(row["decision"], row["entries"], row["text"])


def _labelled(decision: str, entries: str, text: str) -> Iterator[tuple[str, str]]:
    if decision == "not_green":
        yield NOT_GREEN, text
    elif decision == "green" and entries:
        yield entries.split("/")[0], text


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
    loans = table_of("loans", [{"loan_id": str(n), "purpose": text} for n, text in enumerate(texts)])
    book = Book(as_of=date(2025, 12, 31), loans=loans)
    activity = _activity(book, words, words.editions[EDITION])
    found = grams(corpus(texts), np.arange(len(texts)))
    keys, run = np.unique(found.key, return_inverse=True)
    signs, sign = np.unique(activity, return_inverse=True)
    pairs = np.unique(np.stack([np.concatenate((found.row, np.arange(len(texts)))), np.concatenate((run, sign + len(keys)))]), axis=1)
    often = np.bincount(pairs[1]) >= LEAST
    number = np.cumsum(often) - 1
    row, column = pairs[0][often[pairs[1]]], number[pairs[1][often[pairs[1]]]]
    scale = 1 / np.sqrt(np.bincount(row, minlength=len(texts)))
    names = [*(written(int(key)) for key in keys), *(activity_sign(int(a)) for a in signs)]
    return sparse.csr_matrix((scale[row], (row, column)), shape=(len(texts), int(often.sum()))), [
        n for n, o in zip(names, often, strict=True) if o
    ]


def _activity(book: Book, words: Lexicon, edition: Edition) -> np.ndarray:
    cases = cases_of(book.loans, book)
    return signals(cases, read(cases.texts, words), lexicon=words).activity


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

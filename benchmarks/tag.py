"""Time tagging against other ways of looking words up, side by side in one run; medians of interleaved runs, a table and JSON lines.

``python benchmarks/tag.py [--loans 1000000] [--runs 5] [--sample 20000]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from pyarrow import ipc

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Goal, tell
from benchmarks.purposes import purposes, repeating
from benchmarks.timing import by_both_clocks, resident, seconds, spread
from greenfin.core.columns import schema
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.tag import tag
from greenfin.tag.compiled import way_for
from greenfin.tag.lexicon import Edition, lexicon
from greenfin.tag.match import Hits, find
from greenfin.tag.normalise import corpus

EDITION = "green-finance-2025"
AT_ONCE, THREADS = 65_536, 2
_INDUSTRIES = ("", "4415", "4416", "5175", "3825", "4700", "4620", "5212", "0610", "7010")


def book_of(texts: Sequence[str]) -> Book:
    """A book of loans that have a purpose and an industry of use, and nothing else."""
    size, types = len(texts), schema("loans")
    industry = np.random.default_rng(4).choice(_INDUSTRIES, size)
    filled = {"loan_id": [f"L{n:08d}" for n in range(size)], "purpose": texts, "industry_use": industry}
    arrays = [pa.array(filled[f.name], f.type) if f.name in filled else pa.nulls(size, f.type) for f in types]
    return Book(as_of=date(2025, 12, 31), loans=pa.Table.from_arrays(arrays, schema=types))


@cache
def edition() -> Edition:
    """The edition all of this is about."""
    return lexicon(load(), (EDITION,)).editions[EDITION]


@cache
def words() -> tuple[str, ...]:
    """The words of tagging under it."""
    return lexicon(load(), (EDITION,)).words


def matched(texts: pa.Array) -> list[Hits]:
    """All words of all texts with their places, overlapping ones too, kept: piece by piece, as tagging does it."""
    parts = (texts.slice(start, AT_ONCE) for start in range(0, len(texts), AT_ONCE))
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda part: find(words(), corpus(part)), parts))


def extracted(texts: pl.DataFrame) -> pl.DataFrame:
    """Polars' own: the words of each text, overlapping ones too, without their places."""
    return texts.lazy().select(pl.col("text").str.extract_many(list(words()), overlapping=True)).collect()


def contained(texts: pd.Series) -> int:
    """One ``str.contains`` for each word."""
    return sum(int(texts.str.contains(word, regex=False).sum()) for word in words())


@cache
def fitted() -> tuple[Any, Any]:
    """Character 2- and 3-grams weighed by TF-IDF, and those of each entry's names and words."""
    entries = [edition().catalogue.entries[code] for code in edition().codes]
    vectors = import_module("sklearn.feature_extraction.text").TfidfVectorizer(analyzer="char", ngram_range=(2, 3))
    return vectors, vectors.fit_transform([" ".join((e.name_zh, e.name_en, *e.words)) for e in entries]).T.tocsr()


def most_similar(texts: Sequence[str]) -> int:
    """The entry most like each text: the largest cosine."""
    vectors, known = fitted()
    best = [(vectors.transform(texts[at : at + 10_000]) @ known).argmax(axis=1) for at in range(0, len(texts), 10_000)]
    return sum(len(b) for b in best)


def bytes_a_row(sizes: Sequence[int], folder: Path) -> dict[str, float]:
    """Growth of the peak memory from one size of book to the next, each in a process of its own: ``tagging`` beyond the book
    itself, ``whole`` with the book."""
    peaks = []
    for size in sizes:
        path = folder / f"{size}.arrow"
        loans = book_of(purposes(size)).loans
        with ipc.new_file(str(path), loans.schema) as file:
            file.write_table(loans)
        done = subprocess.run([sys.executable, __file__, "--peak", str(path)], check=True, capture_output=True, text=True)  # noqa: S603  # ourselves
        peaks.append(json.loads(done.stdout))
    more = sizes[-1] - sizes[0]
    grown = {name: (peaks[-1][name] - peaks[0][name]) / more for name in ("before", "peak")}
    return {"tagging": grown["peak"] - grown["before"], "whole": grown["peak"]}


def peak(path: Path) -> dict[str, int]:
    """Resident memory before tagging a book and at its peak, in bytes. What is loaded once, however many loans there are (reference data,
    the compiled code), is there before."""
    with ipc.open_file(str(path)) as file:
        book = Book(as_of=date(2025, 12, 31), loans=file.read_all())
    few = Book(as_of=book.as_of, loans=book.loans.slice(0, 1000))
    tag(few, load(), editions=(EDITION,), way=way_for("", book.loans.num_rows))
    before = resident("VmRSS")
    tagged = tag(book, load(), editions=(EDITION,)).value
    if tagged.num_rows != book.loans.num_rows:
        raise SystemExit("a loan without a tag")
    return {"before": before, "peak": resident("VmHWM")}


def fallbacks(texts: Sequence[str]) -> dict[str, object]:
    """Whether compiled code, and the ways without polars and without any library, give the same tags, and the seconds each takes."""
    book = book_of(texts)
    whole = tag(book, load(), editions=(EDITION,), way="columns").value.combine_chunks()
    found: dict[str, object] = {"rows": len(texts), "columns": seconds(lambda: tag(book, load(), editions=(EDITION,), way="columns"))}
    for way in ("compiled", "automaton", "search"):
        began = time.perf_counter()
        found[f"{way}_is_same"] = tag(book, load(), editions=(EDITION,), way=way).value.combine_chunks().equals(whole)
        found[way] = time.perf_counter() - began
    return found


def goals(taken: Mapping[str, float], memory: Mapping[str, float], same: Mapping[str, object]) -> list[Goal]:
    """What was asked for, and what was found. Times are seconds a million rows."""
    floor = taken["extract_many"]
    return [
        Goal("matching with all evidence kept / extract_many", taken["matching"] / floor, at_most=2),
        Goal("whole tag step / extract_many", taken["tag"] / floor, at_most=8),
        Goal("pandas str.contains loop / matching", taken["pandas"] / taken["matching"], at_least=300),
        Goal("pandas str.contains loop / whole tag step", taken["pandas"] / taken["tag"], at_least=300),
        Goal("TF-IDF top-1 / matching", taken["tfidf"] / taken["matching"], at_least=10),
        Goal("TF-IDF top-1 / whole tag step", taken["tfidf"] / taken["tag"]),
        Goal("tag on distinct purposes / tag on repeated ones", taken["tag"] / taken["tag repeated"], at_least=1),
        Goal("bytes a row beyond the book", memory["tagging"], at_most=500),
        Goal("bytes a row with the book", memory["whole"]),
        Goal("the compiled code's tags are the same", float(bool(same["compiled_is_same"])), at_least=1),
        Goal("the automaton's tags are the same", float(bool(same["automaton_is_same"])), at_least=1),
        Goal("the plain search's tags are the same", float(bool(same["search_is_same"])), at_least=1),
    ]


def of_processors(taken: Mapping[str, float]) -> list[Goal]:
    """The same two goals by processor time: ours has a thread for each core, the floor one in all."""
    floor = taken["extract_many"]
    return [
        Goal("matching with all evidence kept / extract_many, processor time", taken["matching"] / floor, at_most=2),
        Goal("whole tag step / extract_many, processor time", taken["tag"] / floor, at_most=8),
    ]


def main() -> None:
    """Print the times and the goals as JSON lines, then the goals as a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sample", type=int, default=20_000, help="rows of the slow ways; their times are extrapolated")
    parser.add_argument("--peak", type=Path, help="only the memory of tagging this book")
    asked = parser.parse_args()
    if asked.peak:
        print(json.dumps(peak(asked.peak)))
        return
    texts = purposes(asked.loans)
    few = texts[: asked.sample]
    fitted()
    book, again = book_of(texts), book_of(repeating(asked.loans, distinct=max(asked.loans // 20, 1)))
    column, frame = book.loans["purpose"].combine_chunks(), pl.DataFrame({"text": texts})
    works: dict[str, Callable[[], object]] = {
        "extract_many": lambda: extracted(frame),
        "matching": lambda: matched(column),
        "tag": lambda: tag(book, load(), editions=(EDITION,)),
        "tag repeated": lambda: tag(again, load(), editions=(EDITION,)),
    }
    clocks = by_both_clocks(works, asked.runs)
    times = clocks["elapsed"]
    times["tfidf"] = [seconds(lambda: most_similar(few)) for _ in range(asked.runs)]
    times["pandas"] = [seconds(lambda: contained(pd.Series(few)))]
    rows = {"tfidf": len(few), "pandas": len(few)}
    for name, each in times.items():
        size = rows.get(name, asked.loans)
        print(json.dumps({"way": name, "rows": size, "runs": len(each), "seconds": spread(each), "extrapolated": size < asked.loans}))
    million = {name: statistics.median(each) / rows.get(name, asked.loans) * 1e6 for name, each in times.items()}
    with tempfile.TemporaryDirectory() as folder:
        memory = bytes_a_row((asked.loans // 5, asked.loans), Path(folder))
    same = fallbacks(few)
    busy = {name: statistics.median(each) for name, each in clocks["processor time"].items()}
    found = [*goals(million, memory, same), *of_processors(busy)]
    print(json.dumps({"clock": "processor", "rows": asked.loans, "runs": asked.runs, "median_seconds": busy}))
    print(json.dumps({"words": len(words()), "seconds_a_million": million, "bytes_a_row": memory, "fallback": same}))
    tell(found, asked)


if __name__ == "__main__":
    main()

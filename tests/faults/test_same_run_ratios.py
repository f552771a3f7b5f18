"""Work held against other work in the same run, by processor time: what becomes several times slower than it was is seen here."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks import columns, rules
from benchmarks.annex import annex as pdf_annex
from benchmarks.sheets import annex, plain_openpyxl
from benchmarks.store import append, decisions
from benchmarks.timing import interleaved, spread
from greenfin.disclose import write_rows
from greenfin.disclose.typeset import register
from greenfin.store.audit import verify_chain
from greenfin.store.chain import block_bytes
from greenfin.store.opening import open_store

pytestmark = pytest.mark.slow

RUNS = 5
AUDIT_AT_MOST, WRITE_AT_LEAST, PDF_AT_MOST = 16, 5, 8  # found on the day of writing: 7, 12 and 5
STEPS_AT_MOST, RULES_AT_MOST = 40, 20  # found: 12 and 5


def _ratio(one: Callable[[], object], other: Callable[[], object]) -> float:
    found = interleaved({"one": one, "other": other}, RUNS, time.process_time)
    return spread(found["one"])["median"] / spread(found["other"])["median"]


def test_an_audit_takes_some_times_what_hashing_its_bytes_takes(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    append(store, decisions(100_000))
    with store.engine.connect() as connection:
        written = block_bytes(connection, "decisions", 1, 100_000)
    assert _ratio(lambda: verify_chain(store, with_tags=False), lambda: hashlib.sha256(written).digest()) < AUDIT_AT_MOST


def test_long_rows_are_written_faster_than_row_by_row(tmp_path: Path) -> None:
    rows = annex(4_000)
    assert _ratio(lambda: plain_openpyxl(rows, tmp_path / "a.xlsx"), lambda: write_rows(rows, tmp_path / "b.xlsx")) > WRITE_AT_LEAST


def test_a_longer_annex_takes_as_much_longer_as_it_has_rows(tmp_path: Path) -> None:
    register()
    assert _ratio(lambda: pdf_annex(2_500, tmp_path / "a.pdf"), lambda: pdf_annex(500, tmp_path / "b.pdf")) < PDF_AT_MOST


def test_the_steps_take_some_times_what_reading_and_writing_their_columns_takes(tmp_path: Path) -> None:
    place, one, other = columns.make(tmp_path, rows=columns.GROUP, repeats=False), tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    columns.worked(place, one)
    known = columns.Place(one, place.groups)
    assert _ratio(lambda: columns.worked(place, one), lambda: columns.idle(place, known, other)) < STEPS_AT_MOST


def test_rules_take_some_times_what_packing_their_words_takes() -> None:
    given = rules.of_purposes(300_000)
    assert _ratio(lambda: rules.ours(given), lambda: [np.packbits(flags) for flags in given.words.values()]) < RULES_AT_MOST

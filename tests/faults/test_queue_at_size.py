"""A page of the review queue at a million tags."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks.store_queue import filled, page_times

MOST_MS = 5.0


@pytest.mark.slow
def test_a_page_takes_less_than_five_milliseconds_at_a_million_tags(tmp_path: Path) -> None:
    store = filled(str(tmp_path / "store"), 1_000_000)
    times = {
        name: median for name, (median, _, _) in page_times(store, clock=time.thread_time).items()
    }  # of this process, not of its neighbours
    assert {name: ms for name, ms in times.items() if ms > MOST_MS} == {}

"""Memory between two parts of a run goes back to the machine."""

from __future__ import annotations

import ctypes
import platform
from pathlib import Path

import pytest

from greenfin.streamed import memory

PIECE, PIECES = 100_000, 1_500  # bytes; too small to be mapped alone, so that one kept piece holds the heap


def _resident() -> int:
    """Bytes of this process in memory."""
    line = next(line for line in Path("/proc/self/status").read_text("utf-8").splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the heap of another library")
def test_what_is_free_between_pieces_in_use_is_given_back() -> None:
    pieces = [bytearray(b"x" * PIECE) for _ in range(PIECES)]
    kept = pieces[-1]
    full = _resident()
    del pieces
    memory.give_back()
    assert full - _resident() > PIECE * PIECES / 2
    assert len(kept) == PIECE


def test_without_such_a_library_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: object) -> None:
        raise OSError

    monkeypatch.setattr(ctypes, "CDLL", none)
    memory._trim.cache_clear()
    memory.give_back()
    memory._trim.cache_clear()


def test_what_is_left_is_the_least_that_the_system_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    assert memory.available() is None
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 5000 kB\n", "ascii")
    assert memory.available() == 5000 * 1024
    (tmp_path / "memory.stat").write_text("anon 300\nfile 900\n", "ascii")
    (tmp_path / "memory.max").write_text("1000\n", "ascii")
    assert memory.available() == 700
    (tmp_path / "memory.max").write_text("max\n", "ascii")
    assert memory.available() == 5000 * 1024

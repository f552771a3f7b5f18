"""The heads of the chain beside the database: one line after each commit, so that a tail cannot be taken off unseen."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

HEADS = "heads.jsonl"


@dataclass(frozen=True, slots=True)
class Head:
    """A block as it was noted: its number and its sha256."""

    number: int
    sha256: str


def write_head(folder: Path, number: int, sha256: str, at: str) -> None:
    """Note a head. A file that cannot be written lags behind, which is no fault: the commit stands."""
    line = json.dumps({"number": number, "sha256": sha256, "at": at}, separators=(",", ":")) + "\n"
    with contextlib.suppress(OSError):
        folder.mkdir(0o700, parents=True, exist_ok=True)
        held = os.open(folder / HEADS, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(held, (b"" if _is_whole(held) else b"\n") + line.encode())
            os.fsync(held)
        finally:
            os.close(held)


def _is_whole(held: int) -> bool:
    """Whether the file ends with a whole line; a power cut may have broken the last one off."""
    size = os.lseek(held, 0, os.SEEK_END)
    if not size:
        return True
    os.lseek(held, size - 1, os.SEEK_SET)
    return os.read(held, 1) == b"\n"


def read_heads(folder: Path) -> tuple[tuple[Head, ...], tuple[int, ...]]:
    """The heads noted, and the numbers of the lines that are none. No file is no heads."""
    try:
        lines = (folder / HEADS).read_bytes().split(b"\n")
    except OSError:
        return (), ()
    heads, broken = [], []
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            found = json.loads(line)
            heads.append(Head(int(found["number"]), str(found["sha256"])))
        except (ValueError, KeyError, TypeError):
            broken.append(number)
    return tuple(heads), tuple(broken)

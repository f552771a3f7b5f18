"""The sha256 of blocks of a SQLite store, in a process of its own: in one process SQLite's threads wait for one another.

Started as a file by :mod:`greenfin.store.audit`, without our packages: it knows only what it is told on its standard input, and says a
sha256 a line, nothing else.
"""

import hashlib
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator

_PIECE_ROWS = 4_096  # read at once: what is made of so few is hashed while it is still near the processor
_BUSY_SECONDS = 10.0
_MAPPED = 2**40  # bytes of the file read in place, as far as SQLite does; a page that the disk cannot give ends this process alone


def pieces(read: Callable[[int, int], bytes | None], first: int, last: int) -> Iterator[bytes]:
    """The bytes of a block, from what reads the rows of two numbers: a bracket, rows with commas between, a bracket."""
    before = b"["
    for begin in range(first, last + 1, _PIECE_ROWS):
        found = read(begin, min(begin + _PIECE_ROWS - 1, last))
        if found is not None:
            yield before
            yield found
            before = b","
    yield b"]" if before == b"," else b"[]"


def main() -> None:
    """A line for each block: its sha256, or nothing where the rows cannot be read."""
    asked = json.load(sys.stdin)
    connection = sqlite3.connect(asked["address"], uri=True, timeout=_BUSY_SECONDS)
    connection.execute(f"PRAGMA mmap_size={_MAPPED}")
    for log, first, last in asked["blocks"]:
        made = hashlib.sha256()
        try:
            for piece in pieces(_reading(connection, asked["queries"][log]), first, last):
                made.update(piece)
            sha = made.hexdigest()
        except (sqlite3.Error, TypeError):  # a value of a kind that was never written: the audit looks itself
            sha = ""
        sys.stdout.write(f"{sha}\n")


def _reading(connection: sqlite3.Connection, query: str) -> Callable[[int, int], bytes | None]:
    def read(first: int, last: int) -> bytes | None:
        found: bytes | None = connection.execute(query, {"first": first, "last": last}).fetchone()[0]
        return found

    return read


if __name__ == "__main__":
    main()

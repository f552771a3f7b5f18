"""Files that a reader sends: on disk for as long as they are being read, in a folder that only this server's account can enter."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from greenfin.store.evidence import plain_name


class Sent(Protocol):
    """A file that was sent: its name as the reader's machine calls it, and its bytes."""

    name: str

    def getvalue(self) -> bytes:
        """All of it."""
        ...


@contextmanager
def on_disk(sent: Sequence[Sent]) -> Iterator[list[Path]]:
    """The files under plain names of their own, readable by their owner alone; gone when the block ends. Raises Refused for a bad name."""
    with tempfile.TemporaryDirectory(prefix="greenfin-sent-") as folder:  # 0700
        yield [_written(Path(folder) / str(n), one) for n, one in enumerate(sent)]


def _written(folder: Path, one: Sent) -> Path:
    folder.mkdir(0o700)
    path = folder / plain_name(one.name)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(one.getvalue())
    return path

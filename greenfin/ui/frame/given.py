"""What a reader sent to be imported, and the same on disk for as long as it is being read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from greenfin.ui.frame.uploads import Sent, on_disk
from greenfin.ui.views.imports import Beside


@dataclass(frozen=True, slots=True)
class Given:
    """What the reader sent: the book's files, those beside it, the data date; a mapping of his own or a kept one as text."""

    books: tuple[Sent, ...]
    beside: tuple[tuple[str, Sent], ...]
    as_of: date | None
    mapping: str = ""

    @property
    def key(self) -> str:
        """What tells it from anything else that was sent."""
        digest = sha256(f"{self.as_of}|{self.mapping}".encode())
        for name, one in (*(("book", one) for one in self.books), *self.beside):
            digest.update(f"|{name}|{one.name}|".encode() + sha256(one.getvalue()).digest())
        return digest.hexdigest()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the book's files."""
        return tuple(one.name for one in self.books)


@contextmanager
def unpacked(given: Given) -> Iterator[tuple[list[Path], Beside]]:
    """The files on disk while they are being read. Raises Refused."""
    with on_disk([*given.books, *(one for _, one in given.beside)]) as paths:
        books, others = paths[: len(given.books)], paths[len(given.books) :]
        found = {name: path for (name, _), path in zip(given.beside, others, strict=True)}
        if given.mapping:
            found["mapping"] = paths[0].parent / "mapping.yaml"
            found["mapping"].write_text(given.mapping, encoding="utf-8")
        yield books, Beside(**found)

"""A long workbook's parts, unpacked once and put where the cell reader finds what it wants in one pass.

The reader unpacks a sheet twice: for the cells, and for the merged areas that stand behind them. So the parts, which have been unpacked to
be looked at, are kept in a folder of the owner's alone, with the merged areas before the cells, where the reader stops when it has them.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

LONG = 2**22  # bytes of all sheets: what is shorter is read where it is
_PIECE = 2**22
_FIRST, _LAST = b"<sheetData>", b"</sheetData>"
_MERGED = re.compile(rb"<[\w:]*mergeCells\b")
_MERGED_WHOLE = re.compile(rb"<mergeCells\b[^>]*(?<!/)>.*?</mergeCells>", re.DOTALL)
_NONE_MERGED = b"<mergeCells></mergeCells>"
_WANTED = (".xml", ".rels")


class Unpacked:
    """The copy being made; ``path`` is the book itself where none is made: for a short one, and where there is no room."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._original = path
        self._into: zipfile.ZipFile | None = None
        self._folder: TemporaryDirectory[str] | None = None

    def begin(self, entries: Sequence[zipfile.ZipInfo], sheets: Collection[str]) -> None:
        """Make a copy where the sheets are long and no two parts share a name."""
        names = {entry.filename for entry in entries}
        if len(names) == len(entries) and sum(entry.file_size for entry in entries if entry.filename in sheets) >= LONG:
            with self._or_none():
                self._folder = TemporaryDirectory(prefix="greenfin-")
                self.path = Path(self._folder.name) / self._original.name
                self._into = zipfile.ZipFile(self.path, "w")

    def add(self, name: str, content: bytes | bytearray, *, is_sheet: bool) -> None:
        """Keep a part; a sheet's merged areas first, where they stand as the format wants them."""
        if self._into is not None and (is_sheet or name.casefold().endswith(_WANTED)):
            with self._or_none():
                part = zipfile.ZipInfo(name)
                part.file_size = len(content)
                with self._into.open(part, "w") as stream:
                    for piece in merged_first(content) if is_sheet else (memoryview(content),):
                        for begin in range(0, len(piece), _PIECE):
                            stream.write(piece[begin : begin + _PIECE])

    def end(self) -> None:
        """All parts are in it."""
        if self._into is not None:
            with self._or_none():
                self._into.close()

    def remove(self) -> None:
        """Nothing of the copy stays."""
        self.path = self._original
        if self._into is not None:
            with contextlib.suppress(OSError, ValueError):
                self._into.close()
            self._into = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @contextlib.contextmanager
    def _or_none(self) -> Iterator[None]:
        """Without room for a copy the book is read where it is."""
        try:
            yield
        except OSError:
            self.remove()


@contextlib.contextmanager
def unpacking(path: Path) -> Iterator[Unpacked]:
    """A copy to be filled while the book is looked into; gone when the block ends."""
    made = Unpacked(path)
    try:
        yield made
    finally:
        made.remove()


def merged_first(content: bytes | bytearray) -> tuple[memoryview, ...]:
    """A sheet's bytes with the merged areas before the cells; as they are where they are not as the format says.

    >>> b"".join(merged_first(b"<w><sheetData><row/></sheetData><mergeCells count='1'><mergeCell ref='A1:B1'/></mergeCells></w>"))
    b"<w><mergeCells count='1'><mergeCell ref='A1:B1'/></mergeCells><sheetData><row/></sheetData></w>"
    """
    whole = memoryview(content)
    first, last = content.find(_FIRST), content.rfind(_LAST)
    head, tail = content[: max(first, 0)], content[max(last, 0) :]
    if first < 0 or last < first or b"<!" in head or b"<!" in tail or b"<?" in tail or _MERGED.search(head):
        return (whole,)
    found = _MERGED.findall(tail)
    if not found:
        return whole[:first], memoryview(_NONE_MERGED), whole[first:]
    areas = _MERGED_WHOLE.search(tail)
    if len(found) > 1 or areas is None:
        return (whole,)
    begin, end = last + areas.start(), last + areas.end()
    return whole[:first], whole[begin:end], whole[first:begin], whole[end:]

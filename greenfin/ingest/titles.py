"""What a sheet says of itself outside its table: its name, the texts above the header, the name of its file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from greenfin.ingest.blocks import Block
from greenfin.ingest.vocabulary import marks, plain

_TITLE_ROWS = 6
_SHORTEST, _LONGEST = 3, 30  # signs of a branch's name
_BETWEEN = re.compile(r"[\s:：，,、()（）_\-.]+")


def titles_of(block: Block) -> Iterator[str]:
    """The name of the sheet, then the texts above the header, then the name of the file."""
    yield block.grid.sheet.rpartition("!")[2]
    top = block.header_row - block.depth + 1
    for row in range(max(top - _TITLE_ROWS, 0), top):
        yield from (cell for cell in block.grid.row(row) if isinstance(cell, str))
    yield block.grid.file.rpartition("/")[2]


def branch_of(block: Block) -> str:
    """The one branch that the whole sheet is of, as its titles name it (``机构：江北支行``, a sheet called ``江北支行``); empty: none.

    Only a text that is the name of a branch as a whole counts: a title with the branch inside it may be about several.
    """
    ends = tuple(marks()["branch_ends"])
    for text in titles_of(block):
        named = {piece for piece in _BETWEEN.split(text) if any(end in plain(piece) and plain(piece) != end for end in ends)}
        whole = [piece for piece in named if plain(piece).endswith(ends) and _SHORTEST <= len(piece) <= _LONGEST]
        if len(named) == 1 and whole:
            return whole[0]
    return ""

"""The blocks of a sheet from top to bottom: tables that stand one below the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from greenfin.ingest.blocks import SCAN_ROWS, Block, find_block, next_header
from greenfin.ingest.grids import Grid
from greenfin.ingest.rows import body_of

_DEEPEST = 5 * SCAN_ROWS  # rows of instructions that may stand above a header
_SLIGHT = ("controls", "prior", "texts", "decisions")  # so little makes one of these that lines above a ledger are not taken for it


def stacked(grid: Grid, *, wanted: tuple[str, ...]) -> Iterator[Block]:
    """The blocks of a sheet from top to bottom; a new header further down ends the one above."""
    best = find_block(grid, wanted=wanted) or find_block(grid, wanted=wanted, start=SCAN_ROWS, rows=_DEEPEST)
    if best:
        yield from _before(best, wanted=wanted)
        yield from _chain(best, wanted=wanted)


def _chain(block: Block, *, wanted: tuple[str, ...]) -> Iterator[Block]:
    """The block and those below it, down to where it ends."""
    end = block.end
    while after := next_header(block, wanted=wanted):
        yield replace(block, end=after.header_row)
        block = replace(after, end=end)
    yield block


def _before(block: Block, *, wanted: tuple[str, ...]) -> Iterator[Block]:
    """The blocks above one that was found first because it has more columns."""
    top = block.header_row - block.depth + 1
    above = find_block(block.grid, wanted=wanted, end=top)
    if above is None or above.first >= top or above.kind in _SLIGHT:
        return
    above = replace(above, end=top)
    if len(body_of(above).rows):
        yield from _before(above, wanted=wanted)
        yield from _chain(above, wanted=wanted)

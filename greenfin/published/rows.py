"""Rows of a sheet as blocks: tables between blank rows, sentences in cells as passages, titles as captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from greenfin.published.shapes import Cell, Passage, Table
from greenfin.published.words import pattern, plain

Row = tuple[Cell, ...]
_LONG = 24  # signs of a text that is a sentence and no title


def blocks_of_rows(rows: Sequence[Row], name: str, page: str = "") -> Iterator[Table | Passage]:
    """The blocks of a sheet in order."""
    held: list[Row] = []
    caption: list[str] = []
    for row in [*rows, ()]:
        texts = [cell for cell in row if cell.text.strip() and not cell.is_filled]
        is_prose = len(texts) == 1 and len(texts[0].text) > _LONG and bool(pattern("slot.prose").search(plain(texts[0].text)))
        if texts and not is_prose:
            held.append(row)
            continue
        if held:
            yield from _table(held, name, page, caption)
        if is_prose:
            yield Passage(texts[0].where, texts[0].text, page)
        held = []


def _table(rows: Sequence[Row], name: str, page: str, caption: list[str]) -> Iterator[Table | Passage]:
    """A table with the captions that waited for it; rows of one text each wait for the next table."""
    if all(sum(bool(cell.text.strip()) and not cell.is_filled for cell in row) <= 1 for row in rows):
        cells = [next(cell for cell in row if cell.text.strip()) for row in rows]
        caption += [cell.text for cell in cells]
        yield from (Passage(cell.where, cell.text, page) for cell in cells)
        return
    left = min(i for row in rows for i, cell in enumerate(row) if cell.text.strip())
    right = max(i for row in rows for i, cell in enumerate(row) if cell.text.strip())
    where = next((cell.where for cell in rows[0] if cell.where), name)
    yield Table(where, tuple(tuple(row[left : right + 1]) for row in rows), " ".join(caption), page)
    caption.clear()

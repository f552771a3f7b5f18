"""Rows under a header that only number its columns: ``A B C``, ``1 2 3``, ``栏次 1 2 3``, ``甲 乙 1 2 丙``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from greenfin.ingest.grids import column_number
from greenfin.ingest.vocabulary import mark, marks, plain

_LETTER = re.compile(r"[a-z]{1,2}|\d{1,3}")
_LEAST = 3


def is_numbering(cells: Mapping[int, str]) -> bool:
    """Whether the texts of a row (by column) do nothing but count the columns.

    Stems of their own (``甲 乙``) may count the columns of words beside numbers that count those of amounts.
    """
    clean = {column: plain(text).strip("()") for column, text in cells.items()}
    first = next(iter(clean), 0)
    if len(clean) > _LEAST and clean[first] in mark("numbering_heads"):
        del clean[first]
    stems = [text for text in clean.values() if text and text in marks()["stems"]]
    others = {column: text for column, text in clean.items() if text not in stems}
    if len(clean) < _LEAST or not all(map(_LETTER.fullmatch, others.values())):
        return False
    return "".join(stems) == marks()["stems"][: len(stems)] and (not others or _is_sequence(others, is_mixed=bool(stems)))


def _is_sequence(cells: Mapping[int, str], *, is_mixed: bool) -> bool:
    """Whether the texts count up one by one from the start (A B C, 1 2 3), or with the columns they stand in."""
    texts: Sequence[str] = list(cells.values())
    if not (all(map(str.isdigit, texts)) or all(map(str.isalpha, texts))):
        return False
    ranks = [int(text) if text.isdigit() else column_number(text.upper()) for text in texts]
    counts = {rank - place for place, rank in enumerate(ranks)}
    columns = {rank - column for rank, column in zip(ranks, cells, strict=True)}
    return ranks[0] <= 1 and (len(counts) == 1 or (len(columns) == 1 and not is_mixed))

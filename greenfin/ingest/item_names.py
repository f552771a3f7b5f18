"""What item of the own operations a text names, the nearest ones where it names none, and what a fuel is for."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache

import numpy as np

from greenfin.core.problems import Problem, warning
from greenfin.ingest.cells import shown
from greenfin.ingest.frames import Frame
from greenfin.ingest.headers import read_header
from greenfin.ingest.rows import body_of
from greenfin.ingest.vocabulary import marks, measures, names_of, plain


def items_of_rows(frame: Frame) -> tuple[list[str | None], list[str], list[Problem]]:
    """Item ids of the rows, the unit in the item's own text (``用电量(千瓦时)``), and items nobody knows."""
    written = _written(frame)
    known = {text: _item(text) for text in set(written)}
    problems = [
        warning("ingest.item_unknown", frame.at(r, "ops.item"), found=shown(text), near=_near(text))
        for r, text in enumerate(written)
        if text and not known[text][0]
    ]
    return [known[text][0] for text in written], [known[text][1] for text in written], problems


def _near(text: str) -> str:
    """The names of items that come near a text; a dash where none does."""
    clean = plain(text)
    near = get_close_matches(clean, _names(), n=3) or [name for name in _names() if len(name) > 1 and name in clean][:3]
    return ", ".join(near) or "-"


@cache
def _names() -> tuple[str, ...]:
    """Every written name of an item."""
    return tuple(sorted(names_of("item."), key=lambda name: (-len(name), name)))


def _written(frame: Frame) -> list[str]:
    place = frame.block.places["ops.item"]
    return ["" if cell is None else str(cell).strip() for cell in body_of(frame.block).cells(place.column)]


def _item(text: str) -> tuple[str | None, str]:
    heading = read_header(text)
    fields = [f for f in heading.fields if f.startswith("item.")]
    if fields:
        return fields[0].removeprefix("item."), heading.unit or heading.doubt
    return names_of("item.").get(plain(text)) or _listed().get(plain(text)), ""


@cache
def _listed() -> Mapping[str, str]:
    """The items' own names -> their ids: what a row says, though a column of that name may be of another sheet."""
    mine = [m for m in measures().values() if m.id.startswith("item.")]
    return {plain(name): m.id.removeprefix("item.") for m in mine for name in (m.zh, m.en)}


def uses_of_rows(
    frame: Frame, rows: np.ndarray[tuple[int], np.dtype[np.int64]], item: str | list[str | None], *, header: str
) -> list[str | None]:
    """What a fuel is for, as a column says, else the words of the item or the header; None for what is no fuel."""
    if not isinstance(item, str) or item not in marks()["fuels"]:
        return [None] * len(rows)
    said = frame.column("ops.use").to_pylist()
    written = _written(frame) if "ops.item" in frame.block.places else [header] * frame.size
    return [_use(said[r] or "") or _use(written[r]) for r in rows.tolist()]


def _use(text: str) -> str | None:
    clean = plain(text)
    return next((use for use, words in marks()["fuel_uses"].items() if any(word in clean for word in words)), None)

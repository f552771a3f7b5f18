"""What item of the own operations a text names, the nearest ones where it names none, and what a fuel is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache

import numpy as np

from greenfin.core.problems import Problem, error, warning
from greenfin.ingest.blocks import Block
from greenfin.ingest.cells import shown
from greenfin.ingest.frames import Frame
from greenfin.ingest.headers import read_header, unit_of
from greenfin.ingest.measured import kept_unit
from greenfin.ingest.rows import body_of
from greenfin.ingest.titles import titles_of
from greenfin.ingest.vocabulary import bare_names, marks, measures, names_of, plain

_PARTS = re.compile(r"[\s:()（）：，,、]+")


def items_of_rows(frame: Frame) -> tuple[list[str | None], list[str], list[Problem]]:
    """Item ids of the rows, the unit in the item's own text (``用电量(千瓦时)``), and items nobody knows."""
    if "ops.item" not in frame.block.places:
        return _of_sheet(frame)
    written = _written(frame)
    known = {text: item_named(text) for text in set(written)}
    problems = [
        warning("ingest.item_unknown", frame.at(r, "ops.item"), found=shown(text), near=_near(text))
        for r, text in enumerate(written)
        if text and not known[text][0]
    ]
    return [known[text][0] for text in written], [known[text][1] for text in written], problems


def _of_sheet(frame: Frame) -> tuple[list[str | None], list[str], list[Problem]]:
    """The item that the sheet's name, title or file names, and the unit beside it, for every row."""
    titles = list(titles_of(frame.block))
    item = next((found for text in titles if (found := _only_item(text))), None)
    accepted = measures()[f"item.{item}"] if item else None
    parts = (part for text in titles for part in (text, *_PARTS.split(text)))
    unit = next((u for part in parts if accepted and (u := unit_of(part)) and kept_unit(accepted, u)), "")
    where = frame.block.grid.at(frame.block.header_row)
    problems = [] if item else [error("ingest.item_of_sheet_unknown", where, found=shown(titles[0]))]
    return [item] * frame.size, [unit] * frame.size, problems


def _only_item(text: str) -> str | None:
    """The one item whose names stand in a text, the longest names first; None for none or several."""
    clean, found = plain(text), set()
    for name in _names():
        if len(name) > 1 and name in clean:
            found.add(names_of("item.")[name])
            clean = clean.replace(name, " ")
    return found.pop() if len(found) == 1 else None


def with_items(block: Block) -> Block:
    """The block with the column of items that names most of them, where several could be it (``类别``, ``指标``)."""
    first = block.places.get("ops.item")
    others = [place for place in block.twice if "ops.item" in place.heading.fields]
    if first is None or not others:
        return block
    best = max((first, *others), key=lambda place: sum(bool(item_named(str(cell or ""))[0]) for cell in body_of(block).cells(place.column)))
    twice = tuple(place for place in (first, *block.twice) if place is not best)
    return replace(block, places={**block.places, "ops.item": best}, twice=twice)


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


@cache
def item_named(text: str) -> tuple[str | None, str]:
    """The id of the item that a text names, and the unit (or what may be one) written into it.

    >>> item_named("用电量(千瓦时)"), item_named("0#柴油"), item_named("人均用电量")
    (('electricity', '千瓦时'), ('diesel', ''), (None, ''))
    """
    heading = read_header(text)
    fields = [f for f in heading.fields if f.startswith("item.")]
    if fields and heading.doubt and (whole := names_of("item.").get(plain(text))):
        return whole, ""  # what stands in brackets is no unit, but part of the name
    if fields:
        return fields[0].removeprefix("item."), heading.unit or heading.doubt
    return names_of("item.").get(plain(text)) or _listed().get(plain(text)) or _loosely(plain(text)), ""


def _loosely(clean: str) -> str | None:
    """The item of a text without the words that change nothing around it; None where a word makes it another thing."""
    if any(word in clean for word in marks()["item_words"]["never"]):
        return None
    return next((names_of("item.")[text] for text in bare_names(clean) if text in names_of("item.")), None)


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

"""Bindings in prose: ``{T02!green_balance.current}``, ``{T02!green_balance.current:万元}``, ``{Q02.staff:0}``.

Between the braces stands an address, and after a colon at most a unit of prose and a number of decimals, parted by a comma. Nothing in
it is ever evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")
_CELL = re.compile(r"T\d{2}!.+\.[A-Za-z0-9_]+")
_OWN = re.compile(r"Q\d{2}\.[a-z_0-9]+(\.[1-9]\d{0,3}\.[a-z_0-9]+)?")
_MOST = 6  # decimals


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Binding:
    """A place to be filled: the address of a cell or of an answer, and how to print it (empty, None: as its table does)."""

    address: str
    unit: str = ""
    decimals: int | None = None

    @property
    def is_cell(self) -> bool:
        """Whether it names a cell of a table (else an answer)."""
        return _CELL.fullmatch(self.address) is not None


@dataclass(frozen=True, slots=True)
class Broken:
    """What is no binding, though it has a brace."""

    text: str


Piece = Literal | Binding | Broken


def pieces(text: str) -> Iterator[Piece]:
    """The text in pieces; doubled braces are braces.

    >>> list(pieces("余额{T02!green_balance.current:亿元,1}。"))
    [Literal(text='余额'), Binding(address='T02!green_balance.current', unit='亿元', decimals=1), Literal(text='。')]
    """
    at = 0
    for found in _PIECE.finditer(text):
        if found.start() > at:
            yield Literal(text[at : found.start()])
        yield _one(found[0], found[1])
        at = found.end()
    if at < len(text):
        yield Literal(text[at:])


def _one(whole: str, inner: str | None) -> Piece:
    if whole in ("{{", "}}"):
        return Literal(whole[0])
    if inner is None:
        return Broken(whole)
    address, colon, rest = (part.strip() for part in inner.partition(":"))
    if not (_CELL.fullmatch(address) or _OWN.fullmatch(address)) or (colon and not rest):
        return Broken(whole)
    unit, decimals = "", None
    for word in rest.split(",") if rest else ():
        clean = word.strip()
        if clean.isdecimal() and clean.isascii() and decimals is None and int(clean) <= _MOST:
            decimals = int(clean)
        elif clean and not unit and not clean[0].isdigit():
            unit = clean
        else:
            return Broken(whole)
    return Binding(address, unit, decimals)


def cells_named(texts: Iterator[str]) -> set[str]:
    """The cells that texts are bound to."""
    return {piece.address for text in texts for piece in pieces(text) if isinstance(piece, Binding) and piece.is_cell}

"""The looks through texts that cost most, compiled: sign by sign instead of in whole columns, with nothing kept in between and the
interpreter left free. They find what the columns find, bit for bit. numba compiles them once and keeps the result beside the
source, or where the user's caches are.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

WAY = "compiled"
_PAYS = 1_000_000  # loans to look at from which on the seconds that numba takes to start are won back
_MANY, _FEW = 200_000, 4_096  # loans after which a process has a large book in parts; a book of fewer is no part of one
_KERNELS = ("texts", "words", "names", "reading", "signals", "likeness", "evidence")


class Seen:
    """How many loans this process has looked at, in large books and parts of them."""

    loans = 0


def way_for(way: str, loans: int) -> str:
    """The ``way`` asked for (see match.find); where none is, the compiled one for so many loans that it pays, if there is one: at once, or
    part by part."""
    if way or loans < _FEW:
        return way
    before = Seen.loans
    Seen.loans += loans
    return WAY if (loans >= _PAYS or before >= _MANY) and works() else way


@cache
def works() -> bool:
    """Whether all can be compiled here: numba may be missing, unfit for the processor, or find no place for what it compiled."""
    try:
        for name in _KERNELS:
            kernel(name)
    except (ImportError, OSError, RuntimeError):
        return False
    return True


def kernel(name: str) -> Any:
    """One of the modules of compiled functions; imported only here, so that nothing else needs numba."""
    return import_module(f"{__name__}.{name}")

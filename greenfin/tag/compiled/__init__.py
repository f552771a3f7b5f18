"""The looks through texts that cost most, compiled: sign by sign instead of in whole columns, with nothing kept in between and the
interpreter left free. They find what the columns find, bit for bit. numba compiles them once and keeps the result beside the
source, or where the user's caches are.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

WAY = "compiled"
_PAYS = 1_000_000  # loans of a book from which on the second that numba takes to start is won back
MEMORY = 120_000_000  # bytes of numba and what was compiled, in each process
_KERNELS = ("texts", "words", "names", "reading", "signals", "likeness", "evidence")


def way_for(way: str, loans: int) -> str:
    """The ``way`` asked for (see match.find); where none is, the compiled one for so many loans that it pays, if there is one."""
    return WAY if not way and pays(loans) and works() else way


def pays(loans: int) -> bool:
    """Whether a book of so many loans is worth it, in one piece or in parts."""
    return loans >= _PAYS


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

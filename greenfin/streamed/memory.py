"""Memory that a part of a run no longer needs goes back to the machine, so that the next part does not come on top of it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import pyarrow as pa

_TRIM = "malloc_trim"  # of the GNU library: pages between what is still in use, which it would keep


def give_back() -> None:
    """Return what is free to the machine: Arrow's own pool, and where the system's library can, the pages of the heap."""
    pa.default_memory_pool().release_unused()
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    try:
        found: Callable[[int], object] = getattr(ctypes.CDLL(None), _TRIM)
    except (AttributeError, OSError, TypeError):  # another library of the system, or none that can be opened
        return lambda _: None
    return found

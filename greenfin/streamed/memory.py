"""Memory that a part of a run no longer needs goes back to the machine, so that the next part does not come on top of it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pyarrow as pa

_MEMORY, _GROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")
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


def available() -> int | None:
    """Bytes that this machine, and the group of processes this one is held to, have left; None where the system does not say."""
    return min(_left(), default=None)


def _left() -> Iterator[int]:
    with suppress(OSError, ValueError, StopIteration, IndexError):
        line = next(line for line in _MEMORY.read_text("ascii").splitlines() if line.startswith("MemAvailable:"))
        yield int(line.split()[1]) * 1024
    with suppress(OSError, ValueError):  # "max": held to nothing
        held = dict(line.split() for line in (_GROUP / "memory.stat").read_text("ascii").splitlines())
        yield int((_GROUP / "memory.max").read_text("ascii")) - int(held.get("anon", 0))

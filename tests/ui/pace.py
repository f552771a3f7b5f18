"""How long a reader may wait: so many seconds on a machine that does nothing else."""

from __future__ import annotations

import os


def seconds(quiet: float) -> float:
    """The limit on this machine as it is now: longer by as many times as each of its processors has work waiting.

    >>> seconds(1) >= 1
    True
    """
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return quiet * max(1.0, waiting)

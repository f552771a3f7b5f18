"""A run as the register of runs sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from greenfin.store import RunEntry, register
from greenfin.store.opening import Store

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class SavedRun:
    folder: Path
    record: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.record["run"])


def saved_run(folder: Path, run: str = "2025-12-31-abc") -> SavedRun:
    made_of = {"as_of": "2025-12-31", "edition": "green-finance-2025", "options": {"policy": "strict"}, "greenfin": "0.1.0"}
    counts = {"loans": 7, "problems": {"error": 2, "warning": 3, "info": 9}}
    return SavedRun(folder, {"run": run, "made_of": made_of | {"reference": "f" * 64}, "counts": counts})


def registered(store: Store, run: str) -> RunEntry:
    """The run entered by nobody in particular, as a record without users allows it."""
    return register(store, None, saved_run(Path("/nowhere") / run, run), made_at=NOON)

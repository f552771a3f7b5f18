"""A run made on the server: kept beside the others, entered in the register, offered at once."""

from __future__ import annotations

from datetime import UTC, datetime

from greenfin import run_folder
from greenfin.pipeline import RunResult
from greenfin.run_folder import Saved
from greenfin.store import register
from greenfin.ui.frame import held
from greenfin.ui.frame.desk import Desk


def kept(desk: Desk, result: RunResult) -> Saved:
    """The run in a folder of its own, under its id. Raises Refused."""
    below = desk.place.parent if (desk.place / "run.json").is_file() else desk.place
    saved = run_folder.save(result, below / run_folder.run_id(result), lang=desk.lang)
    if desk.store is not None and desk.actor is not None:
        register(desk.store, desk.actor, saved, made_at=datetime.now(UTC))
    held.found.clear()
    held.found_with.clear()
    return saved

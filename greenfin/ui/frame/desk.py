"""What a page is given: the language, the run chosen, the record and who is logged in to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from greenfin.core.problems import Refused, error
from greenfin.messages import Lang
from greenfin.run_folder import Saved
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, may


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a reader sits.

    ``place`` is where runs lie, ``runs`` are those there, the newest first, ``saved`` the chosen one. Either ``store`` and ``actor`` are
    both there, or neither is: without a record the front end shows runs to whoever sits at this machine.
    """

    lang: Lang
    place: Path
    saved: Saved | None = None
    store: Store | None = None
    actor: Actor | None = None
    runs: tuple[Saved, ...] = ()

    def may(self, action: str, branch: str | None = None) -> bool:
        """Whether the reader may do an action of ``permissions.csv``; without a record there is nobody to be kept from anything."""
        return self.actor is None or may(self.actor, action, branch)

    def run(self) -> Saved:
        """The chosen run. Raises Refused (``ui.no_run``) where there is none."""
        if self.saved is None:
            raise Refused(error("ui.no_run", str(self.place)))
        return self.saved

    def record(self) -> tuple[Store, Actor]:
        """The record and who is logged in. Raises Refused (``ui.no_store``) where the front end was started without one."""
        if self.store is None or self.actor is None:
            raise Refused(error("ui.no_store"))
        return self.store, self.actor

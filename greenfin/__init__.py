"""From a Chinese bank's loan book to green tags, environmental benefit, footprint and disclosure tables that can say why.

The public names, each loaded when first used, so that ``import greenfin`` and ``greenfin --help`` load nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from greenfin._version import __version__

if TYPE_CHECKING:
    from greenfin.core.columns import to_pandas
    from greenfin.core.problems import BadReference, Refused
    from greenfin.explain import why
    from greenfin.ingest import read_book
    from greenfin.measure import measure as measure_projects
    from greenfin.messages import tell
    from greenfin.pipeline import Files, Options, run
    from greenfin.reference.load import load as load_reference
    from greenfin.run_folder import open_run, replay
    from greenfin.run_folder import save as save_run
    from greenfin.tag import tag as tag_loans
    from greenfin.verify import verify as verify_run

__all__ = [
    "BadReference",
    "Files",
    "Options",
    "Refused",
    "__version__",
    "load_reference",
    "measure_projects",
    "open_run",
    "read_book",
    "replay",
    "run",
    "save_run",
    "tag_loans",
    "tell",
    "to_pandas",
    "verify_run",
    "why",
]

_HOMES = {
    "greenfin.core.columns": ("to_pandas",),
    "greenfin.core.problems": ("BadReference", "Refused"),
    "greenfin.explain": ("why",),
    "greenfin.ingest": ("read_book",),
    "greenfin.messages": ("tell",),
    "greenfin.pipeline": ("Files", "Options", "run"),
    "greenfin.run_folder": ("open_run", "replay"),
}
_RENAMED = {  # a room and its step share a name: the step gets one of its own here
    "load_reference": ("greenfin.reference.load", "load"),
    "measure_projects": ("greenfin.measure", "measure"),
    "save_run": ("greenfin.run_folder", "save"),
    "tag_loans": ("greenfin.tag", "tag"),
    "verify_run": ("greenfin.verify", "verify"),
}
_PLACES = {name: (room, name) for room, names in _HOMES.items() for name in names} | _RENAMED


def __getattr__(name: str) -> Any:
    """A public name from its room; raises AttributeError for any other (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room, inner = _PLACES[name]
    return getattr(import_module(room), inner)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

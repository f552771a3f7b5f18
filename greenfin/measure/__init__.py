"""Measure: the yearly environmental results of green projects, over a whole book or for one project.

Each name is loaded when first used: one project is measured without what a whole book needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenfin.measure.as_json import single_json
    from greenfin.measure.choose import is_running
    from greenfin.measure.compare import claim_json, compare_claim
    from greenfin.measure.explain import explain_project
    from greenfin.measure.one import Single, measure_one
    from greenfin.measure.whole_book import measure

__all__ = ["Single", "claim_json", "compare_claim", "explain_project", "is_running", "measure", "measure_one", "single_json"]

_HOMES = {
    "Single": "one",
    "claim_json": "compare",
    "compare_claim": "compare",
    "explain_project": "explain",
    "is_running": "choose",
    "measure": "whole_book",
    "measure_one": "one",
    "single_json": "as_json",
}


def __getattr__(name: str) -> Any:
    """A name from its module; raises AttributeError for any other (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

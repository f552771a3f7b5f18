"""Examples in docstrings run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import greenfin


def test_examples_in_docstrings() -> None:
    tried = 0
    for found in pkgutil.walk_packages(greenfin.__path__, "greenfin."):
        if found.name.startswith(("greenfin.ui.pages", "greenfin.ui.frame.start")):
            continue  # pages run when imported
        result = doctest.testmod(importlib.import_module(found.name))
        assert not result.failed, found.name
        tried += result.attempted
    assert tried > 20

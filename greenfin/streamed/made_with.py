"""What the parts of a run are made of: parts made with other versions do not fit together."""

from __future__ import annotations

from importlib.metadata import version

from greenfin._version import __version__

_DECIDING = ("numpy", "polars", "pyarrow")  # libraries whose hashes and files the parts are made of


def libraries() -> dict[str, str]:
    """The versions of the libraries that decide how a book is cut and kept, by name."""
    return {name: version(name) for name in _DECIDING}


def made_with() -> str:
    """greenfin and these libraries as a line: ``0.1.0, numpy 2.2.6, …``."""
    return ", ".join([__version__, *(f"{name} {found}" for name, found in libraries().items())])

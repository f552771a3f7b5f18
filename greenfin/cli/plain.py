"""Arguments that are texts or paths, taken as they stand.

Typer reads every argument through a library of types whose loading alone takes half as long as numpy's. Texts, paths and lists of
them need none: they get a reader of their own here. What is not plain is read by typer as ever, and so is all by a typer built otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

_CHECKS = ("parser", "click_type", "exists", "resolve_path", "allow_dash", "path_type")
_READERS: dict[object, Callable[[Any], object]] = {
    str: str,
    Path: Path,
    list[str]: list,
    list[Path]: lambda value: [Path(each) for each in value],
}
_PATHS = (Path, list[Path])


def take_plainly(command: Any) -> None:
    """Give the plain arguments of a command, and of the commands in it, their own reader."""
    try:
        from typer._coercion import RuntimeParam, build_runtime_param
    except ImportError:  # another typer: it reads them itself
        return

    class Plain(RuntimeParam):
        """Makes of a text what the function asks for; a switch, or a path that is there and may not be read, is left to typer."""

        def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
            if _is_plain(self.annotation, value):
                return _READERS[self.annotation](value)
            return build_runtime_param(param.type_descriptor).coerce(value, param, ctx)

    for param in _params(command):
        described = getattr(param, "type_descriptor", None)
        if described is None or not hasattr(param, "_runtime_param"):
            continue
        checked = any(getattr(described.parameter_info, name, None) for name in _CHECKS)
        if not checked and (described.annotation in _READERS or described.annotation is bool):
            param._runtime_param = Plain(described.parameter_info, described.annotation)
    for inner in getattr(command, "commands", {}).values():
        take_plainly(inner)


def _params(command: Any) -> Iterator[Any]:
    """The arguments of a command, the one that asks for help among them."""
    yield from command.params
    if hasattr(command, "get_help_option"):
        yield command.get_help_option(typer.Context(command))


def _is_plain(annotation: object, value: Any) -> bool:
    if annotation not in _PATHS:
        return annotation in _READERS
    return all(not os.path.lexists(path) or os.access(path, os.R_OK) for path in (value if isinstance(value, list | tuple) else (value,)))

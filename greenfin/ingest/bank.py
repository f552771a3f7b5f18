"""The reporting bank's YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from greenfin.core.problems import Outcome, Refused, error
from greenfin.core.records import Bank
from greenfin.ingest.encodings import decode
from greenfin.ingest.files import read_source

MAX_BANK = 2**20


class StrictLoader(yaml.SafeLoader):
    """Plain values only: no tags, no anchors (they can multiply), no key twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "alias", getattr(parent, "start_mark", None))
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for i, key in enumerate(keys) if key in keys[:i]), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"duplicate key {twice}", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def read_bank(path: Path) -> Outcome[Bank]:
    """The bank as its YAML says: ``name_zh``, ``name_en`` and everything else as text (nested keys joined by dots, mappings in a
    list by their number).

    Raises Refused for a file that is no YAML mapping, uses anchors or tags, or has a key twice.
    """
    if read_source(path).size > MAX_BANK:
        raise Refused(error("ingest.file_too_large", path.name, found=path.stat().st_size, limit=MAX_BANK))
    try:
        found = yaml.load(decode(path), Loader=StrictLoader)  # noqa: S506  # a SafeLoader with less, not more
    except (yaml.YAMLError, RecursionError, ValueError) as bad:
        mark = getattr(bad, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise Refused(
            error("ingest.bank_unreadable", f"{path.name}{line}", found=str(getattr(bad, "problem", "") or type(bad).__name__))
        ) from bad
    if not isinstance(found, dict):
        raise Refused(error("ingest.bank_unreadable", path.name, found=type(found).__name__))
    flat = dict(_flat("", found))
    names = {key: flat.pop(key, "") for key in ("name_zh", "name_en")}
    return Outcome(Bank(**names, extra=flat))


def _flat(prefix: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _flat(f"{prefix}.{_text(key)}".lstrip("."), inner)]
    if isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        return [pair for at, inner in enumerate(value, start=1) for pair in _flat(f"{prefix}.{at}", inner)]
    if isinstance(value, list):
        return [(prefix, "; ".join(map(_text, value)))]
    return [(prefix, "" if value is None else _text(value))]


def _text(value: object) -> str:
    """A value as text: pairs of escapes (``\\ud83c\\udf1e``) as the sign they mean, half a pair as a mark."""
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

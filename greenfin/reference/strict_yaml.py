"""YAML read strictly: every scalar stays text, a key stands once, every block knows its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from greenfin.core.problems import Problem, error

Value: TypeAlias = "str | Block | tuple[Value, ...]"


@dataclass(frozen=True, slots=True)
class Block(Mapping[str, Value]):
    """A mapping of the file with its address (``T02.yaml:12``)."""

    where: str
    entries: Mapping[str, Value] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Value:
        return self.entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def read_block(path: Path, problems: list[Problem]) -> Block | None:
    """The mapping a file holds, or None; what is wrong is added to ``problems`` with file and line. Never raises."""
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as bad:
        problems.append(error("template.yaml_unreadable", _place(path, bad), found=type(bad).__name__))
        return None
    if not isinstance(node, yaml.MappingNode):
        problems.append(error("template.yaml_no_mapping", f"{path.name}:1"))
        return None
    return _mapping(node, path.name, problems)


def _place(path: Path, bad: Exception) -> str:
    mark = getattr(bad, "problem_mark", None)
    return f"{path.name}:{mark.line + 1}" if mark is not None else path.name


def _mapping(node: yaml.MappingNode, name: str, problems: list[Problem]) -> Block:
    found: dict[str, Value] = {}
    for key, value in node.value:
        where = f"{name}:{key.start_mark.line + 1}"
        if not isinstance(key, yaml.ScalarNode):
            problems.append(error("template.yaml_key", where))
        elif key.value in found:
            problems.append(error("template.yaml_key_twice", where, key=key.value))
        else:
            found[key.value] = _value(value, name, problems)
    return Block(f"{name}:{node.start_mark.line + 1}", found)


def _value(node: yaml.Node, name: str, problems: list[Problem]) -> Value:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, name, problems)
    if isinstance(node, yaml.SequenceNode):
        return tuple(_value(item, name, problems) for item in node.value)
    return str(node.value)


def keys_twice(text: str, name: str) -> list[Problem]:
    """A problem for every key that stands twice in a mapping of the text, with file and line; nothing for a text that is no YAML."""
    try:
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return []
    problems: list[Problem] = []
    if root is not None:
        _value(root, name, problems)
    return problems


@dataclass(slots=True)
class Reader:
    """Takes the fields of one block, each once, by kind; what is missing, of the wrong kind or left over is a problem."""

    block: Block
    problems: list[Problem]
    taken: set[str] = field(default_factory=set)

    def _take(self, key: str) -> Value | None:
        self.taken.add(key)
        return self.block.get(key)

    def _wrong(self, key: str, found: object) -> None:
        self.problems.append(error("template.field_wrong", self.block.where, field=key, found=str(found)[:80]))

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required where no default is given."""
        value = self._take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (not value and default is None):
            self._wrong(key, "" if value is None else value)
            return default or ""
        return value

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of the allowed texts."""
        value = self.text(key, default)
        if value not in allowed:
            self._wrong(key, value)
            return default if default is not None else allowed[0]
        return value

    def whole(self, key: str, default: int) -> int:
        """A whole number not below zero."""
        value = self.text(key, str(default))
        if not value.isascii() or not value.isdigit():
            self._wrong(key, value)
            return default
        return int(value)

    def real(self, key: str, default: float) -> float:
        """A number for layout."""
        value = self.text(key, str(default))
        try:
            return float(value)
        except ValueError:
            self._wrong(key, value)
            return default

    def flag(self, key: str, default: bool | None = None) -> bool:
        """``true`` or ``false``; required where no default is given."""
        return self.choice(key, ("true", "false"), None if default is None else str(default).lower()) == "true"

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one text alone is a list of one; absent is empty."""
        value = self._take(key)
        if value is None:
            return ()
        items = value if isinstance(value, tuple) else (value,)
        if not all(isinstance(item, str) for item in items):
            self._wrong(key, value)
            return ()
        return tuple(str(item) for item in items)

    def pairs(self, key: str) -> Mapping[str, str]:
        """A mapping of text to text; absent is empty."""
        inner = self.inner(key)
        if inner is None:
            return {}
        if not all(isinstance(value, str) for value in inner.values()):
            self._wrong(key, dict(inner))
            return {}
        return {name: str(value) for name, value in inner.items()}

    def words(self, key: str, *, required: bool = True) -> tuple[str, str]:
        """The same words in Chinese and English: ``{zh: …, en: …}``."""
        pair = self.pairs(key)
        if not pair and not required:
            return "", ""
        if set(pair) != {"zh", "en"} or not all(pair.values()):
            self._wrong(key, dict(pair))
        return pair.get("zh", ""), pair.get("en", "")

    def inner(self, key: str) -> Block | None:
        """A block, or None where it is absent."""
        value = self._take(key)
        if value is not None and not isinstance(value, Block):
            self._wrong(key, value)
            return None
        return value

    def blocks(self, key: str) -> tuple[Block, ...]:
        """A list of blocks; absent is empty."""
        value = self._take(key)
        if value is None:
            return ()
        items = value if isinstance(value, tuple) else (value,)
        kept = tuple(item for item in items if isinstance(item, Block))
        if len(kept) != len(items):
            self._wrong(key, value)
        return kept

    def done(self) -> None:
        """No field may be left over: a misspelt one would otherwise do nothing in silence."""
        for key in self.block:
            if key not in self.taken:
                self.problems.append(error("template.field_unknown", self.block.where, field=key))

"""Look up words by code. Each file is flat: ``"ingest.amount_unreadable" = "… {found} …"``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from greenfin.core.problems import Problem

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, ...] = ("zh", "en")


@cache
def codes(lang: Lang) -> Mapping[str, str]:
    """All words of a language by code."""
    found: dict[str, str] = {}
    for entry in sorted(files("greenfin.messages").iterdir(), key=lambda e: e.name):
        if re.fullmatch(rf"{lang}(\.\w+)?\.toml", entry.name):
            found |= tomllib.loads(entry.read_text("utf-8"))
    return found


def say(code: str, lang: Lang, **slots: object) -> str:
    """The words of a code with its slots filled; raises KeyError for a code without words."""
    return codes(lang)[code].format_map(_Slots(slots))


def tell(problem: Problem, lang: Lang) -> str:
    """A problem in words (without its address)."""
    return say(problem.code, lang, **problem.params)


class _Slots(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"

"""What a problem of one method says, with inputs and results as people call them, their ids in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from greenfin.core.problems import Problem
from greenfin.messages.words import Lang, say
from greenfin.methods.declare import Declaration

SLOTS = ("input", "inputs", "known", "output", "others", "ratio", "needs", "given", "missing", "indicator")
MONEY = ("balance", "total_invest")
_NAME = re.compile(r"(?<![\w.])[a-z]\w*(?![\w.])")


def names_of(declaration: Declaration, lang: Lang) -> dict[str, str]:
    """What inputs and results of a method are called, by id."""
    every = [
        *((n.name, n.name_zh, n.name_en) for n in declaration.indicators),
        *((i.name, i.name_zh, i.name_en) for i in declaration.inputs),
        *((o.name, o.name_zh, o.name_en) for o in declaration.outputs),
    ]
    return {name: say(f"measure.money.{name}", lang) for name in MONEY} | {name: zh if lang == "zh" else en for name, zh, en in every}


def called(text: str, names: Mapping[str, str], lang: Lang) -> str:
    """A text of ids with each as people call it: ``own_use, hours`` -> ``厂用电率（own_use）、年利用小时（hours）``."""
    named = _NAME.sub(lambda found: _both(found[0], names, lang), text)
    return named.replace(", ", say("ui.list_comma", lang))


def _both(name: str, names: Mapping[str, str], lang: Lang) -> str:
    return say("measure.called", lang, words=names[name], id=name) if name in names else name


def worded(problems: Iterable[Problem], declaration: Declaration, lang: Lang) -> tuple[Problem, ...]:
    """The problems to be told to a person; where they are and their codes stay."""
    names = names_of(declaration, lang)
    return tuple(replace(problem, params=_params(problem.params, names, lang)) for problem in problems)


def _params(params: Mapping[str, object], names: Mapping[str, str], lang: Lang) -> dict[str, object]:
    return {slot: called(value, names, lang) if slot in SLOTS and isinstance(value, str) else value for slot, value in params.items()}

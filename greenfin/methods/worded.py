"""What a problem of a method says, with inputs, results and choices as people call them, their ids in brackets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from greenfin.core.problems import Problem
from greenfin.messages.words import Lang, say, tell
from greenfin.methods.declare import Declaration, declarations

SLOTS = ("input", "inputs", "known", "output", "others", "ratio", "needs", "given", "missing", "indicator", "choice", "choices", "names")
MONEY = ("balance", "total_invest")
METHOD, ROOM = "method", "measure."
_NAME = re.compile(r"(?<![\w.=])[a-z]\w*(?![\w.=])")
_CHOICE = re.compile(r"\b[a-z]\w*=[a-z]\w*\b")


def in_words(problem: Problem, lang: Lang, *, with_ids: bool = True) -> str:
    """A problem as a sentence; one of a method calls inputs, results and choices by the names of its ``method`` slot."""
    if _is_of_method(problem):
        problem = of_method(problem, declarations()[str(problem.params[METHOD])], lang, with_ids=with_ids)
    return tell(problem, lang)


def _is_of_method(problem: Problem) -> bool:
    return problem.code.startswith(ROOM) and problem.params.get(METHOD) in declarations()


def said_of(declaration: Declaration, problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems with the method that they are about, so that whoever tells them can call its inputs by name."""
    return (
        Problem(problem.code, problem.severity, problem.where, {METHOD: declaration.id, **problem.params})
        if problem.code.startswith(ROOM)
        else problem
        for problem in problems
    )


def of_method(problem: Problem, declaration: Declaration, lang: Lang, *, with_ids: bool = True) -> Problem:
    """The problem with the names of a method in its slots, with their ids in brackets or without; where it is and its code stay."""
    names = names_of(declaration, lang)
    return replace(problem, params=_params(problem.params, declaration, names, lang, with_ids=with_ids))


def names_of(declaration: Declaration, lang: Lang) -> dict[str, str]:
    """What inputs and results of a method are called, by id."""
    every = [
        *((n.name, n.name_zh, n.name_en) for n in declaration.indicators),
        *((i.name, i.name_zh, i.name_en) for i in declaration.inputs),
        *((o.name, o.name_zh, o.name_en) for o in declaration.outputs),
    ]
    return {name: say(f"measure.money.{name}", lang) for name in MONEY} | {name: zh if lang == "zh" else en for name, zh, en in every}


def choices_in_words(declaration: Declaration, lang: Lang) -> dict[str, str]:
    """What the choices of a method's conventions mean, by ``convention=choice``."""
    return {f"{c.name}={o.name}": o.zh if lang == "zh" else o.en for c in declaration.conventions for o in c.choices}


def called(text: str, names: Mapping[str, str], lang: Lang, pattern: re.Pattern[str] = _NAME, *, with_ids: bool = True) -> str:
    """A text of ids with each as people call it: ``own_use, hours`` -> ``厂用电率（own_use）、年利用小时（hours）``."""
    named = pattern.sub(_both(names, lang, with_ids=with_ids), text)
    return named.replace(", ", say("ui.list_comma", lang))


def _both(names: Mapping[str, str], lang: Lang, *, with_ids: bool) -> Callable[[re.Match[str]], str]:
    def both(found: re.Match[str]) -> str:
        words = names.get(found[0]) or _of_a_list(found[0], names)
        return say("measure.called", lang, words=words, id=found[0]) if words and with_ids else words or found[0]

    return both


def _of_a_list(name: str, names: Mapping[str, str]) -> str:
    """What one of a list or a yearly series is called: the list with the number; empty where there is none."""
    base, _, place = name.rpartition("_")
    return f"{names[base]} {place}" if base in names and place.isdigit() else ""


def _params(
    params: Mapping[str, object], declaration: Declaration, names: Mapping[str, str], lang: Lang, *, with_ids: bool
) -> dict[str, object]:
    choices = choices_in_words(declaration, lang)
    found = {
        slot: _slot(value, names, choices, lang, with_ids=with_ids) if slot in SLOTS and isinstance(value, str) else value
        for slot, value in params.items()
    }
    found |= {"name": params["name_en"]} if lang == "en" and "name_en" in params else {}
    return found | ({"project": "-"} if params.get("project") == declaration.id else {})


def _slot(text: str, names: Mapping[str, str], choices: Mapping[str, str], lang: Lang, *, with_ids: bool) -> str:
    """A text of ids, or of choices, in words."""
    return called(text, choices, lang, _CHOICE, with_ids=with_ids) if "=" in text else called(text, names, lang, with_ids=with_ids)

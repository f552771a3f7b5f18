"""Dated tagging rules of one catalogue edition (``taxonomy/<edition>/rules.yaml``).

A rule says which words must, may and must not stand in the text, in which industries and activities, which number
must be reached, when it applies by which date of the loan, what evidence stays open, and what follows. The order of
the file is the order of the rules: the first one that is met decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

import yaml

from greenfin.core.problems import Problem, error
from greenfin.core.units import UnknownUnit, parse_unit
from greenfin.reference.strict_yaml import keys_twice

VERDICTS = ("green", "not_green", "review")
UNKNOWN = ("skip", "green", "not_green", "review")
DATES = ("approval", "drawing", "tagging", "as_of")
ACTIVITIES = ("make", "build_operate", "retrofit", "trade", "consume", "serve")
OPERATORS = ("<", "<=", ">=", ">")
BASES = ("", "project", "use", "entity")
SHARES = ("", "stated", "fact")
STATUSES = ("seen", "follows", "practice", "unverified")
NEEDS = "needs.txt"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number the text must show: ``fact`` (capacity, star, pue, grade …) ``op`` (``<``, ``<=``, ``>=``, ``>``) ``value`` in ``unit``."""

    fact: str
    op: str
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``all_of``, ``any_of``, ``none_of`` hold words or ``@group`` names; ``industries`` GB/T 4754 prefixes.

    ``unknown`` is what follows when the words are met and the text does not show the number (``skip``: nothing).
    ``entry`` is the entry the verdict is about; empty: the best candidate. ``needs`` are ids of evidence still open.
    ``plain``: the rule only says that nothing green was named; a text much like an entry is then asked about.
    ``share``: ``stated`` (a green share that the text states turns the question into green by that share), ``fact`` (the number of the
    threshold is the green share).
    ``status``: seen (in the official text), follows (from it), practice (what reviewers insist on), unverified (a value to be checked).
    """

    id: str
    verdict: str
    entry: str = ""
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    threshold: Threshold | None = None
    unknown: str = "review"
    needs: tuple[str, ...] = ()
    basis: str = ""
    share: str = ""
    plain: bool = False
    applies_from: date | None = None
    applies_until: date | None = None
    date_of: str = "tagging"
    source: str = ""
    status: str = "practice"
    reason_zh: str = ""
    reason_en: str = ""
    where: str = ""


_NAMES = {"all": "all_of", "any": "any_of", "none": "none_of"}
_LISTS = ("all_of", "any_of", "none_of", "industries", "activities", "needs")
_KNOWN = {f.name for f in fields(Rule)} - {"where"}
_REQUIRED = ("id", "verdict", "source", "reason_zh", "reason_en")
_CHOICES = {"verdict": VERDICTS, "unknown": UNKNOWN, "date_of": DATES, "basis": BASES, "status": STATUSES, "share": SHARES}


@cache
def read_needs(folder: Path) -> frozenset[str]:
    """The ids of evidence that a tag may ask for (``taxonomy/words/needs.txt``); empty where the file is not there."""
    path = folder / NEEDS
    lines = path.read_text("utf-8-sig", "replace").splitlines() if path.is_file() else []
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def read(path: Path) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
    """All rules of a file in its order, and everything wrong with it (each with file and line). Never raises."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    needs = read_needs(path.parents[1] / "words")
    for where, given in _items(path, problems):
        found = _check(given, where, needs)
        name = str(given.get("id", ""))
        if name in seen:
            found.append(error("reference.rule_duplicate", where, id=name))
        seen.add(name)
        problems += found
        if not found:
            rules.append(_rule(given, where))
    return tuple(rules), tuple(problems)


def _items(path: Path, problems: list[Problem]) -> Iterator[tuple[str, Mapping[str, object]]]:
    try:
        text = path.read_text("utf-8")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        root = loader.get_single_node()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as bad:
        problems.append(error("reference.rules_unreadable", path.name, found=str(bad).splitlines()[0]))
        return
    if not isinstance(root, yaml.SequenceNode):
        problems.append(error("reference.rules_unreadable", f"{path.name}:1", found="no list"))
        return
    problems += keys_twice(text, f"{path.parent.name}/{path.name}")
    for node in root.value:
        where = f"{path.parent.name}/{path.name}:{node.start_mark.line + 1}"
        value = loader.construct_object(node, deep=True)
        if isinstance(value, dict):
            yield where, {_NAMES.get(str(k), str(k)): v for k, v in value.items()}
        else:
            problems.append(error("reference.rule_field", where, field="", found=str(value)))


def _check(given: Mapping[str, object], where: str, needs: frozenset[str]) -> list[Problem]:
    wrong = [(k, str(given[k])) for k in sorted(set(given) - _KNOWN)]
    wrong += [("entry", str(given["entry"]))] if isinstance(given.get("entry"), float) else []  # 3.20 unquoted would read as 3.2
    wrong += [(k, str(given.get(k, ""))) for k in _REQUIRED if not isinstance(given.get(k), str) or not given[k]]
    wrong += [(k, str(given[k])) for k, allowed in _CHOICES.items() if k in given and given[k] not in allowed]
    wrong += [("plain", str(given["plain"]))] if not isinstance(given.get("plain", False), bool) else []
    wrong += [(k, str(given[k])) for k in _LISTS if k in given and not _is_text_list(given[k])]
    wrong += [("activities", act) for act in _texts(given, "activities") if act not in ACTIVITIES]
    wrong += [("needs", need) for need in _texts(given, "needs") if needs and need not in needs]
    wrong += [(k, str(given[k])) for k in ("applies_from", "applies_until") if given.get(k) is not None and type(given[k]) is not date]
    if not any(given.get(k) for k in ("all_of", "any_of", "industries")):
        wrong.append(("any", ""))
    if "threshold" in given and _threshold(given["threshold"]) is None:
        wrong.append(("threshold", str(given["threshold"])))
    if given.get("share") == "fact" and "threshold" not in given:
        wrong.append(("share", "fact"))
    return [error("reference.rule_field", where, field=field, found=found) for field, found in wrong]


def _is_text_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and v for v in value)


def _threshold(given: object) -> Threshold | None:
    if not isinstance(given, dict) or set(given) != {"fact", "op", "value", "unit"} or given["op"] not in OPERATORS:
        return None
    try:
        value = Decimal(str(given["value"]))
        parse_unit(str(given["unit"]))
    except (InvalidOperation, UnknownUnit):
        return None
    return Threshold(str(given["fact"]), str(given["op"]), value, str(given["unit"]))


def _texts(given: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = given.get(key, ())
    return tuple(str(v) for v in value) if isinstance(value, list | tuple) else ()


def _day(given: Mapping[str, object], key: str) -> date | None:
    value = given.get(key)
    return value if isinstance(value, date) else None


def _rule(given: Mapping[str, object], where: str) -> Rule:
    text = {
        k: str(given[k])
        for k in ("entry", "unknown", "basis", "share", "date_of", "source", "status", "reason_zh", "reason_en")
        if k in given
    }
    return Rule(
        id=str(given["id"]),
        verdict=str(given["verdict"]),
        all_of=_texts(given, "all_of"),
        any_of=_texts(given, "any_of"),
        none_of=_texts(given, "none_of"),
        industries=_texts(given, "industries"),
        activities=_texts(given, "activities"),
        needs=_texts(given, "needs"),
        plain=given.get("plain") is True,
        threshold=_threshold(given["threshold"]) if "threshold" in given else None,
        applies_from=_day(given, "applies_from"),
        applies_until=_day(given, "applies_until"),
        where=where,
        **text,
    )

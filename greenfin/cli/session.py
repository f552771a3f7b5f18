"""What every command shares: language, JSON or words, reference data, problems and exit status."""

from __future__ import annotations

import json
import locale
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from greenfin.core.problems import BadReference, Problem, Refused, Severity, info
from greenfin.messages import LANGUAGES, Lang, helps, say, tell

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

FIRST_ADDRESSES = 3
NONE_LEFT_OUT: Mapping[str, int] = MappingProxyType({})
MOST_OF_A_CODE = 10_000  # in one JSON object: a book of a million loans may have as many problems

LangOption = Annotated[str, typer.Option("--lang", help="zh|en", metavar="zh|en", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="one JSON object on standard output")]
DataOption = Annotated[Path | None, typer.Option("--data", help="reference data instead of the shipped one", show_default=False)]


def default_lang() -> Lang:
    """The language of the machine: English where the locale is English, else Chinese."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "en" if named.lower().startswith("en") else "zh"


def help_of(command: str) -> str:
    """The help line of a command, in both languages."""
    return " / ".join(helps(lang)[f"help.{command}"] for lang in LANGUAGES)


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def _said(problem: Problem, lang: Lang) -> str:
    """A problem as a sentence; methods are read only where it is about one."""
    if "method" not in problem.params:
        return tell(problem, lang)
    from greenfin.methods.worded import in_words

    return in_words(problem, lang)


def harmless(text: str) -> str:
    r"""The text without signs that would steer a terminal (colours, cursor, direction of writing): a mark stands for each.

    >>> harmless("a\x1b[31mb")
    'a\ufffd[31mb'
    """
    return _CONTROLS.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class Session:
    """One call of the command line."""

    lang: Lang
    as_json: bool
    data: Path | None

    def reference(self) -> Reference:
        """The reference data, shipped or given."""
        from greenfin.reference.load import load

        return load(self.data)

    def say(self, code: str, **slots: object) -> str:
        """Words in the session's language."""
        return say(code, self.lang, **slots)

    def line(self, text: str = "") -> None:
        """A line for a person; silent under ``--json``."""
        if not self.as_json:
            print(harmless(text))

    def lines(self, texts: Iterable[str]) -> None:
        """Lines for a person; silent (and not even made) under ``--json``."""
        if not self.as_json:
            for text in texts:
                print(harmless(text))

    def progress(self, step: str) -> None:
        """A step has begun; shown on a terminal only."""
        if sys.stderr.isatty():
            print(f"… {self.say(f'step.{step}')}", file=sys.stderr)

    def problems(self, found: Sequence[Problem], *, quiet_info: bool = True, told: Mapping[str, int] = NONE_LEFT_OUT) -> None:
        """Problems grouped by code, with counts and first addresses; ``told``: how many there are of codes of which not all were found."""
        groups: dict[tuple[Severity, str], list[Problem]] = defaultdict(list)
        for problem in found:
            if not (quiet_info and problem.severity is Severity.INFO):
                groups[problem.severity, problem.code].append(problem)
        for severity in Severity:
            for (of, code), members in sorted(groups.items()):
                if of is severity:
                    self._group(code, members, told.get(code, len(members)))

    def _group(self, code: str, members: Sequence[Problem], count: int) -> None:
        first = members[0]
        severity = self.say(f"severity.{first.severity.value}")
        places = "; ".join(p.where for p in members[:FIRST_ADDRESSES] if p.where)
        more = self.say("cli.and_more", n=count - FIRST_ADDRESSES) if count > FIRST_ADDRESSES else ""
        self.line(f"[{severity}] {code} ×{count}: {_said(first, self.lang)}")
        if places:
            self.line(f"    {places}{more}")

    def dump(self, value: Mapping[str, object]) -> None:
        """The one JSON object of a command."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False, default=str))

    def problems_json(self, found: Sequence[Problem], *, told: Mapping[str, int] = NONE_LEFT_OUT) -> list[dict[str, object]]:
        """Problems as the contract's P; of one code no more than ``MOST_OF_A_CODE``, then how many more there are."""
        counts: Counter[str] = Counter()
        shown = [p for p in found if (counts.update((p.code,)), counts[p.code])[1] <= MOST_OF_A_CODE]
        counts |= Counter(told)
        shown += [info("cli.more_of_a_code", found=code, n=n - MOST_OF_A_CODE) for code, n in counts.items() if n > MOST_OF_A_CODE]
        return [
            {"code": p.code, "severity": p.severity.value, "where": p.where, "message": _said(p, self.lang), "params": dict(p.params)}
            for p in shown
        ]

    def finish(self, found: Sequence[Problem]) -> NoReturn:
        """Exit 1 when the user's data had errors, else 0."""
        raise typer.Exit(1 if any(p.severity is Severity.ERROR for p in found) else 0)

    def refuse(self, found: Sequence[Problem]) -> NoReturn:
        """Misuse or an unreadable file: say it and exit 2."""
        if self.as_json:
            print(json.dumps({"problems": self.problems_json(found)}, ensure_ascii=False, default=str))
        for p in found:
            text = f"[{self.say(f'severity.{p.severity.value}')}] {p.where}: {_said(p, self.lang)}".replace("] : ", "] ")
            print(harmless(text), file=sys.stderr)
        raise typer.Exit(2)


class Guard:
    """``with Guard(lang, json, data) as session``: refusals and broken reference data become words and exit 2."""

    def __init__(self, lang: str, as_json: bool, data: Path | None = None) -> None:
        chosen: Lang = "en" if lang == "en" else "zh" if lang == "zh" else default_lang()
        self.session = Session(chosen, as_json, data)
        if lang not in ("", "zh", "en"):
            raise typer.BadParameter("--lang zh|en")

    def __enter__(self) -> Session:
        return self.session

    def __exit__(self, kind: object, raised: BaseException | None, _trace: object) -> None:
        if isinstance(raised, Refused):
            self.session.refuse([raised.problem])
        if isinstance(raised, BadReference):
            self.session.refuse(raised.problems)

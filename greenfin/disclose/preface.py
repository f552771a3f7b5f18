"""What stands around the tables of a run: cover, reading notes, chapters, and the factors that were used."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem
from greenfin.core.records import Bank, Book
from greenfin.disclose.front import Chapter, FactorLine, Front, ProblemCount
from greenfin.messages.words import say, tell
from greenfin.reference.load import Reference
from greenfin.reference.policies import Policy
from greenfin.reference.templates import read_shells

DEFAULT_SHELL = "jiangsu-2024"


class Used(Protocol):
    """What is needed of a run's facts."""

    @property
    def book(self) -> Book: ...
    @property
    def measurements(self) -> pa.Table: ...
    @property
    def parts(self) -> pa.Table: ...
    @property
    def emissions(self) -> pa.Table: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def reference(self) -> Reference | None: ...


def front_of(facts: Used, *, bank: Bank, run_id: str, edition: str, problems: Sequence[Problem], shell: str = DEFAULT_SHELL) -> Front:
    """Cover, basis, perimeter and chapters of a run's report; what the bank's file does not say stays empty."""
    reference, extra, policy = facts.reference, bank.extra, facts.policy
    catalogue = reference.catalogues.get(edition) if reference else None
    perimeter = [extra[key] for key in ("perimeter_zh", "perimeter_en") if key in extra]
    basis_zh, basis_en = _basis(reference, shell)
    return Front(
        bank_zh=bank.name_zh,
        bank_en=bank.name_en,
        title_zh=say("disclose.report_title", "zh"),
        title_en=say("disclose.report_title", "en"),
        as_of=facts.book.as_of,
        edition_zh=catalogue.title_zh if catalogue else edition,
        edition_en=catalogue.title_en if catalogue else edition,
        policy=policy.id,
        policy_zh=policy.name_zh,
        policy_en=policy.name_en,
        watermark_zh=policy.watermark_zh,
        watermark_en=policy.watermark_en,
        run_id=run_id,
        basis_zh=basis_zh,
        basis_en=basis_en,
        perimeter_zh=tuple(perimeter[:1]),
        perimeter_en=tuple(perimeter[1:]),
        data_note_zh=(*_present(extra, "notice_zh"), say("disclose.data_note", "zh")),
        data_note_en=(*_present(extra, "notice_en"), say("disclose.data_note", "en")),
        problems=_counted(problems),
        chapters=_chapters(reference, shell),
    )


def _present(extra: Mapping[str, str], key: str) -> tuple[str, ...]:
    return (extra[key],) if extra.get(key) else ()


def _basis(reference: Reference | None, shell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The documents behind the shell and its tables, each once."""
    if reference is None:
        return (), ()
    shells, _ = read_shells(reference.root)
    own = [(shells[shell].basis_zh, shells[shell].basis_en)] if shell in shells else []
    pairs = dict.fromkeys([*own, *((t.basis_zh, t.basis_en) for t in reference.templates.values())])
    return tuple(zh for zh, _ in pairs), tuple(en for _, en in pairs)


def _chapters(reference: Reference | None, shell: str) -> tuple[Chapter, ...]:
    """The shell's chapters that hold tables."""
    shells, _ = read_shells(reference.root) if reference else ({}, ())
    chapters = shells[shell].chapters if shell in shells else ()
    return tuple(Chapter(c.zh, c.en, c.tables) for c in chapters if c.tables)


def _counted(problems: Sequence[Problem]) -> tuple[ProblemCount, ...]:
    """Problems by code, the worst and most frequent first; the words are those of the first of each."""
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.code, problem)
    counts = Counter(p.code for p in problems)
    found = [ProblemCount(c, p.severity, counts[c], tell(p, "zh"), tell(p, "en")) for c, p in first.items()]
    order = {"error": 0, "warning": 1, "info": 2}
    return tuple(sorted(found, key=lambda p: (order[p.severity.value], -p.count, p.code)))


def factor_lines(facts: Used) -> tuple[FactorLine, ...]:
    """Each factor that a figure of the tables rests on, with its document; sorted by key."""
    reference = facts.reference
    if reference is None:
        return ()
    ours = facts.measurements.filter(pc.is_in(facts.measurements["project_id"], value_set=pc.unique(facts.parts["project_id"])))
    ways: dict[str, set[str]] = {}
    for table in (ours, facts.emissions):
        for text in pc.unique(table["factors"]).to_pylist():
            for used in json.loads(text or "[]"):
                ways.setdefault(str(used["key"]), set()).update(str(used["found"]).split("+"))
    return tuple(_line(key, "+".join(sorted(found)), reference) for key, found in sorted(ways.items()))


def _line(key: str, found: str, reference: Reference) -> FactorLine:
    factor = reference.factors.get(key)
    if factor is None:
        return FactorLine(key, key, key, "", "", verified="no", found=found)
    document = reference.sources.get(factor.source)
    return FactorLine(
        key=key,
        name_zh=factor.name_zh,
        name_en=factor.name_en,
        value=f"{factor.value:f}",
        unit=factor.unit,
        region_zh=reference.regions.name(factor.region, "zh"),
        region_en=reference.regions.name(factor.region, "en"),
        data_year=factor.data_year,
        source_zh=document.cite("zh") if document else factor.source,
        source_en=document.cite("en") if document else factor.source,
        locator=factor.locator,
        verified=factor.verified,
        found=found,
    )

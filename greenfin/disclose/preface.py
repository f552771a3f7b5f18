"""What stands around the tables of a run: cover, reading notes, chapters, and the factors that were used."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, Severity, by_place
from greenfin.core.records import Bank, Table
from greenfin.disclose.counted import Counted, measurements_counted, method_lines, standing
from greenfin.disclose.front import Chapter, FactorLine, Front, ProblemCount
from greenfin.disclose.narrative.telling import has_figures
from greenfin.messages.words import Lang, say
from greenfin.methods.worded import in_words
from greenfin.reference.load import Reference
from greenfin.reference.shells import read_shells

DEFAULT_SHELL = "jiangsu-2024"
_BENEFITS, _EMISSIONS = frozenset({"benefit", "benefit_apart", "measured"}), frozenset({"emissions"})  # names of sums that rest on factors
# What a published sentence may hold of a problem: nothing that names a loan, a project, a person, a cell or a value found.
_PUBLIC = ("n", "item", "column", "columns", "year", "policy", "balance", "output", "scope", "months", "month", "count", "method")
NONE_LEFT_OUT: Mapping[str, int] = MappingProxyType({})


class Used(Counted, Protocol):
    """What is needed of a run's facts."""

    @property
    def emissions(self) -> pa.Table: ...
    @property
    def reference(self) -> Reference | None: ...


def front_of(
    facts: Used,
    *,
    bank: Bank,
    run_id: str,
    edition: str,
    problems: Sequence[Problem],
    tables: Sequence[Table] | None = None,
    shell: str = DEFAULT_SHELL,
    told: Mapping[str, int] = NONE_LEFT_OUT,
) -> Front:
    """Cover, basis, perimeter and chapters of a run's report; what the bank's file does not say stays empty.

    ``told`` is how many problems there are of codes of which ``problems`` hold the first only.

    Documents and methods are those behind ``tables`` (None: behind all that the run measured).
    """
    reference, extra, policy = facts.reference, bank.extra, facts.policy
    catalogue = reference.catalogues.get(edition) if reference else None
    perimeter = [extra[key] for key in ("perimeter_zh", "perimeter_en") if key in extra]
    basis_zh, basis_en = _basis(reference, shell, tables)
    methods_zh, methods_en = method_lines(facts) if _rests_on(tables, _BENEFITS) else ((), ())
    counts = Counter(problem.code for problem in problems) | Counter(told)
    hints = sum(counts[code] for code in {problem.code for problem in problems if problem.severity is Severity.INFO})
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
        data_note_zh=(*_present(extra, "notice_zh"), say("disclose.data_note", "zh"), *_hints(hints, "zh")),
        data_note_en=(*_present(extra, "notice_en"), say("disclose.data_note", "en"), *_hints(hints, "en")),
        methods_zh=methods_zh,
        methods_en=methods_en,
        problems=_counted(problems, counts, is_published=not policy.watermark_zh),
        chapters=_chapters(reference, shell),
    )


def _present(extra: Mapping[str, str], key: str) -> tuple[str, ...]:
    return (extra[key],) if extra.get(key) else ()


def _rests_on(tables: Sequence[Table] | None, sums: frozenset[str]) -> bool:
    """Whether some cell of the tables is one of these sums (without tables: yes)."""
    if tables is None:
        return True
    names = (name for table in tables for cell in table.cells.values() if cell.how.op == "sum" for name in cell.how.args)
    return any(name.split("|")[0] in sums for name in names)


def _basis(reference: Reference | None, shell: str, tables: Sequence[Table] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The documents behind the shell and its tables, each once."""
    if reference is None:
        return (), ()
    shells, _ = read_shells(reference.root)
    own = [(shells[shell].basis_zh, shells[shell].basis_en)] if shell in shells else []
    made = None if tables is None else {table.id for table in tables if has_figures(table)}
    templates = [t for t in reference.templates.values() if made is None or t.id in made]
    pairs = dict.fromkeys([*own, *((t.basis_zh, t.basis_en) for t in templates)])
    return tuple(zh for zh, _ in pairs), tuple(en for _, en in pairs)


def _chapters(reference: Reference | None, shell: str) -> tuple[Chapter, ...]:
    """The shell's chapters that hold tables."""
    shells, _ = read_shells(reference.root) if reference else ({}, ())
    chapters = shells[shell].chapters if shell in shells else ()
    return tuple(Chapter(c.zh, c.en, c.tables) for c in chapters if c.tables)


def _hints(count: int, lang: Lang) -> tuple[str, ...]:
    """That there are remarks which change no figure, and where they are listed."""
    return (say("disclose.hints", lang, n=count),) if count else ()


def _counted(problems: Sequence[Problem], counts: Mapping[str, int], *, is_published: bool) -> tuple[ProblemCount, ...]:
    """Errors and warnings by code, the worst and most frequent first; the words are those of the first of each by its place.

    A report that may be published names no loan, project or cell: its sentences have their slots left open.
    """
    first: dict[str, tuple[tuple[int, str], Problem]] = {}
    for problem in problems:
        if problem.severity is not Severity.INFO:
            at = by_place(problem)
            if problem.code not in first or at < first[problem.code][0]:
                first[problem.code] = at, problem
    words = _open if is_published else in_words
    found = [ProblemCount(c, p.severity, counts[c], words(p, "zh"), words(p, "en")) for c, (_, p) in first.items()]
    order = {"error": 0, "warning": 1}
    return tuple(sorted(found, key=lambda p: (order[p.severity.value], -p.count, p.code)))


def _open(problem: Problem, lang: Lang) -> str:
    """A problem's sentence without what was found: counts and the names of items and columns stay."""
    kept = {name: value for name, value in problem.params.items() if name in _PUBLIC}
    return in_words(replace(problem, params=kept), lang)


def factor_lines(facts: Used, tables: Sequence[Table] | None = None) -> tuple[FactorLine, ...]:
    """Each factor that a figure of the tables rests on, with its document; sorted by key. What the policy refuses is not among them."""
    reference = facts.reference
    if reference is None:
        return ()
    ways: dict[str, set[str]] = {}
    measured = [measurements_counted(facts)] if _rests_on(tables, _BENEFITS) else []
    emitted = [standing(facts.emissions, facts.policy)] if _rests_on(tables, _EMISSIONS) else []
    for rows in (*measured, *emitted):
        for text in pc.unique(rows["factors"]).to_pylist():
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

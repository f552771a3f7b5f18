"""Which measurements a report rests on, and by which methods and conventions they were made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.records import Book
from greenfin.messages.words import Lang, say
from greenfin.methods.choices import choices_of
from greenfin.methods.declare import Declaration
from greenfin.methods.registry import METHODS
from greenfin.reference.policies import Policy


class Counted(Protocol):
    """What is needed of a run's facts."""

    @property
    def book(self) -> Book: ...
    @property
    def tags(self) -> pa.Table: ...
    @property
    def measurements(self) -> pa.Table: ...
    @property
    def parts(self) -> pa.Table: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def numerator(self) -> str: ...


def standing(table: pa.Table, policy: Policy) -> pa.Table:
    """The rows whose factors were all found in a way that the policy allows."""
    refused = [text for text in pc.unique(table["factors"]).to_pylist() if not all(policy.allows(way) for way in _ways(text))]
    return table.filter(pc.invert(pc.is_in(table["factors"], value_set=pa.array(refused, pa.string()))))


def _ways(text: str | None) -> Iterator[str]:
    for used in json.loads(text or "[]"):
        yield from (way for way in str(used["found"]).split("+") if way)


def parts_counted(facts: Counted) -> pa.ChunkedArray:
    """Flags of the parts of loans that count as green and owe something."""
    tags, loans = facts.tags, facts.book.loans
    green = pc.equal(tags["decision"], "green")
    if facts.policy.needs_approval:
        green = pc.and_(green, pc.fill_null(tags["approved"], False))
    owed = pc.greater(pc.fill_null(loans["balance_fen"], 0), 0)
    sets = (table["loan_id"].filter(flags).combine_chunks() for table, flags in ((tags, green), (loans, owed)))
    one, other = (pc.is_in(facts.parts["loan_id"], value_set=values) for values in sets)
    return pc.and_(one, other)


def measurements_counted(facts: Counted) -> pa.Table:
    """The measurements that stand under the policy, of projects that a loan counted as green has a part of."""
    projects = pc.unique(facts.parts["project_id"].filter(parts_counted(facts)))
    return standing(facts.measurements.filter(pc.is_in(facts.measurements["project_id"], value_set=projects)), facts.policy)


def method_lines(facts: Counted) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A line for each method used, zh and en: its name, its document and the conventions chosen where documents leave a choice; with
    them how loans share in the results."""
    table = measurements_counted(facts)
    pairs = table.group_by(["method", "conventions"], use_threads=False).aggregate([]).to_pylist()
    chosen: dict[str, dict[str, set[str]]] = {}
    for pair in pairs:
        own = chosen.setdefault(pair["method"], {})
        for name, choice in json.loads(pair["conventions"] or "{}").items():
            own.setdefault(name, set()).add(choice)
    if chosen:
        share = choices_of(METHODS[_ATTRIBUTION].declaration, {"numerator": facts.numerator} if facts.numerator else {})
        chosen[_ATTRIBUTION] = {name: {choice} for name, choice in share.items()}
    used = [name for name in METHODS if name in chosen]
    zh, en = (tuple(_line(METHODS[name].declaration, chosen[name], lang) for name in used) for lang in _LANGS)
    return zh, en


_ATTRIBUTION = "CBRC-ATTR"
_LANGS: tuple[Lang, Lang] = ("zh", "en")


def _line(declaration: Declaration, chosen: dict[str, set[str]], lang: Lang) -> str:
    words = [
        choice.zh if lang == "zh" else choice.en
        for convention in declaration.conventions
        for choice in convention.choices
        if choice.name in chosen.get(convention.name, set())
    ]
    name, source = (declaration.name_zh, declaration.source_zh) if lang == "zh" else (declaration.name_en, declaration.source_en)
    said = say("disclose.method", lang, name=name, id=declaration.id, source=source)
    return said + (say("disclose.method_choices", lang, choices=say("disclose.between", lang).join(words)) if words else "")

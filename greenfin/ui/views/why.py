"""The tree of a cell in words: what each node is called, its unit as it prints, its digits in groups. No streamlit here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from greenfin.core.lineage import Trace
from greenfin.core.records import Table
from greenfin.disclose.printed import grid, unit_text, word
from greenfin.explain.told import cited, input_words, method_of, remark
from greenfin.messages import Lang
from greenfin.messages.words import codes
from greenfin.methods.declare import declarations
from greenfin.reference.factors import Factors

_CELL = re.compile(r"T\d{2}!.+\.[a-z_0-9]+")
_NUMBER = re.compile(r"(-?)(\d{4,})(\.\d+)?(\u2026?)")


@dataclass(frozen=True, slots=True)
class Branch:
    """A node of the lineage tree: ``name`` is its id, ``words`` what it is called (empty where nobody named it).

    ``ends_at`` is the document or the bank's file where it ends.
    """

    name: str
    words: str
    value: str
    how: str
    note: str
    ends_at: str
    parts: tuple[Branch, ...]

    @property
    def cell(self) -> str:
        """Its id where it is a cell of a table, else empty."""
        return self.name if _CELL.fullmatch(self.name) else ""


def tree(trace: Trace, lang: Lang, names: Mapping[str, str] | None = None) -> Branch:
    """The lineage of a cell with its words; ``names`` are those of the run's cells. Inputs are called as the method of their result calls
    them."""
    own = method_of(trace)
    inside = {**(names or {}), **input_words(own, lang)} if own else names
    ends_at = cited(trace.source, lang) if trace.source else ""
    how = codes(lang).get(trace.how, trace.how)
    value = f"{grouped(trace.value) if trace.unit else trace.value} {unit_text(trace.unit, lang)}".strip() or word("missing", lang)
    parts = tuple(tree(part, lang, inside) for part in trace.parts)
    return Branch(trace.name, _called(trace.name, lang, names or {}), value, how, remark(trace.note, lang), ends_at, parts)


def grouped(text: str) -> str:
    """The digits before the point in threes; anything but a number stays as it is.

    >>> grouped("278603.463575"), grouped("-1234"), grouped("0.333333\u2026"), grouped("green \u00d7 1")
    ('278,603.463575', '-1,234', '0.333333\u2026', 'green \u00d7 1')
    """
    found = _NUMBER.fullmatch(text)
    return f"{found[1]}{int(found[2]):,}{found[3] or ''}{found[4]}" if found else text


def _called(name: str, lang: Lang, names: Mapping[str, str]) -> str:
    """A cell by its table's words, a step or an input of a method by its own, a sum by what it is of.

    ``names`` holds cells by id and entries by ``entry:`` and code.
    """
    if name in names:
        return names[name]
    base, _, keys = name.partition("|")
    first = _word(base, lang) or _word(base.partition("!")[2], lang)
    values = (pair.partition("=")[::2] for pair in keys.split(",") if pair)
    rest = (names.get(f"entry:{value}") or codes(lang).get(f"{key}.{value}") or _word(value, lang) for key, value in values)
    return " \u00b7 ".join(dict.fromkeys(words for words in (first, *rest) if words))


def _word(name: str, lang: Lang) -> str:
    return codes(lang).get(f"ui.node.{name}") or codes(lang).get(f"run.{name}") or _declared(lang).get(name, "")


@cache
def _declared(lang: Lang) -> dict[str, str]:
    """Names of the inputs and outputs of all methods."""
    methods = declarations().values()
    inputs = {i.name: i.name_zh if lang == "zh" else i.name_en for method in methods for i in method.inputs}
    return {o.name: o.name_zh if lang == "zh" else o.name_en for method in methods for o in method.outputs} | inputs


def slot_names(factors: Factors, lang: Lang) -> dict[str, str]:
    """What the factor of a slot is called, for the slots that have the same one in every method."""
    ids: dict[str, set[str]] = {}
    for slot in (slot for method in declarations().values() for slot in method.slots):
        ids.setdefault(slot.slot, set()).add(slot.id)
    found = {name: factors.by_id(min(of)) for name, of in ids.items() if len(of) == 1}
    return {name: rows[0].name_zh if lang == "zh" else rows[0].name_en for name, rows in found.items() if rows}


def cell_names(tables: Mapping[str, Table], lang: Lang) -> dict[str, str]:
    """Cell id -> the words of its row and column, of all tables of a run."""
    grids = [grid(table, lang) for table in tables.values()]
    return {
        cell.id: f"{ready.label(row).strip()} \u00b7 {ready.heading(column)}".strip(" \u00b7")
        for ready in grids
        for row in ready.table.rows
        for column in ready.columns
        if (cell := ready.table.cell(row.id, column.id)) is not None
    }

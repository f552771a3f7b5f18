"""The lineage of every cell as JSON lines: a line for each cell, then one for each sum that cells rest on; borrowers are masked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from greenfin.core.lineage import Source, Trace
from greenfin.core.records import sum_key
from greenfin.disclose.to_json import cell_json
from greenfin.explain.sums import Sums
from greenfin.pack.masks import HIDDEN, Names
from greenfin.reported import every_table

if TYPE_CHECKING:
    from greenfin.pipeline import RunResult

_LONGEST_LIST = 5  # parts of a sum that are opened; the rest is one exact part
_LOANS = (
    *("explain.loan", "explain.weighted", "explain.exposure", "explain.attributed", "explain.count", "attribute.how_part"),
    *("explain.drawing", "explain.carried", "explain.rejected", "explain.register"),
)
_TAGS = ("explain.tag", "explain.tag_by_decision", "attribute.how_tag")
_MONEY = ("CNY", "percent*CNY")  # amounts of single loans stay at the bank
_SAFE = ("entry", "edition", "rule", "approved")


def lineage_lines(result: RunResult, names: Names) -> Iterator[str]:
    """A line for each cell (its parts by cell id or by sum) and for each sum (rows, marks, its largest parts down to factors and cells)."""
    sums: dict[str, tuple[str, dict[str, str]]] = {}
    for cell in (cell for table in every_table(result).values() for cell in table.cells.values()):
        line = cell_json(cell)
        if cell.how.op == "sum":
            rests = {sum_key(name, cell.how.keys): (name, dict(cell.how.keys)) for name in cell.how.args}
            sums |= rests
            line["sums"] = list(rests)
        yield _line({"kind": "cell", **line})
    opened = Sums(result, limit=_LONGEST_LIST)
    for key, (name, keys) in sums.items():
        trace = masked(opened.trace(name, keys), names)
        yield _line({"kind": "sum", "sum": names.masked(key), **{k: v for k, v in trace.as_json().items() if k != "cell"}})


def _line(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def masked(trace: Trace, names: Names, *, of_loan: bool = False) -> Trace:
    """The trace without borrowers: of a loan only the cell of the book stands, of a tag entry and rule, never the words of the loan."""
    is_tag, is_loan = trace.how in _TAGS, trace.how in _LOANS
    inside = of_loan or is_loan
    return replace(
        trace,
        name=HIDDEN if is_loan else names.masked(trace.name),
        value=HIDDEN
        if inside and trace.unit in _MONEY
        else names.masked(trace.value)
        if trace.how.startswith("explain.text")
        else trace.value,
        note=_facts(trace.note) if is_tag else names.masked(trace.note),
        parts=tuple(masked(part, names, of_loan=inside) for part in trace.parts),
        source=Source(trace.source.kind, trace.source.title, names.masked(trace.source.locator)) if trace.source else None,
    )


def _facts(note: str) -> str:
    """Of what is said of a tag, that which is no text of the bank."""
    return "; ".join(fact for fact in note.split("; ") if fact.partition("=")[0] in _SAFE)

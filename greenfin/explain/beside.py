"""Why of what stands beside the cells of a report: answers of the bank with what they are bound to, footnotes, figures of pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from greenfin import footprint
from greenfin.aggregate.operating import DIRECT
from greenfin.core.lineage import Trace
from greenfin.core.records import Answer, Cell, Table
from greenfin.disclose.financed_notes import excluded, left_out
from greenfin.disclose.narrative.binding import Binding, pieces
from greenfin.disclose.printed import languages
from greenfin.explain.records import Records
from greenfin.explain.texts import amount, exact, file_source

if TYPE_CHECKING:
    from greenfin.explain.cells import Walk
    from greenfin.pipeline import RunResult

ANSWER = re.compile(r"Q\d{2}\.([a-z_0-9]+)(?:\.([1-9]\d{0,3})\.([a-z_0-9]+))?")
NOTE = re.compile(r"([A-Z]\d{2})!note\.([1-9]\d{0,2})")
_MARK = re.compile(r"\[\d+\]")


def answer(result: RunResult, address: str, walk: Walk, *, is_bound: bool = False) -> Trace | None:
    """What the bank answered in one place (``Q02.staff``, ``Q04.bodies.1.members``, ``Q03.results``), down to its file; prose with the
    cells and answers that it is bound to (those of a bound one are not opened), a row of a register with what stands beside it. None where
    nothing was answered there."""
    found = [one for one in result.inputs.answers or () if _named(one) == address]
    if not found:
        return None
    wanted = languages(result.options.report_lang)
    said = next((one for lang in (*wanted, "", *sorted({one.lang for one in found})) for one in found if one.lang == lang), found[0])
    bound = () if is_bound else tuple(piece.address for piece in pieces(said.text) if isinstance(piece, Binding))
    parts = tuple(part for name in dict.fromkeys(bound) if (part := _bound(result, name, walk)) is not None)
    return Trace(address, said.text, "", "explain.answer", _beside(result, said), parts, file_source(said.where))


def _named(one: Answer) -> str:
    return ".".join(filter(None, (one.item, one.field, str(one.row or ""), one.column)))


def _bound(result: RunResult, name: str, walk: Walk) -> Trace | None:
    return walk.cell(name) if name in walk.cells else answer(result, name, walk, is_bound=True)


def _beside(result: RunResult, said: Answer) -> str:
    """The short answers in the same row of a register: what the figure is of, its period, its source."""
    if not said.row:
        return ""
    row = [one for one in result.inputs.answers or () if (one.item, one.field, one.row) == (said.item, said.field, said.row)]
    return "; ".join(f"{one.column}={one.text}" for one in row if one.column != said.column and one.lang in ("", said.lang))


def note(tables: Mapping[str, Table], address: str, walk: Walk) -> Trace | None:
    """A line below a table (``T23!note.4``, counted from the first): its words, and the cells that carry its mark or the sums that it
    tells. None where the table has no such line."""
    found = NOTE.fullmatch(address)
    table = tables.get(found[1]) if found else None
    if found is None or table is None or not int(found[2]) <= len(table.notes_zh):
        return None
    text = table.notes_zh[int(found[2]) - 1]
    mark = _MARK.match(text)
    limit = walk.sums.limit
    marked = [cell.id for cell in table.cells.values() if mark and mark[0] in cell.marks]
    parts = tuple(walk.cell(name) for name in marked[:limit]) if mark else tuple(_left_out(table, text, walk))
    return Trace(address, text, "", "explain.note", f"n={len(marked)}" if mark else "", parts)


def _left_out(table: Table, text: str, walk: Walk) -> Iterator[Trace]:
    """What a table of financed emissions leaves out, by reason, where the line tells it."""
    standard = next((cell.how.keys["standard"] for cell in table.cells.values() if "standard" in cell.how.keys), "")
    apart = excluded(walk.sums.result.sums, standard)
    if apart and left_out(apart)[0] == text:
        yield from (walk.sums.trace(one.name, one.keys) for one in apart)


def drawn(cell: Cell, walk: Walk) -> Trace:
    """A figure of a picture that is no cell of a table: a month of a scope, or a year of a target."""
    keys = cell.how.keys
    parts = _month(keys, walk) if "month" in keys else _year(keys, walk)
    told = "; ".join(f"{name}={value}" for name, value in keys.items())
    return Trace(cell.id, exact(cell.value), cell.unit, "explain.drawn", told, tuple(parts))


def _month(keys: Mapping[str, str], walk: Walk) -> Iterator[Trace]:
    rows = walk.sums.result.emissions
    of_month = pc.and_(pc.equal(pc.month(rows["month_on"]), int(keys["month"])), pc.equal(pc.year(rows["month_on"]), int(keys["year"])))
    yield from _emitted(rows.filter(pc.and_(pc.equal(rows["scope"], keys["scope"]), of_month)), walk, int(keys["year"]))


def _year(keys: Mapping[str, str], walk: Walk) -> Iterator[Trace]:
    """The base and the actual of this year are sums of the run; a year between is computed as this year is."""
    result, year = walk.sums.result, int(keys["year"])
    base = walk.sums.trace("target", {"of": "base", "per": keys["per"]})
    if keys["kind"] == "path" or year < min(_years(result), default=year):
        yield base
    elif year == result.facts.year:
        yield walk.sums.trace("target", {"of": keys["kind"], "per": keys["per"]})
    else:
        case = footprint.Case(result.inputs.book.operations, result.reference, result.as_of, result.options.factor_set)
        rows = case.emissions(year).value
        yield from _emitted(rows.filter(pc.is_in(rows["scope"], value_set=pa.array(DIRECT))), walk, year)


def _years(result: RunResult) -> list[int]:
    found: list[int] = pc.unique(pc.year(result.inputs.book.operations["month_on"])).drop_null().to_pylist()
    return found


def _emitted(rows: pa.Table, walk: Walk, year: int) -> Iterator[Trace]:
    """Emissions of a year by scope, each with its largest readings."""
    result = walk.sums.result
    records = Records(replace(result, facts=replace(result.facts, year=year)))
    readings = rows.group_by(["site", "month_on", "item", "scope"], use_threads=False).aggregate([("amount", "sum")])
    for scope in sorted(pc.unique(readings["scope"]).to_pylist()):
        mine = readings.filter(pc.equal(readings["scope"], scope))
        value, unit = amount(pc.sum(mine["amount_sum"]).as_py(), "gCO2e")
        leaves = walk.sums.largest(mine, "amount_sum", "gCO2e", records.emission)
        yield Trace(f"emissions|scope={scope}", value, unit, "explain.sum", f"n={len(mine)}", leaves)

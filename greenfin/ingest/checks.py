"""Checks over whole tables: doubled keys, and what loan and project must be to each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.money import to_yuan
from greenfin.core.problems import Outcome, Problem, Severity, error, warning
from greenfin.ingest.arrays import of_distinct
from greenfin.ingest.grids import Rows
from greenfin.ingest.vocabulary import mark, marks, plain, words_of

Layout = Mapping[str, Mapping[str, str]]
_JUMP_HIGH, _JUMP_LOW = 100.0, 1e-3


def without_doubles(table: pa.Table, key: str, *, layout: Layout, beside: Sequence[str] = ()) -> Outcome[pa.Table]:
    """Candidate rows with repeated rows dropped (warning) and unequal rows of one key all rejected (error).

    ``beside``: further columns that tell rows of one key apart (a bill accepted and discounted).
    """
    codes = _codes(_composed(table, key, beside))
    counts = np.bincount(codes[codes >= 0], minlength=1)
    doubled = np.nonzero((codes >= 0) & (counts[np.maximum(codes, 0)] > 1))[0]
    if not len(doubled):
        return Outcome(table)
    order = doubled[np.argsort(codes[doubled], kind="stable")]
    groups = np.split(order, np.nonzero(np.diff(codes[order]))[0] + 1)
    drop, bad, problems = _judged(table, key, groups, layout=layout)
    rejects = table["reject"].to_pylist()
    for row in bad:
        rejects[row] = rejects[row] or "ingest.duplicate_unequal"
    table = table.set_column(table.column_names.index("reject"), "reject", pa.array(rejects, type=pa.string()))
    keep = np.ones(table.num_rows, np.bool_)
    keep[drop] = False
    return Outcome(table.filter(pa.array(keep)), tuple(problems))


def _composed(table: pa.Table, key: str, beside: Sequence[str]) -> pa.ChunkedArray:
    """The key, with the columns beside it; null where the key is."""
    if not beside:
        return table[key]
    others = [pc.fill_null(table[name].cast(pa.string()), "") for name in beside]
    return pa.chunked_array([pc.binary_join_element_wise(table[key], *others, "\x1f").combine_chunks()])


def _codes(values: pa.ChunkedArray) -> Rows:
    """A number per distinct key, -1 for a missing one."""
    encoded = values.combine_chunks().dictionary_encode().indices
    return np.asarray(pc.fill_null(encoded, -1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _judged(table: pa.Table, key: str, groups: list[Rows], *, layout: Layout) -> tuple[list[int], list[int], list[Problem]]:
    content = [name for name in table.column_names if name not in ("source_sheet", "source_row", "reject")]
    drop: list[int] = []
    bad: list[int] = []
    problems: list[Problem] = []
    for group in groups:
        rows = table.select(content).take(group).to_pylist()
        places = table.select(["source_sheet", "source_row"]).take(group).to_pylist()
        where = [_cell(place, key, layout=layout) for place in places]
        shared = _shared(content, places, layout=layout)
        names = [name for name in shared if len({str(row[name]) for row in rows}) > 1]
        differ = " ".join(name for name in names if _DERIVED.get(name) not in names)
        if not differ:
            kept = max(range(len(rows)), key=lambda i: (sum(value is not None for value in rows[i].values()), -i))
            drop.extend(row for i, row in enumerate(group.tolist()) if i != kept)
            others = [cell for i, cell in enumerate(where) if i != kept]
            problems.extend(warning("ingest.duplicate_equal", cell, key=rows[0][key], first=where[kept]) for cell in others)
        else:
            bad.extend(group.tolist())
            problems.extend(error("ingest.duplicate_unequal", cell, key=rows[0][key], first=where[0], columns=differ) for cell in where)
    return drop, bad, problems


def _shared(content: list[str], places: list[dict[str, object]], *, layout: Layout) -> list[str]:
    """The columns that all the sheets of some rows have: what a sheet does not carry says nothing against another."""
    sheets = {str(place["source_sheet"]) for place in places}
    if len(sheets) == 1:
        return content
    held = [set(layout.get(sheet, {})) for sheet in sheets]
    return [name for name in content if all(name in names or name in _ALWAYS for names in held)]


_DERIVED = {"original_balance_fen": "balance_fen", "original_amount_fen": "amount_fen"}
_ALWAYS = ("loan_id", "balance_fen", "total_invest_fen")


def _cell(place: Mapping[str, object], column: str, *, layout: Layout) -> str:
    sheet = str(place["source_sheet"])
    letters = layout.get(sheet, {})
    return f"{sheet}!{letters.get(column, letters.get(_PRINTED.get(column, ''), ''))}{place['source_row']}"


_PRINTED = {"loan_id": "receipt_no"}
Slots = Mapping[str, object]
Say = Callable[[pa.ChunkedArray, str, str, Slots], Iterator[Problem]]


def check_loans(loans: pa.Table, projects: pa.Table, *, as_of: date, layout: Layout) -> Iterator[Problem]:
    """What the accepted loans say against themselves and against their projects (warnings and notes)."""

    def say(mask: pa.ChunkedArray, column: str, code: str, slots: Slots) -> Iterator[Problem]:
        return _said(loans, mask, code, [f"{sheet}!{layout.get(sheet, {}).get(column, '')}" for sheet in sheets], slots)

    sheets = pc.unique(loans["source_sheet"]).to_pylist()
    yield from say(
        _over_amount(loans), "balance_fen", "ingest.balance_over_amount", _in_yuan(loans, found="balance_fen", amount="amount_fen")
    )
    late = pc.greater(loans["start_on"], pa.scalar(as_of, pa.date32()))
    yield from say(late, "start_on", "ingest.starts_later", {"found": loans["start_on"], "as_of": as_of})
    due = {"found": loans["due_on"], "start": loans["start_on"]}
    yield from say(pc.less(loans["due_on"], loans["start_on"]), "due_on", "ingest.due_before_start", due)
    empty = pc.and_(pc.is_null(loans["purpose"]), pc.invert(_matches(loans, "retail_word")))
    if "purpose" in {column for letters in layout.values() for column in letters}:
        yield from say(empty, "purpose", "ingest.purpose_missing", {})
    generic = _generic(loans)
    yield from say(generic, "purpose", "ingest.purpose_generic", {"found": loans["purpose"]})
    signs = {"count": pc.utf8_length(loans["purpose"]), "wanted": marks()["long_purpose"]}
    yield from say(_short(loans, generic), "purpose", "ingest.purpose_short", signs)
    yield from _against_projects(loans, projects, say)


@dataclass(frozen=True, slots=True)
class _Yuan:
    """A column of fen, told in yuan."""

    fen: pa.ChunkedArray


def _in_yuan(loans: pa.Table, **slots: str) -> Slots:
    return {slot: _Yuan(loans[name]) for slot, name in slots.items()}


def _said(loans: pa.Table, mask: pa.ChunkedArray, code: str, places: Sequence[str], slots: Slots) -> Iterator[Problem]:
    """A warning for each row of the mask; ``places`` is what stands before the row's number in the address, for each distinct sheet."""
    rows = pa.array(np.nonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))[0])
    if not len(rows):
        return
    sheets = pc.index_in(loans["source_sheet"].take(rows), value_set=pc.unique(loans["source_sheet"])).to_pylist()
    values = [_told(slot, rows) for slot in slots.values()]
    for sheet, row, *each in zip(sheets, loans["source_row"].take(rows).to_pylist(), *values, strict=True):
        yield Problem(code, Severity.WARNING, f"{places[sheet]}{row}", dict(zip(slots, each, strict=True)))


def _told(slot: object, rows: pa.Array) -> list[object]:
    """What stands in a slot for each of the rows: a column's value, or always the same."""
    if isinstance(slot, _Yuan):
        return [f"{to_yuan(fen):,}" for fen in slot.fen.take(rows).to_pylist()]
    if isinstance(slot, pa.ChunkedArray):
        found: list[object] = slot.take(rows).to_pylist()
        return found
    return [slot] * len(rows)


def _over_amount(loans: pa.Table) -> pa.Array:
    return pc.and_(pc.greater(loans["balance_fen"], loans["amount_fen"]), pc.invert(_matches(loans, "revolving_word")))


def _matches(loans: pa.Table, words: str) -> pa.Array:
    """Whether product or kind holds one of a list of words."""
    pattern = "|".join(words_of(words))
    columns = (loans[name].combine_chunks() for name in ("product", "kind"))
    found = (of_distinct(column, lambda each: pc.match_substring_regex(each, pattern)) for column in columns)
    return pc.or_(*(pc.fill_null(mask, False) for mask in found))


def _generic(loans: pa.Table) -> pa.Array:
    """Whether a purpose says nothing. A text with more letters and figures than any such purpose is none: they all stay when it is
    made plain."""
    texts = loans["purpose"].combine_chunks().dictionary_encode()
    more = rf"(?:[\p{{L}}\p{{N}}][^\p{{L}}\p{{N}}]*){{{max(map(len, mark('generic_purposes'))) + 1}}}"
    hits = np.zeros(len(texts.dictionary), np.bool_)
    for at in np.nonzero(~pc.match_substring_regex(texts.dictionary, more).to_numpy(zero_copy_only=False))[0].tolist():
        hits[at] = re.sub(r"\W+$", "", plain(texts.dictionary[at].as_py())) in mark("generic_purposes")
    return pa.array(hits).take(texts.indices) if len(hits) else pa.nulls(loans.num_rows, pa.bool_())


def _short(loans: pa.Table, generic: pa.Array) -> pa.Array:
    length = pc.utf8_length(loans["purpose"])
    short = pc.and_(pc.less(length, int(marks()["long_purpose"])), pc.invert(pc.fill_null(generic, False)))
    return pc.and_(short, pc.invert(_matches(loans, "retail_word")))


def _against_projects(loans: pa.Table, projects: pa.Table, say: Say) -> Iterator[Problem]:
    has_project = pc.is_valid(loans["project_id"])
    without = pc.and_(_matches(loans, "project_word"), pc.invert(has_project))
    yield from say(without, "project_id", "ingest.project_missing", {})
    if not projects.num_rows:
        return
    found = pc.index_in(loans["project_id"], value_set=projects["project_id"].combine_chunks())
    unknown = pc.and_(has_project, pc.is_null(found))
    yield from say(unknown, "project_id", "ingest.project_unknown", {"found": loans["project_id"]})
    totals = projects["total_invest_fen"].combine_chunks().take(found.combine_chunks())
    over = {"project": loans["project_id"], **_in_yuan(loans, found="balance_fen")}
    yield from say(pc.less(totals, loans["balance_fen"].combine_chunks()), "balance_fen", "ingest.loan_over_investment", over)


def unit_jump(loans: pa.Table, projects: pa.Table, *, layout: Layout) -> Iterator[Problem]:
    """Whether loans and investments stand ten thousand times apart: one of the two columns is then in another unit."""
    yield from jump_of(unit_ratios(loans, projects), projects, layout=layout)


def unit_ratios(loans: pa.Table, projects: pa.Table) -> NDArray[np.float64]:
    """The amount of each loan over the investment of its project, where both are known; near enough for amounts beyond a float."""
    if not projects.num_rows or not loans.num_rows:
        return np.zeros(0)
    found = pc.index_in(loans["project_id"], value_set=projects["project_id"].combine_chunks()).combine_chunks()
    totals = projects["total_invest_fen"].combine_chunks().take(found)
    amounts = pc.coalesce(loans["amount_fen"], loans["balance_fen"]).combine_chunks()
    both = pc.fill_null(pc.and_(pc.greater(totals, 0), pc.greater(amounts, 0)), False)
    ratios: NDArray[np.float64] = amounts.filter(both).to_numpy() / totals.filter(both).to_numpy()
    return ratios


def jump_of(ratios: NDArray[np.float64], projects: pa.Table, *, layout: Layout) -> Iterator[Problem]:
    """What the ratios of all loans say."""
    if len(ratios) < 3 or _JUMP_LOW <= (middle := float(np.median(ratios))) <= _JUMP_HIGH:
        return
    sheet = projects["source_sheet"][0].as_py()
    column = layout.get(sheet, {}).get("total_invest_fen", "")
    yield warning("ingest.unit_jump", f"{sheet}!{column}", ratio=f"{middle:.3g}", count=len(ratios))

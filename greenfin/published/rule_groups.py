"""V-SUM without the word total: rows that add up to another row in the other years, and the parts under a heading "by ..." of what stands
above them; V-SHARE of a part whose whole stands in the same table. V-BAND: an average outside the numbers it is the average of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby, takewhile

from greenfin.published.facts import Facts
from greenfin.published.index import Case
from greenfin.published.rule_change import Reading, judged
from greenfin.published.rule_ratio import records_of
from greenfin.published.rule_sum import by_outline, combined, sum_of, without_children
from greenfin.published.settings import setting
from greenfin.published.shapes import HELD, Fact, Finding, Label, Result, failed, together
from greenfin.published.words import pattern

Run = tuple[int, ...]  # rows that stand together
_AT_LEAST = 2
_MOST_PARTS = 40  # rows of one sum


def check_groups(case: Case) -> Result:
    """All tables."""
    return together([result for facts in case.tables for result in _of_table(facts)])


def _of_table(facts: Facts) -> Iterator[Result]:
    down = next(records_of(facts))
    for run in _runs(facts):
        for whole in _wholes(run, facts):
            yield from _held_against(whole, run, down, facts)
    yield from _listed_below(down, facts)
    yield from _behind_subtotals(down, facts)
    for column in facts.layout.columns:
        levels = [fact for fact in facts.of_column(column) if fact.is_level]
        if not pattern("page.of_some").search(facts.layout.caption):
            yield from _named_totals(levels)
        yield from _averages(levels)


def _runs(facts: Facts) -> Iterator[Run]:
    """Rows of amounts under one heading; without a heading, the rows of "of which" that follow a row."""
    rows = [row for row in facts.layout.rows if (fact := _first(facts, row)) and not fact.label.is_share]
    for _, held in groupby(rows, key=lambda row: facts.layout.sections.get(row, "").strip()):
        found = tuple(held)
        if len(found) >= _AT_LEAST:
            yield found


def _first(facts: Facts, row: int) -> Fact | None:
    return next((fact for fact in facts.of_row(row) if fact.is_level), None)


def _wholes(run: Run, facts: Facts) -> Iterator[int]:
    """The rows outside a run that it may be the parts of: of a name that says all of something, above its heading."""
    heading = facts.layout.sections.get(run[0], "").strip()
    if not heading or not pattern("row.by").search(heading):
        return
    for row, label in facts.layout.rows.items():
        if row < run[0] and not label.is_total and _is_whole_of(run, row, label, facts):
            yield row


def _same_kind(one: int, other: int, facts: Facts) -> bool:
    first, second = _first(facts, one), _first(facts, other)
    return bool(first and second and first.figure.kind == second.figure.kind and first.figure.kind not in ("", "percent"))


def _is_whole_of(run: Run, row: int, label: Label, facts: Facts) -> bool:
    is_kin = _same_kind(row, run[0], facts) or _is_bare_count(run, row, facts)
    return is_kin and bool(pattern("row.all_of").search(label.text))


def _is_bare_count(run: Run, whole: int, facts: Facts) -> bool:
    """Whether rows of whole numbers without a unit may be the parts of a row of things that are counted."""
    of, parts = _first(facts, whole), [_first(facts, row) for row in run]
    is_count = of is not None and of.figure.kind == "count" and of.figure.factor == 1
    return is_count and all(part and not part.figure.kind and part.figure.value.is_integer() for part in parts)


def _held_against(whole: int, run: Run, down: Mapping[int, Mapping[int, Fact]], facts: Facts) -> Iterator[Result]:
    columns = {column: held for column, held in down.items() if whole in held and any(row in held for row in run)}
    sums = {column: sum_of([held[row] for row in run if row in held]) for column, held in columns.items()}
    holds = {column: sums[column].meets(held[whole].figure.base) for column, held in columns.items()}
    is_said = any(holds.values()) or (_same_kind(whole, run[0], facts) and len(_wholes_of_kind(whole, facts)) == 1)
    for column, held in columns.items():
        total = held[whole]
        if holds[column]:
            yield HELD
        elif is_said and abs(sums[column].value - total.figure.base.value) <= setting("text", "near") * total.figure.base.value:
            parts = tuple(held[row].where for row in run if row in held)
            reading = Reading("sum", total.figure.span, sums[column].scaled(1 / total.figure.factor), parts)
            yield judged(held[run[0]].where, [reading], rule="V-SUM", code="published.group")


def _listed_below(down: Mapping[int, Mapping[int, Fact]], facts: Facts) -> Iterator[Result]:
    """The rows right below a row that says all of something, where so many of them add up to it in the other years."""
    rows = list(facts.layout.rows)
    for index, row in enumerate(rows):
        label = facts.layout.rows[row]
        if label.is_total or label.is_share or not pattern("row.all_of").search(label.text):
            continue
        kin = list(takewhile(partial(_same_kind, row, facts=facts), rows[index + 1 : index + 1 + _MOST_PARTS]))
        for count in range(_AT_LEAST, len(kin) + 1):
            yield from _if_elsewhere(row, tuple(kin[:count]), down, below=kin[count] if count < len(kin) else -1)


def _behind_subtotals(down: Mapping[int, Mapping[int, Fact]], facts: Facts) -> Iterator[Result]:
    """A row behind subtotals that says all of something: of them and the rows after them, where that holds in another year."""
    rows = facts.layout.rows
    for index, (row, label) in enumerate(rows.items()):
        if label.is_total or label.is_share or not pattern("row.all_of").search(label.text):
            continue
        kin = [above for above in list(rows)[:index] if _same_kind(row, above, facts)]
        totals = [at for at, above in enumerate(kin) if rows[above].is_total]
        if len(totals) >= _AT_LEAST:
            run = (*(kin[at] for at in totals), *kin[totals[-1] + 1 :])
            yield from _if_elsewhere(row, run, down, below=-1)


def _if_elsewhere(whole: int, run: Run, down: Mapping[int, Mapping[int, Fact]], *, below: int) -> Iterator[Result]:
    """A row below the run that only the failing column fills is one part more of it."""
    columns = {column: held for column, held in down.items() if all(row in held for row in (whole, *run))}
    sums = {column: sum_of([held[row] for row in run]) for column, held in columns.items()}
    holds = [column for column, held in columns.items() if sums[column].meets(held[whole].figure.base)]
    is_new = not any(below in columns[column] for column in holds)
    fails = [column for column in columns if column not in holds and not (is_new and below in columns[column])]
    if not holds or len(fails) > 1:
        return
    yield from (HELD for _ in holds)
    for column in fails:
        total = columns[column][whole]
        if abs(sums[column].value - total.figure.base.value) <= setting("text", "near") * total.figure.base.value:
            parts = tuple(columns[column][row].where for row in run)
            reading = Reading("sum", total.figure.span, sums[column].scaled(1 / total.figure.factor), parts)
            yield judged(total.where, [reading], rule="V-SUM", code="published.total")


def _named_totals(column: Sequence[Fact]) -> Iterator[Result]:
    """A row whose name ends in total: of the rows right above it, or of the totals before it."""
    since = 0
    totals: list[Fact] = []
    for index, total in enumerate(column):
        if total.label.is_total or not pattern("row.named_total").search(total.row_label.text):
            since = index + 1 if total.label.is_total else since
            continue
        above = [fact for fact in column[since:index] if fact.figure.kind == total.figure.kind and not fact.label.is_share]
        above = above[-_MOST_PARTS:]
        choices = [above[start:] for start in range(len(above) - 1)]
        choices += [[fact for fact in each if not fact.label.is_part] for each in choices]
        choices += [
            totals[start:]
            for start in range(max(0, len(totals) - _MOST_PARTS), len(totals) - 1)
            if totals[-1].figure.kind == total.figure.kind
        ]
        scopes = [fact for fact in above if pattern("row.scope").match(fact.row_label.text)]  # each with its sources below it
        choices += [scopes, *combined(scopes)]
        choices += list(_below(column[index + 1 : index + 1 + _MOST_PARTS], total))
        if not total.label.is_share and total.figure.kind not in ("", "percent", "points") and "/" not in total.figure.kind:
            yield from _near_total(total, [each for each in choices if len(each) >= _AT_LEAST])
        totals.append(total)
        since = index + 1


def _below(rows: Sequence[Fact], total: Fact) -> Iterator[list[Fact]]:
    """The first so many rows below a total that stands above its parts."""
    is_next = pattern("row.named_total").search
    kin = list(takewhile(lambda f: not f.label.is_total and not is_next(f.row_label.text) and f.figure.kind == total.figure.kind, rows))
    yield from (kin[:count] for count in range(_AT_LEAST, len(kin) + 1))
    yield from by_outline(kin)
    yield without_children(kin)
    if kin[:1] and kin[0].label.is_part:
        yield kin[:1]


def _near_total(total: Fact, choices: Sequence[Sequence[Fact]]) -> Iterator[Result]:
    """Held where any choice adds up; else against the nearest one, if it is near enough to be meant."""
    sums = [sum_of(parts) for parts in choices]
    if any(each.meets(total.figure.base) for each in sums):
        yield HELD
        return
    best = min(range(len(sums)), key=lambda i: abs(sums[i].value - total.figure.base.value), default=None)
    if best is not None and abs(sums[best].value - total.figure.base.value) <= setting("text", "near") * abs(total.figure.base.value):
        reading = Reading("sum", total.figure.span, sums[best].scaled(1 / total.figure.factor), tuple(f.where for f in choices[best]))
        yield judged(total.where, [reading], rule="V-SUM", code="published.total")


def _wholes_of_kind(whole: int, facts: Facts) -> list[int]:
    return [
        row
        for row, label in facts.layout.rows.items()
        if pattern("row.all_of").search(label.text) and not label.is_total and _same_kind(row, whole, facts)
    ]


def _averages(column: Sequence[Fact]) -> Iterator[Result]:
    """A rate or a score in the row of totals lies between those of the rows above it."""
    for index, total in enumerate(column):
        if not total.label.is_total or total.label.is_share or not _is_averaged(total):
            continue
        since = next((i for i in range(index - 1, -1, -1) if column[i].label.is_total), -1)
        parts = [fact for fact in column[since + 1 : index] if fact.figure.kind == total.figure.kind]
        if len(parts) >= _AT_LEAST:
            yield _between(total, parts)


def _is_averaged(fact: Fact) -> bool:
    """Whether what a column holds is averaged, not added: a rate, a score, an amount for each of something."""
    kind, words = fact.figure.kind, fact.column_label.text
    is_rate = kind in ("", "percent", "multiple") or "/" in kind
    is_said = bool(pattern("row.averaged" if is_rate else "row.quotient").search(words))
    return is_said and not pattern("change.bare").search(fact.label.text)


def _between(total: Fact, parts: Sequence[Fact]) -> Result:
    low, high = min(part.figure.base.low for part in parts), max(part.figure.base.high for part in parts)
    mine = total.figure.base
    if (mine.high >= low and mine.low <= high) or sum_of(parts).meets(mine):
        return HELD
    ends = [round(end / total.figure.factor, 4) for end in (low, high)]
    slots = {"printed": total.figure.text, "low": f"{ends[0]:.10g}", "high": f"{ends[1]:.10g}"}
    cells = tuple(part.where for part in parts)
    finding = Finding("V-BAND", "error", total.where, "published.average_outside", total.figure.value, None, ends[0], ends[1], slots, cells)
    return failed(finding)

"""The tables of a roll-forward: the bridge, the branches, the classes, the proof, the largest movements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.records import Cell, Table, TableColumn
from greenfin.disclose.printed import pick
from greenfin.movement.causes import CAUSES
from greenfin.movement.draft import Draft, word_pair
from greenfin.movement.lines import CLOSING, KINDS, MOVES, OPENING
from greenfin.movement.rolled import Rolled
from greenfin.movement.sides import STATES

STEPS = (*CAUSES, *MOVES)
LARGEST = 200
_OF_ALL = "all"
Sums = Mapping[tuple[str, ...], int]
Label = Callable[[str], tuple[str, str]]


def roll_tables(rolled: Rolled, lang: str = "zh") -> tuple[Table, ...]:
    """M01 bridge, M02 green by branch, M03 all loans by branch, M04 green by class and entry, M05 proof, M06 largest movements.

    ``lang`` (zh, en or both) is that of words inside cells.
    """
    return (
        _bridge(rolled),
        _by_branch(rolled, "M02", "green"),
        _by_branch(rolled, "M03", _OF_ALL),
        _by_class(rolled),
        _proof(rolled),
        _largest(rolled, lang),
    )


def compact(table: Table) -> Table:
    """The table without columns of steps in which nothing moved (for people; the CSV keeps them all)."""
    idle = [c for c in table.columns if c.id in STEPS and not any(_moves(table, row.id, c) for row in table.rows)]
    if not idle or table.id == "M01":
        return table
    named = [(c.zh, c.en) for c in idle]
    zh, en = word_pair("movement.note.idle")
    gone = {cell.id for row in table.rows for c in idle if (cell := table.cell(row.id, c.id)) is not None}
    return replace(
        table,
        columns=tuple(c for c in table.columns if c not in idle),
        cells={key: _without(cell, gone) for key, cell in table.cells.items() if cell.id not in gone},
        notes_zh=(*table.notes_zh, zh.format(columns=" / ".join(n for n, _ in named))),
        notes_en=(*table.notes_en, en.format(columns=" / ".join(n for _, n in named))),
    )


def _without(cell: Cell, gone: set[str]) -> Cell:
    """The cell as the sum of what is left: what is gone was nothing."""
    return replace(cell, how=replace(cell.how, args=tuple(arg for arg in cell.how.args if arg not in gone)))


def _moves(table: Table, row: str, column: TableColumn) -> bool:
    cell = table.cell(row, column.id)
    return cell is not None and bool(cell.value)


def _sums(lines: pa.Table, keys: Sequence[str]) -> Sums:
    """Fen by the keys' values (empty text for a missing one)."""
    found = lines.group_by(list(keys)).aggregate([("amount_fen", "sum")])
    columns = [found[key].to_pylist() for key in keys]
    amounts = found["amount_fen_sum"].to_pylist()
    return {tuple(v or "" for v in row): fen for *row, fen in zip(*columns, amounts, strict=True)}


def _bridge(rolled: Rolled) -> Table:
    """Every step by state, with how many receipts each moved, and the closing book beside what follows from the steps."""
    draft = Draft("M01")
    draft.column("label", "label", word="step")
    for state in (*STATES, _OF_ALL):
        draft.column(state)
    draft.column("receipts")
    sums = _sums(rolled.sums, ("kind", "state"))
    counts = rolled.lines.counts()
    for step in (OPENING, *STEPS):
        draft.row(step, word=step, kind="total" if step == OPENING else "row", level=0 if step == OPENING else 1)
        row = [draft.money(step, state, sums.get((step, state), 0)) for state in STATES]
        draft.total(step, _OF_ALL, row)
        draft.count(step, "receipts", counts.get(step, 0))
    draft.row(CLOSING, word=CLOSING, kind="total")
    draft.row("book", word="closing_book")
    draft.row("difference", word="difference")
    for state in (*STATES, _OF_ALL):
        made = draft.total(CLOSING, state, [draft.name(step, state) for step in (OPENING, *STEPS)])
        book = draft.money("book", state, rolled.closing.total(state))
        draft.diff("difference", state, made, book)
    draft.count(CLOSING, "receipts", counts.get(CLOSING, 0))
    return draft.done(notes=("method", "sign", "causes", "order"), **_dates(rolled))


def _by_branch(rolled: Rolled, id_: str, state: str) -> Table:
    lines = rolled.sums if state == _OF_ALL else rolled.sums.filter(pc.equal(rolled.sums["state"], state))
    names = _branch_names(rolled)
    draft = _steps_table(id_, "branch")
    sums = _sums(lines, ("branch_code", "kind"))
    _step_rows(draft, sums, sorted({key for key, _ in sums}), label=lambda key: _branch(key, names))
    return draft.done(notes=("sign", "branch"), **_dates(rolled))


def _branch_names(rolled: Rolled) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for side in (rolled.opening, rolled.closing):
        pairs = side.rows.select(["branch_code", "branch_name"]).group_by(["branch_code", "branch_name"]).aggregate([]).to_pylist()
        found |= {p["branch_code"]: p["branch_name"] for p in pairs if p["branch_code"] and p["branch_name"]}
    return found


def _branch(key: str, names: Mapping[str, str]) -> tuple[str, str]:
    if not key:
        return word_pair("movement.row.unknown_branch")
    shown = f"{key} {names[key]}" if key in names else key
    return shown, shown


def _steps_table(id_: str, label: str) -> Draft:
    draft = Draft(id_)
    draft.column("label", "label", word=label)
    for name in (OPENING, *STEPS, CLOSING, "book", "difference"):
        draft.column(name)
    return draft


def _step_rows(draft: Draft, sums: Sums, keys: Sequence[str], *, label: Label) -> None:
    """A row per key with every step, and the total row below."""
    for key in keys:
        zh, en = label(key)
        _step_row(draft, key or "unknown", {kind: sums.get((key, kind), 0) for kind in (OPENING, *STEPS, CLOSING)}, zh=zh, en=en)
    _total_row(draft, [key or "unknown" for key in keys])


def _step_row(draft: Draft, row: str, amounts: Mapping[str, int], *, zh: str, en: str, level: int = 0, kind: str = "row") -> None:
    draft.row(row, zh=zh, en=en, level=level, kind=kind)
    steps = [draft.money(row, name, amounts.get(name, 0)) for name in (OPENING, *STEPS)]
    made = draft.total(row, CLOSING, steps)
    book = draft.money(row, "book", amounts.get(CLOSING, 0))
    draft.diff(row, "difference", made, book)


def _total_row(draft: Draft, keys: Sequence[str]) -> None:
    draft.row("total", word="total", kind="total")
    for name in (OPENING, *STEPS, CLOSING, "book", "difference"):
        draft.total("total", name, [draft.name(key, name) for key in keys])


def _by_class(rolled: Rolled) -> Table:
    """Green by first-level class, the entries below each; classes add up to the total, entries to their class."""
    green = rolled.sums.filter(pc.equal(rolled.sums["state"], "green"))
    draft = _steps_table("M04", "class")
    catalogue = rolled.reference.catalogues.get(rolled.closing.edition)

    def label(code: str) -> tuple[str, str]:
        entry = catalogue.entries.get(code) if catalogue else None
        return (f"{code} {entry.name_zh}", f"{code} {entry.name_en}") if entry else (code, code)

    sums = _sums(green, ("class1", "code", "kind"))
    classes = sorted({key[0] for key in sums}, key=in_order)
    for class1 in classes:
        whole = _folded(sums, lambda key, class1=class1: key[0] == class1)  # type: ignore[misc]  # a default binds the loop's value
        zh, en = label(class1)
        _step_row(draft, class1 or "unknown", whole, zh=zh, en=en, kind="heading")
        for code in sorted({key[1] for key in sums if key[0] == class1 and key[1] != class1}, key=in_order):
            zh, en = label(code)
            _step_row(draft, code, {key[2]: fen for key, fen in sums.items() if key[1] == code}, zh=zh, en=en, level=1)
    _total_row(draft, [class1 or "unknown" for class1 in classes])
    return draft.done(notes=("sign", "class"), **_dates(rolled))


def _folded(sums: Sums, chosen: Callable[[tuple[str, ...]], bool]) -> dict[str, int]:
    made: dict[str, int] = {}
    for key, fen in sums.items():
        if chosen(key):
            made[key[-1]] = made.get(key[-1], 0) + fen
    return made


def in_order(code: str) -> list[tuple[int, int, str]]:
    """Codes in the order of their numbers: 1.2 before 1.10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in code.split(".")]


def _proof(rolled: Rolled) -> Table:
    """Both ends of every state: out of the lines, out of the book, and the difference, which must be nothing."""
    draft = Draft("M05")
    draft.column("label", "label", word="state")
    for name in ("opening", "opening_book", "opening_difference", "moved", "closing", "closing_book", "closing_difference"):
        draft.column(name, word=name)
    for proof in rolled.proofs:
        draft.row(proof.state, word=f"state_{proof.state}", kind="total" if proof.state == _OF_ALL else "row")
        first = draft.money(proof.state, "opening", proof.opening_lines)
        draft.diff(proof.state, "opening_difference", first, draft.money(proof.state, "opening_book", proof.opening_book))
        moved = draft.money(proof.state, "moved", proof.moved)
        last = draft.total(proof.state, "closing", [first, moved])
        draft.diff(proof.state, "closing_difference", last, draft.money(proof.state, "closing_book", proof.closing_book))
    return draft.done(notes=("proof",), **_dates(rolled))


def _largest(rolled: Rolled, lang: str) -> Table:
    """The largest single movements, each with its receipt; all of them are in movements.csv and movements.parquet."""
    draft = Draft("M06")
    draft.column("label", "label", word="receipt")
    for name in ("step", "state", "branch", "class"):
        draft.column(name, "text")
    draft.column("amount")
    for at, line in enumerate(largest(rolled).to_pylist(), 1):
        row = f"{at:04d}"
        zh, en = (line["loan_id"],) * 2 if line["loan_id"] else word_pair("movement.row.unkeyed")
        draft.row(row, zh=zh, en=en)
        draft.text(row, "step", pick(*word_pair(f"movement.row.{line['kind']}"), lang, between=" / "))
        draft.text(row, "state", pick(*word_pair(f"movement.row.state_{line['state']}"), lang, between=" / "))
        draft.text(row, "branch", line["branch_code"] or "")
        draft.text(row, "class", line["code"] or "")
        draft.money(row, "amount", line["amount_fen"])
    return draft.done(notes=("largest",), largest=LARGEST, **_dates(rolled))


def largest(rolled: Rolled) -> pa.Table:
    """The :data:`LARGEST` lines that are movements, by amount, then by receipt."""
    numbers = rolled.lines.numbers
    ends = pa.array([KINDS.index(OPENING), KINDS.index(CLOSING)])
    moved = numbers.filter(pc.invert(pc.is_in(numbers["kind"], value_set=ends)))
    moved = moved.append_column("size", pc.abs(moved["amount_fen"]))
    order = [("size", "descending"), *((name, "ascending") for name in ("at", "kind", "state", "code"))]
    chosen = moved.take(pc.select_k_unstable(moved, k=min(LARGEST, len(moved)), sort_keys=order))
    return replace(rolled.lines, numbers=chosen).named()


def movements(rolled: Rolled) -> pa.Table:
    """Every movement with its receipt: a row per receipt, step, state and class."""
    numbers = rolled.lines.numbers
    ends = pa.array([KINDS.index(OPENING), KINDS.index(CLOSING)])
    moved = numbers.filter(pc.invert(pc.is_in(numbers["kind"], value_set=ends)))
    order = [(name, "ascending") for name in ("at", "kind", "state", "code")]
    return replace(rolled.lines, numbers=moved.take(pc.sort_indices(moved, sort_keys=order))).named()


def _dates(rolled: Rolled) -> dict[str, object]:
    return {
        "opening": rolled.opening.book.as_of.isoformat(),
        "closing": rolled.closing.book.as_of.isoformat(),
        "edition": rolled.closing.edition,
    }

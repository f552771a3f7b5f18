"""The bridge between editions as a table of the workbook: amounts as they are, words from the messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from greenfin.core.records import Cell, How, Table, TableColumn, TableRow
from greenfin.messages.words import say

_FEN = 100


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the bridge: its words in both languages, indentation, amounts in fen (all, direct, enabling) and loans."""

    zh: str
    en: str
    fen: int
    receipts: int
    marked_fen: tuple[int, int] = (0, 0)
    level: int = 0
    is_total: bool = False


def bridge_table(number: int, steps: Sequence[Step], *, titles: tuple[str, str]) -> Table:
    """The table ``B01`` (by number) of a pair of editions, named by titles in both languages."""
    id_ = f"B{number:02d}"
    names = ("amount", "direct", "enabling", "receipts")
    columns = [TableColumn("label", say("bridge.step", "zh"), say("bridge.step", "en"), "label", 3.0)]
    columns += [TableColumn(name, say(f"bridge.{name}", "zh"), say(f"bridge.{name}", "en")) for name in names]
    rows, cells = [], {}
    for at, step in enumerate(steps, 1):
        row = f"{at:03d}"
        rows.append(TableRow(row, step.zh, step.en, "", step.level, "total" if step.is_total else "row"))
        money = (step.fen, *step.marked_fen)
        for name, value in zip(names, (*(Fraction(fen, _FEN) for fen in money), Fraction(step.receipts)), strict=True):
            is_count = name == "receipts"
            unit, decimals = ("receipts", 0) if is_count else ("yuan", 2)
            cells[f"{row}.{name}"] = Cell(f"{id_}!{row}.{name}", value, unit, decimals, How("sum", (f"{id_.lower()}_{name}",)))
    notes = [say("bridge.note", lang) for lang in ("zh", "en")]
    return Table(id_, *titles, tuple(columns), tuple(rows), cells, (notes[0],), (notes[1],), landscape=True)

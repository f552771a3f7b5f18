"""Tables of the movement room, put together cell by cell; words come from the messages, amounts stay exact."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from greenfin.core.records import Cell, How, Table, TableColumn, TableRow
from greenfin.messages.words import codes, say

FEN = 100
_PORTRAIT = 4  # columns that an upright page takes
YUAN, COUNT, PERCENT = "yuan", "receipts", "percent"


@dataclass(slots=True)
class Draft:
    """A table in the making: its id, columns and rows; amounts are given in fen and stand in yuan."""

    id: str
    columns: list[TableColumn] = field(default_factory=list)
    rows: list[TableRow] = field(default_factory=list)
    cells: dict[str, Cell] = field(default_factory=dict)

    def column(self, name: str, kind: str = "value", *, word: str | None = None, **slots: object) -> None:
        """A column whose heading is ``movement.column.<word>``; the word ``given``: the slots ``zh`` and ``en`` are the heading."""
        if word == "given":
            self.columns.append(TableColumn(name, str(slots["zh"]), str(slots["en"]), kind))
            return
        zh, en = (say(f"movement.column.{word or name}", lang, **slots) for lang in ("zh", "en"))
        self.columns.append(TableColumn(name, zh, en, kind))

    def row(self, name: str, *, word: str = "", zh: str = "", en: str = "", level: int = 0, kind: str = "row", unit: str = "") -> None:
        """A row named by a word (``movement.row.<word>``) or by given texts."""
        if word:
            zh, en = say(f"movement.row.{word}", "zh"), say(f"movement.row.{word}", "en")
        self.rows.append(TableRow(name, zh, en or zh, unit, level, kind))

    def name(self, row: str, column: str) -> str:
        """The id of a cell."""
        return f"{self.id}!{row}.{column}"

    def money(self, row: str, column: str, fen: int | None, op: str = "sum", args: tuple[str, ...] = ()) -> str:
        """An amount; ``op`` and ``args`` (cell ids) say how it was made. Returns the cell's id."""
        value = None if fen is None else Fraction(fen, FEN)
        return self._put(row, column, value, unit=YUAN, decimals=2, how=How(op, args or (f"{self.id.lower()}_{column}",)))

    def count(self, row: str, column: str, n: int | None, op: str = "sum", args: tuple[str, ...] = ()) -> str:
        """A number of receipts."""
        value = None if n is None else Fraction(n)
        how = How(op, args or (f"{self.id.lower()}_{column}",))
        return self._put(row, column, value, unit=COUNT, decimals=0, how=how)

    def growth(self, row: str, column: str, later: str, earlier: str) -> str:
        """By how many per cent one cell is above another; missing where the earlier is nothing."""
        one, other = self.cells[later.partition("!")[2]].value, self.cells[earlier.partition("!")[2]].value
        if one is None or not other:
            return self._put(row, column, None, unit=PERCENT, decimals=2, how=How("missing", reason="movement.no_base"))
        return self._put(row, column, (one / other - 1) * 100, unit=PERCENT, decimals=2, how=How("growth", (later, earlier)))

    def text(self, row: str, column: str, text: str) -> None:
        """Words in a cell."""
        self.cells[f"{row}.{column}"] = Cell(self.name(row, column), None, "", 0, How("text"), text=text)

    def total(self, row: str, column: str, over: list[str]) -> str:
        """The sum of cells of this table (by ids)."""
        found = [self.cells[one.partition("!")[2]] for one in over]
        value = sum((cell.value or Fraction(0) for cell in found), Fraction(0))
        unit, decimals = (found[0].unit, found[0].decimals) if found else (YUAN, 2)
        return self._put(row, column, value, unit=unit, decimals=decimals, how=How("total", tuple(over)))

    def diff(self, row: str, column: str, one: str, other: str) -> str:
        """One cell of this table less another."""
        first, second = (self.cells[name.partition("!")[2]] for name in (one, other))
        value = None if first.value is None or second.value is None else first.value - second.value
        return self._put(row, column, value, unit=first.unit, decimals=first.decimals, how=How("diff", (one, other)))

    def _put(self, row: str, column: str, value: Fraction | None, *, unit: str, decimals: int, how: How) -> str:
        cell = Cell(self.name(row, column), value, unit, decimals, how)
        self.cells[f"{row}.{column}"] = cell
        return cell.id

    def done(self, *, notes: tuple[str, ...] = (), **slots: object) -> Table:
        """The table with its title (``movement.title.<id>``) and notes (``movement.note.<name>``)."""
        said = [(say(f"movement.note.{n}", "zh", **slots), say(f"movement.note.{n}", "en", **slots)) for n in notes]
        zh, en = (say(f"movement.title.{self.id}", lang, **slots) for lang in ("zh", "en"))
        return Table(
            id=self.id,
            title_zh=zh,
            title_en=en,
            columns=tuple(self.columns),
            rows=tuple(self.rows),
            cells=self.cells,
            notes_zh=tuple(one for one, _ in said),
            notes_en=tuple(two for _, two in said),
            landscape=len(self.columns) > _PORTRAIT,
        )


def word_pair(code: str) -> tuple[str, str]:
    """The words of a code in both languages, the code's last part where there are none."""
    bare = code.rpartition(".")[2]
    return codes("zh").get(code, bare), codes("en").get(code, bare)

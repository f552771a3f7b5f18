"""Strict readers of the data folders: every row knows its file and line, and nothing is guessed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from greenfin.core.problems import Problem, error
from greenfin.reference.strict_yaml import Block, Value, read_block

_ID = re.compile(r"[a-z0-9][a-z0-9_.\-]*")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_YEAR = re.compile(r"(19|20)\d\d", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_YEAR_OR_MONTH = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a CSV file: the text of each column, stripped, and its address (``factors/values/grid.csv:7``)."""

    where: str
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


@dataclass(slots=True)
class Folder:
    """A data folder under reading: hands out rows and blocks, and collects what is wrong with them."""

    root: Path
    problems: list[Problem] = field(default_factory=list)

    def rows(self, path: str, columns: Sequence[str], *, optional: Sequence[str] = ()) -> list[Row]:
        """The rows of a CSV file that has exactly these columns; what cannot be read is a problem and left out.

        A column of ``optional`` may stand in the file or not; its cells are then empty.
        """
        text = self._text(path)
        if text is None:
            return []
        lines = self._lines(path, text)
        _, first = next(lines, ("", []))
        header = [cell.strip() for cell in first]
        known = (*columns, *(c for c in optional if c in header))
        if not self._header(path, header, known):
            return []
        absent = {c: "" for c in optional if c not in header}
        return [row for where, cells in lines if (row := self._row(where, header, cells, absent))]

    def _lines(self, path: str, text: str) -> Iterator[tuple[str, list[str]]]:
        """Each record with its address; one that cannot be read is a problem, and reading goes on after it."""
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as bad:
                self.problems.append(error("reference.csv_broken", f"{path}:{reader.line_num}", found=str(bad)))
                continue
            if cells is None:
                return
            yield f"{path}:{reader.line_num}", cells

    def _text(self, path: str) -> str | None:
        try:
            return (self.root / path).read_text("utf-8-sig")
        except FileNotFoundError:
            self.problems.append(error("reference.file_missing", path))
        except UnicodeDecodeError:
            self.problems.append(error("reference.not_utf8", path))
        except OSError as bad:
            self.problems.append(error("reference.file_unreadable", path, found=type(bad).__name__))
        return None

    def _header(self, path: str, header: Sequence[str], columns: Sequence[str]) -> bool:
        missing = [c for c in columns if c not in header]
        unknown = [c for c in header if c not in columns]
        if missing:
            self.problems.append(error("reference.columns_missing", f"{path}:1", columns=", ".join(missing)))
        if unknown:
            self.problems.append(error("reference.columns_unknown", f"{path}:1", columns=", ".join(unknown)))
        if len(set(header)) < len(header):
            self.problems.append(error("reference.column_twice", f"{path}:1", columns=", ".join(header)))
        return not missing and not unknown and len(set(header)) == len(header)

    def _row(self, where: str, header: Sequence[str], cells: Sequence[str], absent: Mapping[str, str]) -> Row | None:
        stripped = [cell.strip() for cell in cells]
        if not any(stripped):
            return None
        if len(cells) != len(header):
            self.problems.append(error("reference.row_width", where, found=len(cells), wanted=len(header)))
            return None
        found = dict(zip(header, stripped, strict=True))
        return Row(where, {**found, **absent} if absent else found)

    def block(self, path: str) -> Block | None:
        """The mapping a YAML file holds, each block with its address in the data folder."""
        if not (self.root / path).is_file():
            self.problems.append(error("reference.file_missing", path))
            return None
        found: list[Problem] = []
        block = read_block(self.root / path, found)
        folder = path.rpartition("/")[0]
        self.problems.extend(Problem(p.code, p.severity, f"{folder}/{p.where}", p.params) for p in found)
        return None if block is None else _placed(block, folder)

    def files(self, pattern: str) -> list[str]:
        """The files that match, as paths inside the folder, in order."""
        return sorted(p.relative_to(self.root).as_posix() for p in self.root.glob(pattern) if p.is_file())

    # one cell each; a bad one is a problem and gives the empty value

    def text(self, row: Row, column: str) -> str:
        """A text that must not be empty."""
        if not row[column]:
            self.problems.append(error("reference.value_missing", row.where, column=column))
        return row[column]

    def identifier(self, row: Row, column: str) -> str:
        """An id: small letters, digits, dots, hyphens, underscores."""
        value = self.text(row, column)
        if value and not _ID.fullmatch(value):
            self.problems.append(error("reference.not_an_id", row.where, column=column, found=value))
        return value

    def choice(self, row: Row, column: str, allowed: Sequence[str]) -> str:
        """One of the allowed texts."""
        value = row[column]
        if value not in allowed:
            self.problems.append(error("reference.not_a_choice", row.where, column=column, found=value, allowed=", ".join(allowed)))
        return value

    def number(self, row: Row, column: str) -> Decimal:
        """A decimal number in plain digits: no separators, no full-width digits, no NaN."""
        if not _NUMBER.fullmatch(row[column]):
            self.problems.append(error("reference.not_a_number", row.where, column=column, found=row[column]))
            return Decimal(0)
        return Decimal(row[column])

    def year(self, row: Row, column: str) -> int | None:
        """A year of four digits, or None where the cell is empty."""
        value = row[column]
        if value and not _YEAR.fullmatch(value):
            self.problems.append(error("reference.not_a_year", row.where, column=column, found=value))
            return None
        return int(value) if value else None

    def whole(self, row: Row, column: str) -> int:
        """A whole number of ordinary digits."""
        if not _WHOLE.fullmatch(row[column]):
            self.problems.append(error("reference.not_a_number", row.where, column=column, found=row[column]))
            return 0
        return int(row[column])

    def day(self, where: str, column: str, value: str) -> date | None:
        """A day written ``2025-10-01``, or None where the text is empty."""
        found = _day(value)
        if value and found is None:
            self.problems.append(error("reference.not_a_date", where, column=column, found=value))
        return found

    def partial_day(self, where: str, column: str, value: str) -> str:
        """A year, a month or a day, as exact as it is known, or empty."""
        if value and not _YEAR_OR_MONTH.fullmatch(value) and _day(value) is None:
            self.problems.append(error("reference.not_a_date", where, column=column, found=value))
            return ""
        return value


@cache
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def texts(cell: str) -> tuple[str, ...]:
    """The parts of a cell that holds a list: ``a|b``."""
    if not cell:
        return ()
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def _placed(block: Block, folder: str) -> Block:
    return Block(f"{folder}/{block.where}", {key: _placed_value(value, folder) for key, value in block.items()})


def _placed_value(value: Value, folder: str) -> Value:
    if isinstance(value, Block):
        return _placed(value, folder)
    return tuple(_placed_value(item, folder) for item in value) if isinstance(value, tuple) else value

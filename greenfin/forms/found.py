"""Where the lines and columns of a table stand on a sheet: by the numbers, letters and names that the sheet itself prints."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import Any

from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.vocabulary import marks
from greenfin.reference.templates import ColumnSpec, RowSpec, Template

_ALIKE, _LABELS = 0.6, 6  # how alike two names with the same number are at least; in how many columns from the left names are looked for
_CODE = re.compile(r"^(I{1,3}(?:-\d)?|\d+(?:\.\d+)*)\.?(?=[^\d.]|$)")
_BRACKETS = re.compile(r"\((?:\[|.*\]).*\)|\(.*\+.*\)")
_SIGNS = re.compile(r"[\s()\[\]{}<>:;,.\-_/\\|'\"、。·《》“”‘’—…*#]+")


@dataclass(frozen=True, slots=True)
class Found:
    """A table on a sheet: the sheet's row of each line and column of each column (1-based), what lacks, and the stated unit of money."""

    grid: Grid
    template: Template
    rows: Mapping[str, int]
    columns: Mapping[str, int]
    lacking_rows: tuple[str, ...]
    lacking_columns: tuple[str, ...]
    money: str = ""
    masses: Mapping[str, str] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every line and column was found."""
        return not self.lacking_rows and not self.lacking_columns

    @property
    def size(self) -> int:
        """How many lines and columns were found."""
        return len(self.rows) + len(self.columns)


@cache
def words() -> Mapping[str, Any]:
    """The words of ``words.toml``."""
    found: dict[str, Any] = tomllib.loads(files("greenfin.forms").joinpath("words.toml").read_text("utf-8"))
    return found


def find(grid: Grid, template: Template) -> Found:
    """The lines and columns of a table on a sheet, as far as they are there. Never raises."""
    wanted = lines_of(template)
    rows = _rows(grid, wanted)
    top = min(rows.values(), default=0)
    heads = _heads(grid, top)
    wide = [column for column in template.columns if column.form]
    labels = _label_column(grid, rows)
    columns = _columns(heads, wide, after=labels)
    return Found(
        grid=grid,
        template=template,
        rows={name: at + grid.first_row for name, at in rows.items()},
        columns={name: at + grid.first_column for name, at in columns.items()},
        lacking_rows=tuple(row.form[0] for row in wanted if row.id not in rows),
        lacking_columns=tuple(column.form[0] for column in wide if column.id not in columns),
        money=_money(heads),
        masses={name: mass for name, at in columns.items() if (mass := _mass(heads.get(at, ())))},
    )


def lines_of(template: Template) -> list[RowSpec]:
    """The lines that a sheet of the regulator has and that hold figures."""
    return [row for row in template.rows if row.form and row.style != "heading"]


def plain(text: object) -> str:
    """A text as it is compared: full width as half width, no blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text or "")))


def _named(text: str) -> tuple[str, str]:
    """The number that a name begins with, and the name without it, its formula and its signs.

    >>> _named(plain("10.绿色生产融资小计（[1.1]+[1.2]）"))
    ('10', '绿色生产融资')
    """
    text = _BRACKETS.sub("", re.sub(words()["lead"], "", text))
    for word in words()["strip"]:
        text = text.replace(plain(word), "")
    code = _CODE.match(text)
    rest = text[code.end() :] if code else text
    return (code[1] if code else ""), _SIGNS.sub("", rest)


def _rows(grid: Grid, wanted: Sequence[RowSpec]) -> dict[str, int]:
    """The row of each line, in the order of the sheet: names that come again belong to the line that is next."""
    known = [(row, _named(plain(row.zh))[1]) for row in wanted]
    found: dict[str, int] = {}
    last = -1
    for at in range(grid.height):
        code, name = _label(grid, at)
        if not name:
            continue
        order = [*range(last + 1, len(known)), *range(last + 1)]
        hit = next((n for n in order if known[n][0].id not in found and _is_line(code, name, *known[n])), None)
        if hit is not None:
            found[known[hit][0].id], last = at, hit
    return found


def _label(grid: Grid, at: int) -> tuple[str, str]:
    """The number and the name of a row: the longest text of its first columns."""
    texts = [_named(plain(column[at])) for column in grid.columns[:_LABELS] if _is_text(column[at], digits=True)]
    code, name = max(texts, key=lambda pair: len(pair[1]), default=("", ""))
    return code or next((one for one, rest in texts if one and not rest), ""), name


def _is_line(code: str, name: str, row: RowSpec, own: str) -> bool:
    if own == name:
        return not code or code == row.form[0] or "." not in code + row.form[0]
    if code and code != row.form[0]:
        return False
    if any(plain(word) in name for word in row.form[1:]):
        return True
    inside = own in name or (name in own and len(name) >= _ALIKE * len(own))
    return inside or (bool(code) and SequenceMatcher(None, own, name, autojunk=False).ratio() >= _ALIKE)


def _label_column(grid: Grid, rows: Mapping[str, int]) -> int:
    """The last column that names stand in."""
    places = [max((n for n, column in enumerate(grid.columns[:_LABELS]) if _is_text(column[at])), default=0) for at in rows.values()]
    return max(set(places), key=places.count, default=0)


def _is_text(cell: CellValue, *, digits: bool = False) -> bool:
    """Whether a cell holds words (or a number as text); not the mark of a formula that was never calculated."""
    if not isinstance(cell, str) or cell == marks()["not_calculated"]:
        return False
    return any(sign.isalpha() or (digits and sign.isdigit()) for sign in cell)


def _heads(grid: Grid, top: int) -> dict[int, tuple[str, ...]]:
    """Per column the texts above the first line, from the top; a merged cell stands over every column that it covers."""
    found: dict[int, list[str]] = {column: [] for column in range(len(grid.columns))}
    over = {(row, column): (a, b) for a, b, c, d in grid.merged or () for row in range(a, c + 1) for column in range(b, d + 1)}
    for row in range(top):
        for column, texts in found.items():
            at_row, at_column = over.get((row, column), (row, column))
            if 0 <= at_column < len(grid.columns) and 0 <= at_row < grid.height and (text := plain(grid.columns[at_column][at_row])):
                texts.append(text)
    return {column: tuple(dict.fromkeys(texts)) for column, texts in found.items()}


def _columns(heads: Mapping[int, Sequence[str]], wanted: Sequence[ColumnSpec], *, after: int) -> dict[str, int]:
    """The column of each column: by its letter where the sheet prints letters, else by its words, the nearest to the figures first."""
    right = {at: texts for at, texts in heads.items() if at > after}
    lettered = {column.id: at for column in wanted if len(column.form[0]) == 1 for at in _with_letter(right, column.form[0])}
    if len(lettered) == len(wanted):
        return lettered
    found: dict[str, int] = {}
    for column in wanted:
        scored = [(score, -at) for at, texts in right.items() if at not in found.values() if (score := _score(texts, column))]
        if scored:
            found[column.id] = -max(scored)[1]
    return found


def _with_letter(heads: Mapping[int, Sequence[str]], letter: str) -> Iterator[int]:
    marks = (letter, f"[{letter}]", f"【{letter}】", f"({letter})")
    for at, texts in heads.items():
        if any(text in marks or text.startswith(marks[1:3]) or text.endswith(marks[1:3]) for text in texts):
            yield at
            return


def _score(texts: Sequence[str], column: ColumnSpec) -> int:
    """How well a column's heads speak of it: words further down count for more, longer words for more."""
    names = [plain(word) for word in (column.zh, *column.form) if len(word) > 1]
    return max(((depth + 1) * 100 + len(name) for depth, text in enumerate(texts) for name in names if name in text), default=0)


def _money(heads: Mapping[int, Sequence[str]]) -> str:
    """The unit of money that the sheet states: after the word for unit, else in a head."""
    texts = [text for several in heads.values() for text in several]
    stated = [text for text in texts if words()["unit"] in text] or texts
    units: Mapping[str, str] = words()["money"]
    return next((unit for text in stated for word, unit in units.items() if word in text), "")


def _mass(texts: Sequence[str]) -> str:
    masses: Mapping[str, str] = words()["mass"]
    return next((factor for text in texts[-2:] for word, factor in masses.items() if word in text), "")

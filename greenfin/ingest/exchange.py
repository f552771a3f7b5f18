"""Exchange rates: a table of middle rates -> yuan per unit of a currency at the last month end up to a day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from greenfin.core.problems import Outcome, Problem, Refused, error, info, warning
from greenfin.ingest.blocks import SCAN_ROWS
from greenfin.ingest.cells import is_blank, shown
from greenfin.ingest.dates import find_date, month_end, read_date, since_1904
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.numbers import number_in
from greenfin.ingest.vocabulary import mark, marks, plain, words_of

OWN = "CNY"


@dataclass(frozen=True, slots=True)
class Quote:
    """What one unit of a currency is worth in yuan on a day, exactly as quoted, and the cell it stands in."""

    currency: str
    day: date
    per_one: Fraction
    where: str


@dataclass(frozen=True, slots=True)
class Rates:
    """The quotes of one or more tables, by currency in the order of their days."""

    quotes: Mapping[str, tuple[Quote, ...]]

    def at(self, currency: str, day: date) -> Quote | None:
        """The last quote of the month whose end is the last one up to ``day``; None where that month has none."""
        end = last_month_end(day)
        mine = [quote for quote in self.quotes.get(currency, ()) if end.replace(day=1) <= quote.day <= end]
        return mine[-1] if mine else None


def last_month_end(day: date) -> date:
    """The day itself where it ends a month, else the end of the month before.

    >>> last_month_end(date(2025, 12, 31)).day, last_month_end(date(2025, 12, 30)).month
    (31, 11)
    """
    return day if month_end(day) == day else day.replace(day=1) - timedelta(days=1)


def read_rates(path: Path) -> Outcome[Rates]:
    """The rates of a file (xlsx, csv, parquet): rows of currency, date and rate, or a row per day and a column per currency.

    Quotes for a hundred units, and of one yuan in the other currency (CNY/THB), are turned round. Raises Refused where none are found.
    """
    grids = read_grids(path)
    found = [read for grid in grids.value if not grid.is_hidden and (read := rates_in(grid))]
    if not any(read.value for read in found):
        wrong = (p for read in found for p in read.problems if p.code != "ingest.rates_per")
        raise Refused(next(wrong, error("ingest.rates_unknown", path.name)))
    joined = rates_of([quote for read in found for quote in read.value])
    return Outcome(joined.value, (*grids.problems, *(p for read in found for p in read.problems), *joined.problems))


def rates_of(quotes: Sequence[Quote]) -> Outcome[Rates]:
    """The quotes put in order; of two different ones of a day the first counts, with a warning."""
    kept: dict[tuple[str, date], Quote] = {}
    problems = []
    for quote in quotes:
        first = kept.setdefault((quote.currency, quote.day), quote)
        if first.per_one != quote.per_one:
            day = quote.day.isoformat()
            problems.append(warning("ingest.rate_conflict", quote.where, found=quote.currency, day=day, first=first.where))
    ordered = sorted(kept.values(), key=lambda quote: (quote.currency, quote.day))
    names = dict.fromkeys(quote.currency for quote in ordered)
    return Outcome(Rates({name: tuple(q for q in ordered if q.currency == name) for name in names}), tuple(problems))


def rates_in(grid: Grid) -> Outcome[tuple[Quote, ...]] | None:
    """The quotes of a sheet of rates; None where the sheet is something else."""
    for row in range(min(grid.height, SCAN_ROWS)):
        texts = ["" if is_blank(cell) or not isinstance(cell, str) else cell for cell in grid.row(row)]
        heads = [plain(re.sub(r"[(（\[【].*?[)）\]】]", "", text)) for text in texts]
        days = [column for column, head in enumerate(heads) if head in mark("rate_dates")]
        money = [column for column, head in enumerate(heads) if head in mark("rate_currencies")]
        values = [(heads[c], c) for c in range(len(heads)) if bare_head(heads[c]) in mark("rate_values")]
        if money and values:
            return _long(grid, row, money=money[0], value=_best(values), day=days[0] if days else None)
        pairs = {column: pair for column, text in enumerate(texts) if text and (pair := pair_of(text)) and pair.currency != OWN}
        if days and pairs:
            return _wide(grid, row, day=days[0], pairs=pairs)
    return None


def bare_head(head: str) -> str:
    """A header of rates without the hundred it may be quoted for.

    >>> bare_head("100units")
    '100units'
    >>> bare_head("per100unitsrate")
    'perrate'
    """
    return re.sub(rf"(?:{marks()['rate_per']})", "", head) or head


def _best(values: list[tuple[str, int]]) -> int:
    """The column of the middle rate where there are several."""
    ranks = {plain(word): rank for rank, word in enumerate(marks()["rate_values"])}
    return min(values, key=lambda pair: ranks.get(bare_head(pair[0]), len(ranks)))[1]


@dataclass(frozen=True, slots=True)
class Pair:
    """A currency, for how many of its units it is quoted, and whether the quote is of yuan in it."""

    currency: str
    per: int = 1
    is_inverse: bool = False


def pair_of(text: str) -> Pair | None:
    """What a text such as ``100JPY/CNY``, ``CNY/THB``, ``USD``, ``100美元`` quotes; None where no currency stands in it.

    >>> pair_of("100JPY/CNY"), pair_of("CNY/THB")
    (Pair(currency='JPY', per=100, is_inverse=False), Pair(currency='THB', per=1, is_inverse=True))
    """
    behind = re.search(r"\((\d{1,5})\)", plain(text))
    clean = re.sub(str(marks()["rate_words"]), "", plain(text))
    parts = [_part(part) for part in re.split(str(marks()["rate_between"]), clean) if part]
    known = [part for part in parts if part is not None]
    if not known or len(known) != len(parts) or len(known) > 2:
        return None
    (first, per), *rest = known
    per = int(behind[1]) if behind and per == 1 else per
    if not rest:
        return Pair(first, per)
    (second, per_second) = rest[0]
    if second == OWN:
        return Pair(first, per)
    return Pair(second, per, True) if first == OWN and per_second == 1 else None


def _part(text: str) -> tuple[str, int] | None:
    found = re.fullmatch(r"\(?(\d{1,5}(?=\D))?([^\d]+?)\)?", text)
    if not found or not (code := words_of("loan.currency").get(found[2])):
        return None
    return code, int(found[1] or 1)


def _per(grid: Grid, row: int, column: int) -> int:
    """For how many units a column is quoted: the header says so, or the rows above it."""
    above = [str(cell) for index in range(row) for cell in grid.row(index) if isinstance(cell, str)]
    for text in (str(grid.columns[column][row]), *above):
        if found := re.search(str(marks()["rate_per"]), plain(text)):
            return int(found[1])
    return 1


def _long(grid: Grid, row: int, *, money: int, value: int, day: int | None) -> Outcome[tuple[Quote, ...]]:
    per = _per(grid, row, value)
    units = next((c for c, cell in enumerate(grid.row(row)) if isinstance(cell, str) and plain(cell) in mark("rate_units")), None)
    made: list[Quote | Problem] = []
    for index in range(row + 1, grid.height):
        cell = grid.columns[money][index]
        if is_blank(cell) or is_blank(grid.columns[value][index]):
            continue
        pair = pair_of(str(cell))
        if pair is None:
            made.append(warning("ingest.rate_currency_unknown", grid.at(index, money), found=shown(cell)))
        elif pair.currency != OWN:
            beside = 1 if units is None else _whole(grid.columns[units][index])
            told = Pair(pair.currency, max(pair.per, per, beside), pair.is_inverse)
            made.append(_quote(grid, index, value, told, _day(grid, row, index, day)))
    said = [info("ingest.rates_per", grid.at(row, value), column=str(grid.columns[value][row]), found=per)] if per > 1 else []
    return _sorted_out([*said, *made])


def _whole(cell: CellValue) -> int:
    """How many units of currency a cell names (``100``); 1 where it names none."""
    found = re.match(r"(10{1,4})(?!\d)", "" if cell is None else str(cell).strip())
    return int(found[1]) if found else 1


def _wide(grid: Grid, row: int, *, day: int, pairs: Mapping[int, Pair]) -> Outcome[tuple[Quote, ...]]:
    made: list[Quote | Problem] = []
    for column, pair in pairs.items():
        per = pair.per if pair.per > 1 else _per(grid, row, column)
        for index in range(row + 1, grid.height):
            when = _day(grid, row, index, day)
            if not is_blank(grid.columns[column][index]) and (isinstance(when, date) or not is_blank(grid.columns[day][index])):
                made.append(_quote(grid, index, column, Pair(pair.currency, per, pair.is_inverse), when))
    return _sorted_out(made)


def _sorted_out(made: Sequence[Quote | Problem]) -> Outcome[tuple[Quote, ...]]:
    problems = {(p.code, p.where): p for p in made if isinstance(p, Problem)}
    return Outcome(tuple(quote for quote in made if isinstance(quote, Quote)), tuple(problems.values()))


def _quote(grid: Grid, row: int, column: int, pair: Pair, day: date | Problem) -> Quote | Problem:
    if isinstance(day, Problem):
        return day
    cell, where = grid.columns[column][row], grid.at(row, column)
    try:
        value = Fraction(number_in(cell, unit="").value)
    except ValueError:
        value = Fraction(0)
    if value <= 0:
        return error("ingest.rate_unreadable", where, found=shown(cell))
    return Quote(pair.currency, day, pair.per / value if pair.is_inverse else value / pair.per, where)


def _day(grid: Grid, head: int, row: int, column: int | None) -> date | Problem:
    """The day of a row; where there is no column of days, the one day that stands above the header or in the name."""
    if column is not None:
        cell: CellValue = grid.columns[column][row]
        read = read_date(since_1904(cell) if grid.is_1904 else cell)
        if isinstance(read.value, date):
            return read.value
        return error("ingest.date_unreadable", grid.at(row, column), found=shown(cell), column=str(grid.columns[column][head]))
    return next(_stated(grid, head), None) or error("ingest.rates_undated", grid.at(head))


def _stated(grid: Grid, head: int) -> Iterator[date]:
    above = [str(cell) for row in range(head) for cell in grid.row(row) if cell is not None]
    for text in (*above, grid.sheet.partition("!")[2], grid.file):
        if found := find_date(text):
            yield found

"""What the sheets of the own operations are about as a whole: the year of a sheet, its site, sums that repeat what stands elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.core.units import ratio, same_dimension
from greenfin.ingest.blocks import Block
from greenfin.ingest.grids import Rows
from greenfin.ingest.vocabulary import mark, marks, plain

_ROWS_ABOVE = 6
_NEAR = 0.005
_KEY = ("item", "month_on", "is_year")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def year_of(block: Block) -> int | None:
    """The only year that stands above the header, else in the sheet's name, else in the file's; None: no or several years."""
    rows = range(max(0, block.header_row - _ROWS_ABOVE), block.header_row)
    above = [str(cell) for row in rows for cell in block.grid.row(row) if cell is not None]
    if block.as_of:
        above.append(str(block.as_of.year))
    for texts in (above, [block.grid.sheet.partition("!")[2]], [block.grid.file]):
        years = {int(found) for text in texts for found in _YEAR.findall(unicodedata.normalize("NFKC", text))}
        if years:
            return years.pop() if len(years) == 1 else None
    return None


def with_sites(read: Sequence[tuple[Block, pa.Table]]) -> Outcome[pa.Table]:
    """Rows of all blocks; sheets without a site column that tell the same months and items are sites, named as their sheets."""
    keys = [_keys(table) if "ops.site" not in block.places else set() for block, table in read]
    sheets = [block.grid.sheet for block, _ in read]
    apart = {i for i, j in combinations(range(len(read)), 2) if sheets[i] != sheets[j] and keys[i] & keys[j]}
    named = {sheets[i] for i in apart} | {sheets[j] for i in apart for j in range(len(read)) if keys[i] & keys[j]}
    tables, problems = [], []
    for (block, table), key in zip(read, keys, strict=True):
        if key and block.grid.sheet in named:
            name = _label(block)
            tables.append(table.set_column(0, "site", pa.array([name] * table.num_rows, type=pa.string())))
            problems.append(info("ingest.site_of_sheet", block.grid.sheet, found=name))
        else:
            tables.append(table)
    return Outcome(pa.concat_tables(tables), tuple(problems))


def _keys(table: pa.Table) -> set[tuple[object, ...]]:
    return {tuple(row.values()) for row in table.select(list(_KEY)).to_pylist()}


def _label(block: Block) -> str:
    """The sheet's name, or the file's where the format has no sheets."""
    return block.grid.sheet.partition("!")[2] or block.grid.file.rpartition(".")[0]


def without_sums(table: pa.Table) -> Outcome[pa.Table]:
    """The rows without those that only repeat others: a line for a site, a group or all sites beside them, a year beside its months."""
    rows = table.append_column("year", pc.year(table["month_on"])).append_column("of", pa.array(_sums_of(table), type=pa.string()))
    problems: list[Problem] = []
    for which, by in ((_own_sums, ("of",)), (_summary_rows, ()), (_group_sums, ())):
        for period in (("month_on", "is_year"), ("year",)):  # a sum of the whole year may stand beside months
            sums = which(rows) if period[-1] != "year" else [i for i in which(rows) if rows["is_year"][int(i)].as_py()]
            done = _without(
                rows, np.array(sums, dtype=np.int64), by=(*by, "item", *period), code="group" if which is _group_sums else "summary"
            )
            rows, problems = done.value, [*problems, *done.problems]
    months = _without(rows, np.nonzero(rows["is_year"].to_numpy())[0], by=("site", "item", "year"), code="year")
    return Outcome(months.value.drop_columns(["year", "of"]), (*problems, *months.problems))


def _sums_of(table: pa.Table) -> list[str | None]:
    """The site that each row is of: of a site's own sum (``甲支行小计``) that site, of a group's sum none."""
    names = set(table["site"].unique().to_pylist())
    bases = {plain(name or ""): name for name in names}
    of = {name: bases.get(plain(name or "").removesuffix(end)) for name in names if (end := _ending(name))}
    return [of.get(site, site) for site in table["site"].to_pylist()]


def _ending(site: str | None) -> str | None:
    """The word by which a site's name is a sum's, None where it is none or nothing but that word."""
    name = plain(site or "")
    return next((end for end in marks()["total_ends"] if name.endswith(end) and name != end and not _is_whole(site)), None)


def names_sum(site: str) -> bool:
    """Whether a site's name is that of a sum: of all sites, of a group, of one."""
    return _is_whole(site) or _ending(site) is not None


def _is_whole(site: str | None) -> bool:
    return plain(site or "") in mark("summary_sheets") | mark("total_is")


def _own_sums(table: pa.Table) -> Rows:
    """Rows of a site's own sum."""
    return _where(table, lambda site, of: of is not None and _ending(site) is not None)


def _group_sums(table: pa.Table) -> Rows:
    """Rows of a sum of some of the sites, that does not say of which."""
    return _where(table, lambda site, of: of is None and _ending(site) is not None)


def _summary_rows(table: pa.Table) -> Rows:
    """Rows of a sum of all sites."""
    return _where(table, lambda site, of: _is_whole(site))


def _where(table: pa.Table, test: Callable[[str | None, str | None], bool]) -> Rows:
    pairs = list(zip(table["site"].to_pylist(), table["of"].to_pylist(), strict=True))
    known = {pair: test(*pair) for pair in set(pairs)}
    return np.nonzero(np.array([known[pair] for pair in pairs], dtype=np.bool_))[0]


def _without(table: pa.Table, sums: Rows, *, by: Sequence[str], code: str) -> Outcome[pa.Table]:
    """The rows without those of ``sums`` that have parts under the same keys; a sum that is not its parts is an error."""
    if not len(sums) or len(sums) == table.num_rows:
        return Outcome(table)
    is_sum = np.zeros(table.num_rows, np.bool_)
    is_sum[sums] = True
    is_part = ~is_sum if code == "year" else np.array([not names_sum(s or "") for s in table["site"].to_pylist()])
    parts: dict[tuple[object, ...], list[Mapping[str, object]]] = {}
    for row in table.filter(pa.array(is_part & ~is_sum)).to_pylist():
        parts.setdefault(tuple(row[name] for name in by), []).append(row)
    rows = table.take(sums).to_pylist()
    dropped = [(int(i), row, parts[key]) for i, row in zip(sums, rows, strict=True) if (key := tuple(row[n] for n in by)) in parts]
    kept = np.ones(table.num_rows, np.bool_)
    kept[[i for i, _, _ in dropped]] = False
    return Outcome(table.filter(pa.array(kept)), tuple(_said(dropped, code)))


def _said(dropped: list[tuple[int, dict[str, object], list[Mapping[str, object]]]], code: str) -> Iterator[Problem]:
    equal = []
    if code == "group" and dropped:
        yield warning("ingest.group_sum_left_out", str(dropped[0][1]["source_cell"]), count=len(dropped), found=dropped[0][1]["site"])
        return
    for _, row, parts in dropped:
        total = _total(parts, str(row["unit"] or ""))
        slots = {"item": row["item"], "found": row["quantity"], "total": "" if total is None else f"{total:.10g}", "unit": row["unit"]}
        if row["quantity"] is None or (total is not None and abs(total - float(str(row["quantity"]))) <= _NEAR * abs(total)):
            equal.append(row)
        elif code == "year":
            yield error("ingest.year_not_its_months", str(row["source_cell"]), **slots)
        else:
            yield error("ingest.sum_not_its_sites", str(row["source_cell"]), **slots)
    if equal and code == "year":
        yield info("ingest.year_left_out", str(equal[0]["source_cell"]), count=len(equal))
    elif equal:
        yield warning("ingest.sum_left_out", str(equal[0]["source_cell"]), count=len(equal), found=equal[0]["site"])


def _total(parts: list[Mapping[str, object]], unit: str) -> float | None:
    """The parts added up in a unit; None where they measure different things."""
    if not unit or not all(part["unit"] and same_dimension(str(part["unit"]), unit) for part in parts if part["quantity"] is not None):
        return None
    return sum(float(str(p["quantity"])) * ratio(str(p["unit"]), unit) for p in parts if p["quantity"] is not None)

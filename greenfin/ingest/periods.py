"""Which month or months each row of the own operations is of: a month, a year, or a billing period from day to day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from greenfin.core.period import DAYS, MONTHS
from greenfin.core.problems import Problem, error
from greenfin.ingest.frames import Frame


def months_of_rows(frame: Frame, *, year: int | None) -> tuple[list[date | None], list[bool], list[Problem]]:
    """The first day of each row's month (or year), whether it is a whole year, and rows whose month has no year."""
    if "ops.from" in frame.block.places and "ops.until" in frame.block.places:
        return _billed(frame)
    if not {"ops.period", "row.year"} & set(frame.block.places):  # a list of the year that the sheet or the user names
        return [date(year, 1, 1) if year else None] * frame.size, [True] * frame.size, []
    months = [None if text is None else text.partition("+")[0] for text in frame.column("ops.period").to_pylist()]
    years = frame.column("row.year", pa.int64()).to_pylist()
    found = {pair: _first_day(pair[0], pair[1] or year) for pair in set(zip(months, years, strict=True))}
    days = [found[pair] for pair in zip(months, years, strict=True)]
    broken = {int(r) for f in frame.faults if f.field in ("ops.period", "row.year") for r in f.rows}
    field = "ops.period" if "ops.period" in frame.block.places else "row.year"
    missing = [r for r, day in enumerate(days) if day is None and r not in broken]
    problems = [
        error("ingest.month_unreadable", frame.at(r, field), found=months[r] or "", column=frame.block.places[field].header)
        for r in missing
    ]
    return days, [m is None or len(m) == 4 for m in months], problems


def _billed(frame: Frame) -> tuple[list[date | None], list[bool], list[Problem]]:
    """The month that holds the middle of each billing period (of its first month, where it is of several)."""
    days: list[date | None] = []
    problems = []
    for row, (start, end) in enumerate(_periods(frame)):
        if start is None or end is None or end < start:
            problems.append(
                error("ingest.month_unreadable", frame.at(row, "ops.from"), found=f"{start or ''}/{end or ''}", column="ops.from")
            )
            days.append(None)
        else:
            days.append((start + (end - start) / (2 * _span(start, end))).replace(day=1))
    return days, [False] * frame.size, problems


def _periods(frame: Frame) -> list[tuple[date | None, date | None]]:
    starts, ends = (frame.column(field, pa.date32()).to_pylist() for field in ("ops.from", "ops.until"))
    return list(zip(starts, ends, strict=True))


def _span(start: date, end: date) -> int:
    """How many months a billing period is, at least one."""
    return max(1, round((end - start).days * MONTHS / DAYS))


def _first_day(month: str | None, year: int | None) -> date | None:
    if month is None:
        return date(year, 1, 1) if year else None
    if len(month) == 2:
        return date(year, int(month), 1) if year else None
    return date.fromisoformat(month) if len(month) == 10 else date(int(month), 1, 1)


def spans_of_rows(frame: Frame, rows: np.ndarray[tuple[int], np.dtype[np.int64]], years: list[bool]) -> dict[str, pa.Array]:
    """The billing periods, and how many months a row covers."""
    written = frame.column("ops.period").to_pylist()
    several = [int((written[r] or "").partition("+")[2] or 1) for r in rows.tolist()]
    yearly = frame.column("row.year", pa.int64()).to_pylist()
    dated = "ops.period" in frame.block.places  # a row without its month, where others have theirs: nobody says that it is a year's
    unsaid = [dated and written[r] is None and yearly[r] is None for r in rows.tolist()]
    spans = [MONTHS if is_year else span for is_year, span in zip(years, several, strict=True)]
    whole = [None if unknown else span for unknown, span in zip(unsaid, spans, strict=True)]
    if "ops.from" not in frame.block.places or "ops.until" not in frame.block.places:
        return {"months": pa.array(whole, type=pa.int64())}
    periods = [_periods(frame)[r] for r in rows.tolist()]
    spans = [_span(start, end) if start and end else 1 for start, end in periods]
    starts, ends = (pa.array([each[at] for each in periods], type=pa.date32()) for at in (0, 1))
    return {"months": pa.array(spans, type=pa.int64()), "from_on": starts, "until_on": ends}

"""Whether control totals agree among themselves: a total and the accounts under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from greenfin.core.money import to_yuan
from greenfin.core.problems import Problem, warning

_KEY = ("branch_code", "currency", "perimeter")
_LEAST = 2  # parts


def part_totals(controls: pa.Table) -> Iterator[Problem]:
    """A warning for each total that is not the sum of the accounts stated under it, within what is printed."""
    groups: dict[tuple[object, ...], list[Mapping[str, object]]] = {}
    for row in controls.to_pylist():
        if row["total_fen"] is not None and row["subject_name"] is None:
            groups.setdefault(tuple(row[name] for name in _KEY), []).append(row)
    for rows in groups.values():
        for row in rows:
            parts = _under(row, rows)
            found = sum(int(str(part["total_fen"])) for part in parts)
            within = sum(int(str(part["within_fen"])) for part in (row, *parts))
            stated = int(str(row["total_fen"]))
            if len(parts) >= _LEAST and abs(found - stated) > within:
                slots = {"stated": f"{to_yuan(stated):,}", "found": f"{to_yuan(found):,}", "difference": f"{to_yuan(found - stated):,}"}
                of = "".join(f" · {row[name]}" for name in ("subject_code", "currency", "perimeter") if row[name])
                where, branch = str(row["source_cell"]), row["branch_code"] or ""
                yield warning("ingest.control_part_differs", where, **slots, branch=branch, of=of, count=len(parts))


def _under(row: Mapping[str, object], rows: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """The accounts next under a row: those whose codes begin with its code (any code, for a total of all), and none between."""
    code = str(row["subject_code"] or "")
    below = [r for r in rows if (own := str(r["subject_code"] or "")) != code and own.startswith(code)]
    return [r for r in below if not any(o is not r and _covers(o, r) for o in below)]


def _covers(upper: Mapping[str, object], lower: Mapping[str, object]) -> bool:
    high, low = str(upper["subject_code"]), str(lower["subject_code"])
    return high != low and low.startswith(high)

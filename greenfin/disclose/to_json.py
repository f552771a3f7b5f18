"""The tables as JSON, beside the CSVs: every cell with its exact value as text, as it is printed, its unit, marks and how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenfin.core.records import Cell, How, Table
from greenfin.disclose.to_csv import printed_text

_MOST_DIGITS = 100
JSON_FILE = "tables.json"


def exact_text(value: Fraction | None) -> str | None:
    """A value as exact text: a decimal where it ends, else a fraction; None stays None.

    >>> exact_text(Fraction(5, 4)), exact_text(Fraction(-1, 3)), exact_text(None)
    ('1.25', '-1/3', None)
    """
    if value is None:
        return None
    places = next((n for n in range(_MOST_DIGITS) if 10**n % value.denominator == 0), None)
    if places is None:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if value < 0 else "") + whole + (f".{part}" if part else "")


def tables_json(tables: Sequence[Table]) -> str:
    """All tables as one JSON object: titles, basis, columns, rows, cells in the order of rows and columns, notes."""
    return json.dumps({"tables": [_table(table) for table in tables]}, ensure_ascii=False, indent=1) + "\n"


def write_json(tables: Sequence[Table], path: Path) -> None:
    """Write :func:`tables_json` into a file. Raises OSError where it cannot be written."""
    path.write_text(tables_json(tables), encoding="utf-8", newline="\n")


def _table(table: Table) -> dict[str, Any]:
    return {
        "id": table.id,
        "title": {"zh": table.title_zh, "en": table.title_en},
        "basis": {"zh": table.basis_zh, "en": table.basis_en},
        "columns": [{"id": c.id, "zh": c.zh, "en": c.en, "kind": c.kind} for c in table.columns],
        "rows": [{"id": r.id, "zh": r.zh, "en": r.en, "unit": r.unit, "level": r.level, "kind": r.kind} for r in table.rows],
        "cells": [cell_json(cell) for cell in table.cells.values()],
        "notes": {"zh": list(table.notes_zh), "en": list(table.notes_en)},
    }


def cell_json(cell: Cell) -> dict[str, Any]:
    """A cell: value in full as text (None: missing, never zero), as printed, unit, decimals, footnotes, how it was made."""
    words = {"text": cell.text} if cell.text is not None else {}
    return {
        "cell": cell.id,
        "value": exact_text(cell.value),
        **words,
        "printed": printed_text(cell),
        "unit": cell.unit,
        "decimals": cell.decimals,
        "marks": list(cell.marks),
        "how": _how(cell.how),
    }


def _how(how: How) -> Mapping[str, Any]:
    said = {"op": how.op, "args": list(how.args), "keys": dict(how.keys), "source": how.source, "reason": how.reason}
    return {name: value for name, value in said.items() if value or name == "op"}

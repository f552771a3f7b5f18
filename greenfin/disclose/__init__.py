"""Disclose: tables from sums, rules between their cells, and the files a bank sends on. The writers load their libraries when called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from greenfin.core.problems import Problem
from greenfin.core.records import Table
from greenfin.disclose.build import build
from greenfin.disclose.checks import check
from greenfin.disclose.figured import table_of_figures
from greenfin.disclose.front import FactorLine, Front, Operating, TargetPath
from greenfin.disclose.narrative.index import tables_of as index_tables
from greenfin.disclose.narrative.telling import Narrative, narrated
from greenfin.disclose.preface import DEFAULT_SHELL, factor_lines, front_of
from greenfin.disclose.to_csv import plain_text, printed_cells, printed_text, read_csv, safe_text, write_csv
from greenfin.disclose.to_json import JSON_FILE, cell_json, write_json

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "DEFAULT_SHELL",
    "JSON_FILE",
    "FactorLine",
    "Front",
    "Narrative",
    "Operating",
    "TargetPath",
    "build",
    "cell_json",
    "check",
    "factor_lines",
    "front_of",
    "index_tables",
    "narrated",
    "plain_text",
    "printed_cells",
    "printed_text",
    "read_csv",
    "safe_text",
    "table_of_figures",
    "workbook_differences",
    "write_csv",
    "write_detail",
    "write_docx",
    "write_json",
    "write_pdf",
    "write_rows",
    "write_xlsx",
]


def write_xlsx(tables: Sequence[Table], path: Path, *, front: Front, lang: str, factors: Sequence[FactorLine] | None) -> Mapping[str, str]:
    """The workbook; see :func:`greenfin.disclose.to_xlsx.write_xlsx`."""
    from greenfin.disclose import to_xlsx

    return to_xlsx.write_xlsx(tables, path, front=front, lang=lang, factors=factors)


def write_pdf(tables: Sequence[Table], path: Path, *, front: Front, lang: str, factors: Sequence[FactorLine]) -> tuple[Problem, ...]:
    """The report; see :func:`greenfin.disclose.to_pdf.write_pdf`."""
    from greenfin.disclose import to_pdf

    return to_pdf.write_pdf(tables, path, front=front, lang=lang, factors=factors)


def write_docx(tables: Sequence[Table], path: Path, *, front: Front, lang: str, factors: Sequence[FactorLine]) -> None:
    """The report for Word; see :func:`greenfin.disclose.to_docx.write_docx`."""
    from greenfin.disclose import to_docx

    to_docx.write_docx(tables, path, front=front, lang=lang, factors=factors)


def workbook_differences(found: Path, made: Path) -> tuple[tuple[str, str, str], ...] | None:
    """Cells of a workbook that read otherwise than they should; see :func:`greenfin.disclose.compare.workbook_differences`."""
    from greenfin.disclose import compare

    return compare.workbook_differences(found, made)


def write_rows(rows: pa.Table, path: Path) -> None:
    """Rows as csv, xlsx or parquet; see :func:`greenfin.disclose.to_rows.write_rows`."""
    from greenfin.disclose import to_rows

    to_rows.write_rows(rows, path)


def write_detail(rows: pa.Table, path: Path) -> None:
    """A long table as csv, column by column; see :func:`greenfin.disclose.to_rows.write_detail`."""
    from greenfin.disclose import to_rows

    to_rows.write_detail(rows, path)

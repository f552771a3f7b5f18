"""Rows as a plain workbook: what comes back is what was written, and the same rows give the same bytes."""

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from greenfin.disclose import write_rows

_LONGEST = 32_767


def _back(path: Path) -> list[tuple[object, ...]]:
    lines = openpyxl.load_workbook(path)["rows"].iter_rows(values_only=True)
    return [tuple(one.date() if isinstance(one, datetime) else one for one in line) for line in lines]


def test_what_comes_back_is_what_was_written(tmp_path: Path) -> None:
    rows = pa.table(
        {
            "文字": ['光伏 <一> & "二"\n三 ', None, "=1+1"],
            "fen": pa.array([9_007_199_254_740_991, None, -1], pa.int64()),
            "share": pa.array([0.1, float("nan"), 1e300]),
            "on": pa.array([date(2025, 12, 31), None, date(1999, 1, 1)]),
            "is": pa.array([True, False, None]),
        }
    )
    write_rows(rows, tmp_path / "a.xlsx")
    assert _back(tmp_path / "a.xlsx") == [
        ("文字", "fen", "share", "on", "is"),
        ("光伏 <一> & \"二\"\n三 ", 9_007_199_254_740_991, 0.1, date(2025, 12, 31), True),
        (None, None, None, None, False),
        ("'=1+1", -1, 1e300, date(1999, 1, 1), None),
    ]  # fmt: skip


def test_many_rows_keep_their_numbers_and_the_bytes_are_the_same_again(tmp_path: Path) -> None:
    rows = pa.table({"n": list(range(40_000)), "text": [f"借据{n}" for n in range(40_000)]})
    for name in ("a.xlsx", "b.xlsx"):
        write_rows(pa.concat_tables([rows.slice(0, 7), rows.slice(7)]), tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["rows"]
    assert sheet.max_row == 40_001
    assert [cell.value for cell in sheet[40_001]] == [39_999, "借据39999"]
    assert [cell.value for cell in sheet[16_386]] == [16_384, "借据16384"]


def test_signs_no_sheet_can_hold_are_left_out_and_overlong_texts_cut(tmp_path: Path) -> None:
    write_rows(pa.table({"a": ["x\x00\x08y", "z" * (_LONGEST + 1)], "none": pa.nulls(2)}), tmp_path / "a.xlsx")
    assert _back(tmp_path / "a.xlsx")[1:] == [("xy", None), ("z" * _LONGEST, None)]


def test_no_rows_are_a_head_alone(tmp_path: Path) -> None:
    write_rows(pa.table({"a": pa.array([], pa.string())}), tmp_path / "a.xlsx")
    assert _back(tmp_path / "a.xlsx") == [("a",)]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_texts_of_every_kind_are_made_harmless(tmp_path: Path, kind: pa.DataType) -> None:
    write_rows(pa.table({"a": pa.array(["=1+1", "光伏"]).cast(kind)}), tmp_path / "a.xlsx")
    assert _back(tmp_path / "a.xlsx") == [("a",), ("'=1+1",), ("光伏",)]

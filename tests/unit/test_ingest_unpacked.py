"""A long workbook is read from an unpacked copy as it is read where it lies."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from greenfin.core.problems import Refused
from greenfin.ingest import archive, files, unpacked
from greenfin.ingest.archive import MAX_CELLS
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import Grid, column_number
from greenfin.ingest.unpacked import merged_first


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def _book(path: Path) -> Path:
    book = Workbook()
    for name in ("借据 <1>", "空", "项目"):
        sheet = book.create_sheet(name)
        if name == "空":
            continue
        sheet.append(["标题", None, None])
        sheet.append(["借据号", "余额", "备注"])
        for row in range(40):
            sheet.append([f"0{row}", row / 7, "#N/A" if row == 5 else "=A1" if row == 6 else "a & <b>"])
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("B5:B9")
        sheet.row_dimensions[7].hidden = True
        sheet.column_dimensions["C"].hidden = True
    book["项目"].unmerge_cells("A1:C1")
    book["项目"].unmerge_cells("B5:B9")
    book.save(path)
    return path


def _seen(grids: Sequence[Grid]) -> list[object]:
    return [
        (
            g.file,
            g.sheet,
            g.columns,
            g.first_row,
            g.first_column,
            g.merged,
            g.is_hidden,
            g.is_1904,
            g.hidden_rows.tolist(),
            g.hidden_columns,
        )
        for g in grids
    ]


def test_a_copy_gives_the_same_grids_and_leaves_nothing(tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _book(tmp_path / "借据台账.xlsx")
    read = read_grids(path).value
    monkeypatch.setattr(unpacked, "LONG", 1)
    made: list[Path] = []

    def kept(path: Path) -> list[Grid]:
        made.append(path)
        return of_path(path)

    of_path = files._sheets
    monkeypatch.setattr(files, "_sheets", kept)
    again = read_grids(path).value
    assert _seen(again) == _seen(read)
    assert [g.merged for g in again] == [((0, 0, 0, 2), (4, 1, 8, 1)), ()]
    assert again[0].columns[2][7] == "#N/A"
    assert made[0].parent.parent == temporary
    assert not list(temporary.iterdir())


def test_a_short_book_and_one_without_room_are_read_where_they_lie(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _book(tmp_path / "book.xlsx")
    with unpacked.unpacking(path) as copy:
        archive.look_into(path, uncalculated="", unpacked=copy)
        assert copy.path == path
    monkeypatch.setattr(unpacked, "LONG", 1)
    expected = _seen(read_grids(path).value)

    def full(*_given: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("TemporaryDirectory", "merged_first"):
        with monkeypatch.context() as patched:
            patched.setattr(unpacked, step, full)
            with unpacked.unpacking(path) as copy:
                archive.look_into(path, uncalculated="", unpacked=copy)
                assert copy.path == path
            assert _seen(read_grids(path).value) == expected
    assert not list(temporary.iterdir())


def test_a_refused_book_leaves_no_copy(tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacked, "LONG", 1)
    sound = _book(tmp_path / "sound.xlsx")
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(sound) as given, zipfile.ZipFile(bad, "w") as made:
        for entry in given.infolist():
            made.writestr(entry.filename, given.read(entry))
        made.writestr("xl/last.xml", "<!DOCTYPE x []><x/>")
    with pytest.raises(Refused, match="xml_entities"):
        read_grids(bad)
    assert not list(temporary.iterdir())


CELLS = b"<sheetData><row/></sheetData>"
ONE = b'<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>'


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (b"<w>" + CELLS + b"</w>", b"<w><mergeCells></mergeCells>" + CELLS + b"</w>"),
        (b"<w>" + CELLS + b"<a/>" + ONE + b"<b/></w>", b"<w>" + ONE + CELLS + b"<a/><b/></w>"),
    ],
)
def test_merged_areas_come_before_the_cells(given: bytes, expected: bytes) -> None:
    assert b"".join(merged_first(given)) == expected


@pytest.mark.parametrize(
    "given",
    [
        b"<w><sheetData/></w>",
        b"<w>" + ONE + CELLS + b"</w>",
        b"<w>" + CELLS + ONE + ONE + b"</w>",
        b"<w>" + CELLS + ONE.replace(b"mergeCells", b"x:mergeCells") + b"</w>",
        b"<w>" + CELLS + b"<mergeCells/></w>",
        b"<w>" + CELLS + b"<!-- " + ONE + b" --></w>",
        b"<w><!-- <sheetData> -->" + CELLS + b"</w>",
    ],
)
def test_a_sheet_that_is_written_otherwise_stays_as_it_is(given: bytes) -> None:
    assert b"".join(merged_first(given)) == given


def test_no_sheet_within_the_near_columns_can_be_too_large() -> None:
    deepest = 1_048_576
    last = column_number("AL")
    assert last * deepest <= MAX_CELLS < (last + 1) * deepest
    for letters, is_far in (("A", False), ("Z", False), ("AL", False), ("AM", True), ("BA", True), ("AAA", True)):
        assert archive._holds(bytearray(f'<c r="{letters}7">'.encode()), archive._FAR) is is_far

"""A workbook that somebody changed, byte by byte: never an exception, and never the same."""

from __future__ import annotations

import random
from pathlib import Path

from openpyxl import Workbook

from greenfin.disclose.compare import workbook_differences


def test_any_damaged_byte_is_read_with_care(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for number in range(400):
        sheet.append([f"row {number}", number * 1.5, f"=B{number + 1}*2"])
    made, found = tmp_path / "made.xlsx", tmp_path / "found.xlsx"
    book.save(made)
    whole, chance = made.read_bytes(), random.Random(7)
    refused = 0
    for _ in range(120):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        found.write_bytes(damaged)
        refused += workbook_differences(found, made) is None
    assert refused > 40
    assert workbook_differences(made, made) == ()

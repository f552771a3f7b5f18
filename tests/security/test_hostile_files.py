"""Files made to hurt: bombs, entities, lies about size, impossible sheets, formulas in names. None is opened, none hangs."""

from __future__ import annotations

import time
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from greenfin.core.problems import Refused, Severity
from greenfin.ingest import read_bank, read_book
from greenfin.messages import tell

AS_OF = date(2025, 12, 31)
SHEET = "xl/worksheets/sheet1.xml"


def sound(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["借据号", "贷款余额（元）", "贷款用途"], ["A1", 100, "建设光伏电站"], ["A2", 200, "建设风电场"]):
        sheet.append(row)
    book.save(path)
    return path


def rewritten(path: Path, part: str, content: bytes) -> Path:
    """The workbook with one part replaced or added."""
    with zipfile.ZipFile(sound(path)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, old in {**parts, part: content}.items():
            packed.writestr(name, old)
    return path


def part_of(path: Path, part: str) -> bytes:
    with zipfile.ZipFile(path) as packed:
        return packed.read(part)


def refusal(path: Path) -> str:
    begun = time.monotonic()
    with pytest.raises(Refused) as refused:
        read_book([path], as_of=AS_OF)
    assert time.monotonic() - begun < 20
    assert tell(refused.value.problem, "zh")
    assert tell(refused.value.problem, "en")
    return refused.value.problem.code


def test_a_sound_book_is_read(tmp_path: Path) -> None:
    assert read_book([sound(tmp_path / "b.xlsx")], as_of=AS_OF).value.loans.num_rows == 2


def test_zip_bomb(tmp_path: Path) -> None:
    path = rewritten(tmp_path / "b.xlsx", "xl/media/zeros.bin", b"\0" * (64 * 2**20))
    assert refusal(path) == "ingest.archive_bomb"


def test_too_many_parts(tmp_path: Path) -> None:
    path = sound(tmp_path / "b.xlsx")
    with zipfile.ZipFile(path, "a") as packed:
        for number in range(5100):
            packed.writestr(f"xl/media/{number}.bin", b"x")
    assert refusal(path) == "ingest.archive_bomb"


def test_a_part_that_lies_about_its_size(tmp_path: Path) -> None:
    path = rewritten(tmp_path / "b.xlsx", "xl/media/zeros.bin", b"\0" * 5_000_000)
    content = path.read_bytes()
    size = (5_000_000).to_bytes(4, "little")
    assert size in content
    path.write_bytes(content.replace(size, (100).to_bytes(4, "little")))
    assert refusal(path) == "ingest.file_damaged"


@pytest.mark.parametrize("part", ["xl/workbook.xml", SHEET, "xl/styles.xml"])
def test_entities(tmp_path: Path, part: str) -> None:
    declared = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    path = sound(tmp_path / "b.xlsx")
    body = part_of(path, part)
    body = body[body.find(b"?>") + 2 :] if body.startswith(b"<?xml") else body
    assert refusal(rewritten(path, part, declared + body)) in ("ingest.xml_entities", "ingest.file_damaged")


def test_external_entity_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    declared = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{tmp_path}/secret">]><x>&a;</x>'.encode()
    assert refusal(rewritten(tmp_path / "b.xlsx", "xl/sharedStrings.xml", declared)) == "ingest.xml_entities"


def test_one_cell_in_the_last_corner(tmp_path: Path) -> None:
    path = sound(tmp_path / "b.xlsx")
    far = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
    assert refusal(rewritten(path, SHEET, part_of(path, SHEET).replace(b"</sheetData>", far))) == "ingest.sheet_too_large"


def test_an_empty_cell_in_the_last_corner_does_no_harm(tmp_path: Path) -> None:
    path = sound(tmp_path / "b.xlsx")
    far = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    path = rewritten(path, SHEET, part_of(path, SHEET).replace(b"</sheetData>", far))
    assert read_book([path], as_of=AS_OF).value.loans.num_rows == 2


def test_a_hundred_thousand_empty_rows(tmp_path: Path) -> None:
    path = sound(tmp_path / "b.xlsx")
    rows = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (n, n) for n in range(10, 100_010))
    path = rewritten(path, SHEET, part_of(path, SHEET).replace(b"</sheetData>", rows + b"</sheetData>"))
    begun = time.monotonic()
    assert read_book([path], as_of=AS_OF).value.loans.num_rows == 2
    assert time.monotonic() - begun < 20


def test_a_wide_used_range(tmp_path: Path) -> None:
    path = sound(tmp_path / "b.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet["GT252"] = "校验正确"
    book.save(path)
    assert read_book([path], as_of=AS_OF).value.loans.num_rows == 2


def test_sheet_xml_cut_short(tmp_path: Path) -> None:
    path = sound(tmp_path / "b.xlsx")
    body = part_of(path, SHEET)
    assert refusal(rewritten(path, SHEET, body[: len(body) // 2])) in ("ingest.file_damaged", "ingest.nothing_recognised")


def test_encrypted_parts(tmp_path: Path) -> None:
    path = sound(tmp_path / "b.xlsx")
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(bytes(content))
    assert refusal(path) == "ingest.file_encrypted"


def test_macros_are_said_and_not_run(tmp_path: Path) -> None:
    path = rewritten(tmp_path / "b.xlsm", "xl/vbaProject.bin", b"not a program")
    outcome = read_book([path], as_of=AS_OF)
    assert "ingest.macros_ignored" in {p.code for p in outcome.problems}
    assert outcome.value.loans.num_rows == 2


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "__import__('os').system('true')", "%s%n{0.__class__}", "../../etc/passwd", "\x1b[31m"]
)
def test_texts_stay_texts(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.csv"
    path.write_text(f'借据号,贷款余额,贷款用途\nA1,"{text}",用途\nA2,5,"{text}"\n', "utf-8")
    outcome = read_book([path], as_of=AS_OF)
    assert outcome.value.loans["purpose"].to_pylist() == [text]
    assert [p.code for p in outcome.problems if p.where.endswith("B2")] == ["ingest.amount_unreadable"]
    assert all(tell(p, "en") for p in outcome.problems)


def test_a_number_with_a_huge_exponent(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("借据号,贷款余额,执行利率\nA1,1e999,4\nA2,1e99,4\nA3,5,1e300\n", "utf-8")
    outcome = read_book([path], as_of=AS_OF)
    assert outcome.value.rejected.num_rows == 2
    assert outcome.value.loans["rate_ppm"].to_pylist() == [None]


def test_an_endless_line(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("借据号,贷款余额\nA1," + "9" * 9_000_000 + "\nA2,100\n", "utf-8")
    begun = time.monotonic()
    read = read_book([path], as_of=AS_OF)
    assert time.monotonic() - begun < 20
    assert read.value.loans["loan_id"].to_pylist() == ["A2"]
    assert [p.where for p in read.problems if p.severity == Severity.ERROR] == ["b.csv!B2"]


def test_yaml_of_a_billion_laughs(tmp_path: Path) -> None:
    path = tmp_path / "bank.yaml"
    path.write_text("a: &a [x, x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)))
    with pytest.raises(Refused) as refused:
        read_bank(path)
    assert refused.value.problem.code == "ingest.bank_unreadable"


def test_yaml_nested_beyond_reason(tmp_path: Path) -> None:
    path = tmp_path / "bank.yaml"
    path.write_text("a: " + "[" * 20_000)
    with pytest.raises(Refused) as refused:
        read_bank(path)
    assert refused.value.problem.code == "ingest.bank_unreadable"

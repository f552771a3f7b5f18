"""Verify: whatever is altered in a run folder is found and named, also where the hashes were changed with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from greenfin import run_folder
from greenfin.core.problems import Refused
from greenfin.verify import Verdict, verify
from tests import run_made
from tests.run_made import changed


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify")
    run_made.saved(run_made.book(folder / "book.xlsx", {"贷款余额（元）": 5_000_000}), folder / "run")
    return folder


@pytest.fixture
def run(home: Path) -> Iterator[Path]:
    before = run_made.everything(home)
    yield home / "run"
    assert run_made.everything(home) == before  # each test leaves the folder as it was; verify writes nothing


def test_an_untouched_run_is_the_same(run: Path) -> None:
    assert verify(run) == Verdict((), ())


def flipped(path: Path) -> bytes:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize(
    "name",
    [
        "disclosure.xlsx",
        "disclosure.pdf",
        "loans.parquet",
        "problems.csv",
        "tables/T01.csv",
        "inputs/loans.parquet",
        "inputs/projects.parquet",
        "inputs/inputs.json",
        "reference/factors/sources.yaml",
        "reference/disclosure_templates/policies/working.yaml",
    ],
)
def test_a_byte_changed_anywhere_names_the_file(run: Path, name: str) -> None:
    with changed(run / name, flipped(run / name)):
        verdict = verify(run)
    assert not verdict.same
    assert verdict.altered == (name,)


def test_reference_data_put_right_again_is_the_same_again(run: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "run"
    shutil.copytree(run, fresh)
    policy = fresh / "reference/disclosure_templates/policies/working.yaml"
    with changed(policy, flipped(policy)):
        assert not verify(fresh).same
    assert verify(fresh) == Verdict((), ())


def test_a_digit_of_a_table_names_its_cell(run: Path) -> None:
    path = run / "tables" / "T01.csv"
    lines = path.read_text("utf-8-sig").splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("green_balance,"))
    fields = lines[at].split(",")
    column = lines[0].split(",").index("current")
    was, fields[column] = fields[column], fields[column].replace("0", "9", 1)
    assert fields[column] != was
    lines[at] = ",".join(fields)
    with changed(path, "\ufeff".encode() + "\r\n".join([*lines, ""]).encode()):
        verdict = verify(run)
    assert [(d.cell, d.was, d.now) for d in verdict.differences] == [("T01!green_balance.current", fields[column], was)]
    assert verdict.altered == ("tables/T01.csv",)


def forged(run: Path, name: str) -> bytes:
    """``run.json`` with the hash of a file as it now is."""
    record = json.loads((run / "run.json").read_text("utf-8"))
    record["sha256"][name] = run_folder.file_sha256(run / name)
    return json.dumps(record, ensure_ascii=False).encode()


def rewritten(path: Path, *, cell: str, value: object) -> bytes:
    book = openpyxl.load_workbook(path)
    sheet, _, where = cell.rpartition("!")
    book[sheet][where] = value
    copy = path.with_name("copy.xlsx")
    book.save(copy)
    content = copy.read_bytes()
    copy.unlink()
    return content


@pytest.mark.parametrize("has_new_hash", [False, True])
def test_a_number_of_the_workbook_names_its_cell(run: Path, has_new_hash: bool) -> None:
    place = json.loads((run / "run.json").read_text("utf-8"))["workbook_cells"]["T01!green_balance.current"]
    path = run / "disclosure.xlsx"
    with (
        changed(path, rewritten(path, cell=place, value=12.5)),
        changed(run / "run.json", forged(run, path.name) if has_new_hash else (run / "run.json").read_bytes()),
    ):
        verdict = verify(run)
    found = next(d for d in verdict.differences if d.cell == "T01!green_balance.current")
    assert (found.was, found.where) == ("12.5", f"disclosure.xlsx!{place}")
    assert "disclosure.xlsx" in verdict.altered


def test_words_put_into_the_workbook_are_named_by_place(run: Path) -> None:
    path = run / "disclosure.xlsx"
    sheet = openpyxl.load_workbook(path).sheetnames[0]
    with changed(path, rewritten(path, cell=f"{sheet}!C90", value="note")):
        verdict = verify(run)
    assert f"disclosure.xlsx!{sheet}!C90" in {d.cell for d in verdict.differences}


def test_a_workbook_saved_by_another_program_differs_in_no_cell(run: Path) -> None:
    path = run / "disclosure.xlsx"
    book = openpyxl.load_workbook(path, data_only=True)
    formulas = openpyxl.load_workbook(path)
    assert book.sheetnames == formulas.sheetnames
    content = rewritten(path, cell=f"{book.sheetnames[0]}!A1", value=book.worksheets[0]["A1"].value)
    with changed(path, content):
        verdict = verify(run)
    assert verdict.altered == ("disclosure.xlsx",)
    assert {d.was for d in verdict.differences} <= {
        ""
    }  # values beside formulas are gone until it is calculated again; nothing reads otherwise


@pytest.mark.parametrize("name", ["disclosure.pdf", "problems.csv", "loans.parquet"])
def test_a_file_altered_together_with_its_hash_is_found(run: Path, name: str) -> None:
    path = run / name
    content = path.read_bytes() + b"x"
    if name == "loans.parquet":
        table = pq.read_table(path)
        sink = pa.BufferOutputStream()
        pq.write_table(table.slice(1), sink)
        content = sink.getvalue().to_pybytes()
    with changed(path, content), changed(run / "run.json", forged(run, name)):
        verdict = verify(run)
    assert name in verdict.altered


def edited(change: Callable[[dict[str, object]], object]) -> Callable[[Path], bytes]:
    def make(run: Path) -> bytes:
        record = json.loads((run / "run.json").read_text("utf-8"))
        change(record)
        return json.dumps(record, ensure_ascii=False).encode()

    return make


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["outcomes"].update(green_balance=1),
        lambda r: r["counts"].update(loans=99),
        lambda r: r["made_of"].update(edition="other"),
        lambda r: r["made_of"]["files"][0].update(sha256="0" * 64),
        lambda r: r.update(run="2025-12-31-000000000000"),
        lambda r: r["workbook_cells"].update({"T01!green_balance.current": "T01!A1"}),
    ],
)
def test_run_json_altered(run: Path, change: Callable[[dict[str, object]], object]) -> None:
    with changed(run / "run.json", edited(change)(run)):
        assert "run.json" in verify(run).altered


def test_files_added_and_lost_are_named_as_such(run: Path) -> None:
    with changed(run / "tables" / "T99.csv", b"\xef\xbb\xbfrow,label,unit,current,note\r\n"), changed(run / "disclosure.pdf", None):
        verdict = verify(run)
    assert (verdict.missing, verdict.added) == (("disclosure.pdf",), ("tables/T99.csv",))
    assert set(verdict.altered) == {"disclosure.pdf", "tables/T99.csv"}


def test_a_file_put_beside_the_run_is_named_and_what_programs_leave_is_not(run: Path) -> None:
    with changed(run / "extra.xlsx", b"x"), changed(run / "~$disclosure.xlsx", b"x"), changed(run / ".DS_Store", b"x"):
        assert verify(run).altered == ("extra.xlsx",)


def test_an_input_lost_is_named_though_nothing_can_be_recomputed(run: Path) -> None:
    with changed(run / "inputs" / "loans.parquet", None):
        verdict = verify(run)
    assert (verdict.same, verdict.is_replayed, verdict.missing) == (False, False, ("inputs/loans.parquet",))


def test_a_swapped_factor_is_named_and_shows_in_cells(home: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(home / "run", run)
    for path in (run / "reference" / "factors" / "values").glob("*.csv"):
        path.write_text(path.read_text("utf-8").replace("0.5", "0.6"), "utf-8")
    verdict = verify(run)
    assert not verdict.same
    assert {name for name in verdict.altered if name.startswith("reference/factors/values/")}


def test_a_run_of_an_older_version_is_not_called_altered(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_folder, "__version__", "99.0.0")
    verdict = verify(run)
    assert verdict.same
    assert verdict.made_by != "99.0.0"


DAMAGED = [
    ("cut short", lambda content: content[: len(content) // 2]),
    ("empty", lambda _content: b""),
    ("not text", lambda _content: b"\xff\xfe\x00\x81"),
    ("a list", lambda _content: b"[1, 2]"),
    ("other keys", lambda _content: b'{"run": "x"}'),
    ("hashes of another kind", lambda content: content.replace(b'"sha256": {', b'"sha256": [], "other": {')),
    ("nested without end", lambda _content: b"[" * 100_000),
]


@pytest.mark.parametrize("damage", [case[1] for case in DAMAGED], ids=[case[0] for case in DAMAGED])
def test_a_damaged_record_is_refused(run: Path, damage: Callable[[bytes], bytes]) -> None:
    with changed(run / "run.json", damage((run / "run.json").read_bytes())), pytest.raises(Refused) as refused:
        verify(run)
    assert refused.value.problem.code == "run.damaged"


@pytest.mark.parametrize("name", ["../book.xlsx", "/etc/hostname", "a\\..\\b"])
def test_a_record_that_points_outside_is_not_followed(run: Path, name: str) -> None:
    record = json.loads((run / "run.json").read_text("utf-8"))
    record["sha256"][name] = "0" * 64
    with changed(run / "run.json", json.dumps(record).encode()):
        assert name in verify(run).missing


def test_the_original_book_under_its_own_and_another_name(run: Path, home: Path, tmp_path: Path) -> None:
    other = Path(shutil.copyfile(home / "book.xlsx", tmp_path / "ledger 2025 副本.xlsx"))
    assert verify(run, books=[home / "book.xlsx"]).same
    assert verify(run, books=[other]).same


@pytest.mark.parametrize("name", ["book.xlsx", "other.xlsx"])
def test_an_altered_book_is_named_and_shows_in_cells(run: Path, tmp_path: Path, name: str) -> None:
    path = run_made.book(tmp_path / name, {"贷款余额（元）": 6_000_000})
    verdict = verify(run, books=[path])
    assert verdict.altered == (name,)
    assert "T01!green_balance.current" in {d.cell for d in verdict.differences}


def test_more_books_than_the_run_was_made_of(run: Path, home: Path) -> None:
    with pytest.raises(Refused) as refused:
        verify(run, books=[home / "book.xlsx", home / "book.xlsx"])
    assert refused.value.problem.code == "verify.other_book"


def test_a_run_folder_that_was_moved(home: Path, tmp_path: Path) -> None:
    moved = tmp_path / "another place" / "批次 一"
    shutil.copytree(home / "run", moved)
    assert verify(moved).same

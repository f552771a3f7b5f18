"""The assurance pack: rebuilt from the book alone, every alteration named, hostile archives refused, no borrower inside."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from greenfin import explain, pipeline, run_folder
from greenfin.core.lineage import Source, Trace
from greenfin.core.problems import Refused
from greenfin.core.records import PriorCell
from greenfin.ingest import Restatement
from greenfin.pack import pack, verify_pack
from greenfin.pack.lines import masked
from greenfin.pack.making import LINEAGE
from greenfin.pack.masks import HIDDEN, Names, digest, secret_of
from greenfin.pack.unpacking import MANIFEST
from greenfin.verify import verify
from tests import run_made

Change = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    run_made.saved(run_made.book(folder / "book.xlsx", {"贷款余额（元）": 5_000_000}), folder / "run")
    pack(folder / "run", folder / "pack.zip")
    return folder


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(name, content)
    return path


def rehashed(files: Mapping[str, bytes], changed: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with changed ones, and a manifest that agrees with them."""
    manifest = json.loads(files[MANIFEST])
    manifest["sha256"] |= {name: hashlib.sha256(content).hexdigest() for name, content in changed.items()}
    return {**files, **changed, MANIFEST: json.dumps(manifest).encode()}


def test_a_pack_is_the_same_by_hash_and_from_the_book(home: Path) -> None:
    by_hash = verify_pack(home / "pack.zip")
    assert (by_hash.same, by_hash.is_replayed) == (True, False)
    rebuilt = verify_pack(home / "pack.zip", books=(home / "book.xlsx",))
    assert (rebuilt.same, rebuilt.is_replayed, rebuilt.differences, rebuilt.altered) == (True, True, (), ())


def test_the_same_run_gives_the_same_bytes(home: Path, tmp_path: Path) -> None:
    again = pack(home / "run", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (home / "pack.zip").read_bytes()
    assert set(contents(home / "pack.zip")) >= {"README.zh.md", "README.en.md", "tables.json", "tables/T01.csv", "run.json", LINEAGE}
    assert again.files == len(contents(home / "pack.zip"))


def test_every_cell_has_its_line(home: Path) -> None:
    files = contents(home / "pack.zip")
    lines = [json.loads(line) for line in files[LINEAGE].decode().splitlines()]
    cells = {line["cell"]: line for line in lines if line["kind"] == "cell"}
    sums = {line["sum"] for line in lines if line["kind"] == "sum"}
    assert cells.keys() == {cell["cell"] for table in json.loads(files["tables.json"])["tables"] for cell in table["cells"]}
    assert {name for line in cells.values() for name in line.get("sums", ())} == sums


def test_no_borrower_and_no_person_is_in_it(home: Path) -> None:
    book = openpyxl.load_workbook(home / "book.xlsx")["借据台账"]
    header, *rows = book.iter_rows(values_only=True)
    at = [header.index(name) for name in ("借据号", "合同号", "客户名称", "贷款用途")]
    words = {str(row[n]) for row in rows for n in at if len(str(row[n])) > len("HT1")}
    found = contents(home / "pack.zip")
    ours = {name: content for name, content in found.items() if not name.startswith("reference/")}
    held = {(name, word) for name, content in ours.items() for word in words if word.encode() in content}
    assert words
    assert held == set()
    assert not [name for name in ours if name.endswith(".parquet")]


@pytest.mark.parametrize(
    "name", ["disclosure.xlsx", "disclosure.pdf", "tables/T01.csv", "tables.json", "run.json", "README.en.md", LINEAGE]
)
def test_a_changed_file_is_named(home: Path, tmp_path: Path, name: str) -> None:
    files = contents(home / "pack.zip")
    other = repacked(tmp_path / "p.zip", {**files, name: files[name] + b"\n"})
    assert name in verify_pack(other).altered


def test_files_lost_and_added_are_named(home: Path, tmp_path: Path) -> None:
    files = contents(home / "pack.zip")
    del files["disclosure.pdf"]
    verdict = verify_pack(repacked(tmp_path / "p.zip", {**files, "extra.txt": b"x"}))
    assert (verdict.missing, verdict.added, verdict.same) == (("disclosure.pdf",), ("extra.txt",), False)


@pytest.mark.parametrize("name", ["tables/T01.csv", "tables.json", LINEAGE])
def test_a_cell_altered_with_its_hash_is_named_without_the_book(home: Path, tmp_path: Path, name: str) -> None:
    files = contents(home / "pack.zip")
    cell = next(c for t in json.loads(files["tables.json"])["tables"] for c in t["cells"] if len(c["printed"]) > 2 and c["value"])
    other = files[name].replace(cell["printed"].encode(), b"9" + cell["printed"].encode())
    verdict = verify_pack(repacked(tmp_path / "p.zip", rehashed(files, {name: other})))
    assert cell["cell"] in {one.cell for one in verdict.differences}
    assert not verdict.same


def test_cells_altered_everywhere_are_found_with_the_book(home: Path, tmp_path: Path) -> None:
    files = contents(home / "pack.zip")
    cell = next(c for t in json.loads(files["tables.json"])["tables"] for c in t["cells"] if len(c["printed"]) > 2 and c["value"])
    names = ("tables/T01.csv", "tables.json", LINEAGE)
    changed = {name: files[name].replace(cell["printed"].encode(), b"9" + cell["printed"].encode()) for name in names}
    forged = repacked(tmp_path / "p.zip", rehashed(files, changed))
    assert verify_pack(forged).same  # nothing in it contradicts it: this is what the book is for
    verdict = verify_pack(forged, books=(home / "book.xlsx",))
    assert cell["cell"] in {one.cell for one in verdict.differences}
    assert set(names) <= set(verdict.altered)


def test_another_book_is_a_stranger(home: Path, tmp_path: Path) -> None:
    other = run_made.book(tmp_path / "book.xlsx", {"贷款余额（元）": 6_000_000})
    verdict = verify_pack(home / "pack.zip", books=(other,))
    assert verdict.altered == ("book.xlsx",)
    assert verdict.differences
    with pytest.raises(Refused):
        verify_pack(home / "pack.zip", books=(other, home / "book.xlsx"))


def test_an_altered_run_is_not_packed(home: Path, tmp_path: Path) -> None:
    with run_made.changed(home / "run" / "tables" / "T01.csv", b"row\n"), pytest.raises(Refused) as refused:
        pack(home / "run", tmp_path / "p.zip")
    assert refused.value.problem.code == "pack.run_altered"
    assert not (tmp_path / "p.zip").exists()


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/passwd", "a\\b.txt", "folder/", "C:/x"])
def test_paths_that_lead_outside_are_refused(home: Path, tmp_path: Path, name: str) -> None:
    hostile = repacked(tmp_path / "p.zip", {**contents(home / "pack.zip"), name: b""})
    with pytest.raises(Refused) as refused:
        verify_pack(hostile)
    assert refused.value.problem.code == "pack.hostile"
    assert not (tmp_path / "outside.txt").exists()


def test_links_and_duplicates_are_refused(home: Path, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    for at, entry in enumerate((link, zipfile.ZipInfo("PACK.json"))):
        path = repacked(tmp_path / f"{at}.zip", contents(home / "pack.zip"))
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(entry, b"/etc/passwd")
        with pytest.raises(Refused) as refused:
            verify_pack(path)
        assert refused.value.problem.code == "pack.hostile"


def test_a_bomb_and_what_is_no_pack_are_refused(home: Path, tmp_path: Path) -> None:
    bomb = repacked(tmp_path / "bomb.zip", {**contents(home / "pack.zip"), "zeros": bytes(20_000_000)})
    other = repacked(tmp_path / "other.zip", {"hello.txt": b"hello"})
    torn = tmp_path / "torn.zip"
    torn.write_bytes((home / "pack.zip").read_bytes()[:5000])
    for path, code in ((bomb, "pack.hostile"), (other, "pack.not_a_pack"), (torn, "pack.not_a_pack")):
        with pytest.raises(Refused) as refused:
            verify_pack(path)
        assert refused.value.problem.code == code


def test_amounts_of_single_loans_stay_at_the_bank() -> None:
    balance = Trace("balance", "800000.25", "CNY", "explain.balance", source=Source("file", "book.xlsx", "K2"))
    whole = Trace(
        "green_balance", "800000.25", "CNY", "explain.sum", parts=(Trace("JJ1", "800000.25", "CNY", "explain.loan", "", (balance,)),)
    )
    made = masked(whole, Names(["JJ1"]))
    assert (made.value, made.parts[0].name, made.parts[0].value) == ("800000.25", HIDDEN, HIDDEN)
    assert (made.parts[0].parts[0].value, made.parts[0].parts[0].source) == (HIDDEN, balance.source)


@pytest.mark.parametrize("how", ["explain.drawing", "explain.rejected", "explain.register"])
def test_no_amount_of_one_drawing_rejected_row_or_bill_leaves_the_bank(how: str) -> None:
    one = Trace("B1", "1200.00", "CNY", how, source=Source("file", "book.xlsx", "K3"))
    made = masked(Trace("sum", "1200.00", "CNY", "explain.sum", parts=(one,)), Names([]))
    assert (made.value, made.parts[0].name, made.parts[0].value) == ("1200.00", HIDDEN, HIDDEN)


def test_receipts_cannot_be_tried_out_without_the_book(home: Path) -> None:
    result = run_made.computed(home / "book.xlsx")
    secret = secret_of(result.book)
    held = b"".join(contents(home / "pack.zip").values())
    assert secret.encode() not in held
    assert digest("JJ2025000001", secret) != digest("JJ2025000001", run_folder.run_id(result))
    other = replace(result.book, loans=result.book.loans.slice(1))
    assert secret_of(other) != secret


def test_restated_figures_are_in_every_file_and_replay(home: Path, tmp_path: Path) -> None:
    made = run_made.computed(home / "book.xlsx")
    record = Restatement("T01!green_balance.current", Fraction("0.01"), Fraction("0.02"), "亿元", "x", "a", "b", "records.csv!2")
    prior = (PriorCell("T01", "green_balance", "current", Fraction("0.02"), "亿元", restated=record.told),)
    told = pipeline.compute(replace(made.inputs, prior=prior, restatements=(record,)), run_made.OPTIONS, reference=made.reference)
    saved = run_folder.save(told, tmp_path / "run")
    assert "R01!001.old" in {
        cell["cell"] for table in json.loads((tmp_path / "run/tables.json").read_text())["tables"] for cell in table["cells"]
    }
    assert (tmp_path / "run" / "tables" / "R01.csv").exists()
    assert explain.why(run_folder.replay(saved), "R01!001.difference").parts[0].value == "0.02"
    verdict = verify(tmp_path / "run")
    assert (verdict.same, verdict.differences, verdict.altered) == (True, (), ())
    pack(tmp_path / "run", tmp_path / "p.zip")
    assert b"R01!001.new" in contents(tmp_path / "p.zip")[LINEAGE]
    assert verify_pack(tmp_path / "p.zip", books=(home / "book.xlsx",)).same


def test_decisions_by_the_contract_of_a_ledger_without_receipts_are_put_back(tmp_path: Path) -> None:
    book = run_made.book(tmp_path / "book.xlsx", {"合同号": "HT2"})
    ledger = openpyxl.load_workbook(book)
    ledger["借据台账"].delete_cols([cell.value for cell in ledger["借据台账"][1]].index("借据号") + 1)
    ledger.save(book)
    decided = tmp_path / "decisions.csv"
    decided.write_text("借据号,认定结果,经办,复核\nHT1,not_green,wang,li\n", "utf-8")
    reference = run_made.load()
    inputs = pipeline.read(pipeline.Files((book,), decisions=decided), as_of=run_made.AS_OF, reference=reference)
    result = pipeline.compute(inputs, run_made.OPTIONS, reference=reference)
    assert result.tags["decided_by"].to_pylist() == ["decision", "machine"]
    run_folder.save(result, tmp_path / "run")
    pack(tmp_path / "run", tmp_path / "pack.zip")
    rebuilt = verify_pack(tmp_path / "pack.zip", books=(book,))
    assert (rebuilt.same, rebuilt.differences, rebuilt.altered) == (True, (), ())

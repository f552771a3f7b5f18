"""The whole flow on hostile files: nothing that was made acts, nothing tells a borrower's name, nothing can be read by others."""

from __future__ import annotations

import csv
import re
import sqlite3
import stat
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from tests.security.whole_flow import ACTING, ID_NUMBER, NAME, PERSON, PHONE, SQL, Flow, walked

pytestmark = pytest.mark.slow
ACTS = tuple("=+-@\t\r\n＝＋－＠")
SECRETS = (NAME, PERSON, ID_NUMBER, PHONE)
RUNS = ("run", "run2", "strict")
HOLD_NAMES = ("marked", "store", "restored", "backup", "backup.zip")  # the user's own workbook with remarks; the record and its copies


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    return walked(tmp_path_factory.mktemp("flow"))


def _of(flow: Flow, path: Path) -> str:
    return path.relative_to(flow.folder).as_posix()


def test_every_kind_of_export_was_made(flow: Flow) -> None:
    names = {_of(flow, path) for path in flow.made()}
    wanted = ("tagged.csv", "tagged.xlsx", "merged.csv", "merged.xlsx", "decisions.csv", "decisions.xlsx", "dossier.pdf", "backup.zip")
    assert set(wanted) <= names
    for folder in ("run", "strict", "collect", "marked", "rolled", "retagged", "restored"):
        assert [name for name in names if name.startswith(f"{folder}/")], folder
    evil = [path for path in flow.made(".csv") if "EVIL" in path.read_text("utf-8")]
    assert len(evil) >= 4  # the texts did get there


def test_no_cell_of_a_csv_would_act(flow: Flow) -> None:
    acting = []
    for path in flow.made(".csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for line in csv.reader(stream):
                acting += [(_of(flow, path), cell) for cell in line if "EVIL" in cell and cell.lstrip(" \u3000")[:1] in ACTS]
    assert not acting


def test_no_cell_of_a_workbook_is_a_formula_from_the_book(flow: Flow) -> None:
    acting = []
    for path in flow.made(".xlsx"):
        for sheet in openpyxl.load_workbook(path).worksheets:
            cells = (cell for row in sheet.iter_rows() for cell in row)
            acting += [(_of(flow, path), cell.coordinate) for cell in cells if cell.data_type == "f" and "EVIL" in str(cell.value)]
        with zipfile.ZipFile(path) as packed:
            for part in packed.namelist():
                content = packed.read(part).decode("utf-8", "replace")
                acting += [(_of(flow, path), part)] * bool(re.search(r"<(?:f|formula\d?|definedName)\b[^>]*>[^<]*EVIL", content))
                acting += [(_of(flow, path), part)] * bool(part.endswith(".rels") and "EVIL" in content)
    assert not acting


def test_documents_hold_no_link_and_no_script(flow: Flow) -> None:
    for path in flow.made(".pdf"):
        content = path.read_bytes()
        assert content.startswith(b"%PDF")
        assert not re.search(rb"/(?:URI|JavaScript|Launch|OpenAction|EmbeddedFile)\b", content), path


def test_documents_of_evidence_are_kept_and_never_run(flow: Flow) -> None:
    assert not list(flow.folder.rglob("ran"))
    kept = list((flow.store / "evidence").iterdir())
    assert len(kept) == 1
    assert re.fullmatch("[0-9a-f]{64}", kept[0].name)
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600


def test_no_name_where_none_belongs(flow: Flow) -> None:
    told = []
    for path in flow.made():
        name = _of(flow, path)
        if name.split("/")[0] in HOLD_NAMES and not name.endswith(("heads.jsonl", "manifest.json")):
            continue
        may = (NAME, PERSON) if path.suffix == ".parquet" and name.split("/")[0] in RUNS else ()  # a run's own rows, as the book has them
        told += [(name, secret) for secret in SECRETS if secret in _words(path) and secret not in may]
    assert not told


def test_a_private_person_is_not_named_even_in_the_rows(flow: Flow) -> None:
    for folder in RUNS:
        rows = pq.read_table(flow.folder / folder / "loans.parquet").to_pylist()
        persons = [row for row in rows if "个人" in (row["kind"] or "")]
        assert len(persons) > 20
        assert not [row["loan_id"] for row in persons if PERSON in str(row)]


def test_no_name_in_what_was_said(flow: Flow) -> None:
    assert not [(command, secret) for command, words in flow.said.items() for secret in SECRETS if secret in words]


def test_no_name_in_the_record(flow: Flow) -> None:
    """Names stand in the files of rows and nowhere in the database; the papers' own names are what people called them."""
    with closing(sqlite3.connect(flow.store / "greenfin.sqlite")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {table: str(database.execute(f"SELECT * FROM {table}").fetchall()) for table in tables}  # noqa: S608
    assert "events" in found
    assert not [(table, secret) for table, rows in found.items() for secret in SECRETS if secret in rows]


def _words(path: Path) -> str:
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist())
    if path.suffix in (".xlsx", ".zip"):
        with zipfile.ZipFile(path) as packed:
            return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return path.read_bytes().decode("utf-8", "replace")


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
def test_what_was_made_can_be_read_by_its_owner_alone(flow: Flow) -> None:
    open_ = {}
    for path in flow.folder.rglob("*"):
        if path in flow.given or path.name in ("given", "answered"):
            continue
        if mode := stat.S_IMODE(path.stat().st_mode) & 0o077:
            open_[_of(flow, path)] = oct(mode)
    assert not open_


def test_what_was_typed_comes_back_as_it_was(flow: Flow) -> None:
    reason = ACTING[0] + SQL
    with closing(sqlite3.connect(flow.store / "greenfin.sqlite")) as database:
        kept = {row[0] for row in database.execute("SELECT DISTINCT reason FROM decisions WHERE step = 'propose'")}
        assert kept == {reason}
        assert database.execute("SELECT count(*) FROM publications WHERE place <> ?", (reason,)).fetchone()[0] == 0
    assert set(pq.read_table(flow.folder / "decisions.parquet")["reason"].to_pylist()) == {reason}

"""Books, backups and roles."""

from __future__ import annotations

import json
import shutil
import stat
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from greenfin.core.columns import table_of
from greenfin.core.problems import Refused, error, warning
from greenfin.core.records import BOOK_TABLES, Book, SourceFile
from greenfin.store import open_store
from greenfin.store.audit import verify_chain
from greenfin.store.backup import backup, restore
from greenfin.store.books import books, import_book, read_book_back
from greenfin.store.hashed import ROWS, path_of
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.postgres import grant_application
from greenfin.store.rows import content_sha256, keep_rows, read_rows
from greenfin.store.tables import LOGS
from greenfin.store.writing import reading, writing
from tests.store_places import StorePlace, new_place, server

ADMIN = Actor("admin", "admin", ("*",))
ESG = Actor("esg", "esg", ("*",))
AUDITOR = Actor("li.si", "auditor", ("*",))
OFFICER = Actor("zhao", "loan_officer", ("3302",))
NAME = "绿源\x01公司"


def _book() -> Book:
    loans = [
        {
            "loan_id": f"JK{i}",
            "project_id": f"P{i}",
            "branch_code": f"330{i % 3}",
            "customer_name": "绿源\x01公司",
            "balance_fen": 10**15 + i,
        }
        for i in range(7)
    ]
    projects = [{"project_id": f"P{i}"} for i in range(7)]
    operations = [{"document": "电费单"}]
    return Book(
        date(2025, 12, 31),
        loans=table_of("loans", loans),
        projects=table_of("projects", projects),
        operations=table_of("operations", operations),
        files=(SourceFile("book.xlsx", "a" * 64, 7),),
        layout={"book.xlsx!台账": {"balance_fen": "K"}},
    )


def _kinds(store: Store) -> list[str]:
    with reading(store) as session:
        return list(session.connection().execute(text("SELECT kind FROM events ORDER BY number")).scalars())


def test_a_book_comes_back_as_it_was_imported(store: Store) -> None:
    entry = import_book(store, ESG, _book(), [error("ingest.x", "a"), error("ingest.x", "b"), warning("ingest.y")])
    assert (entry.loans, entry.balance_fen, entry.counts["problems"]) == (7, 7 * 10**15 + 21, {"error:ingest.x": 2, "warning:ingest.y": 1})
    back = read_book_back(store, AUDITOR, entry.id)
    assert all(getattr(back, name).equals(getattr(_book(), name)) for name in BOOK_TABLES)
    assert (back.as_of, back.files, dict(back.layout)) == (_book().as_of, _book().files, dict(_book().layout))
    assert _kinds(store) == ["book.imported"]
    assert verify_chain(store).same


def test_the_same_book_has_one_entry_and_another_its_own(store: Store) -> None:
    first = import_book(store, ESG, _book())
    again = import_book(store, Actor("b", "esg", ("*",)), replace(_book(), files=(SourceFile("copy.xlsx", "b" * 64, 7),)))
    assert again == first
    later = import_book(store, ESG, replace(_book(), as_of=date(2026, 1, 31)))
    assert [entry.id for entry in books(store, AUDITOR)] == [later.id, first.id]
    assert [entry.id for entry in books(store, AUDITOR, before=later.imported_at)] == [first.id]
    assert _kinds(store) == ["book.imported"] * 2


def test_a_reader_of_one_branch_gets_its_loans_and_what_belongs_to_them(store: Store) -> None:
    entry = import_book(store, ESG, _book())
    back = read_book_back(store, OFFICER, entry.id)
    assert back.loans["loan_id"].to_pylist() == ["JK2", "JK5"]
    assert back.projects["project_id"].to_pylist() == ["P2", "P5"]
    assert len(back.operations) == 1
    masked = read_book_back(store, ESG, entry.id)
    assert len(masked.loans) == 7
    assert "绿源" not in str(masked.loans["customer_name"].to_pylist())


@pytest.mark.parametrize("actor", [AUDITOR, OFFICER, ADMIN, Actor("m", "maker", ("3301",))])
def test_who_may_not_import_enters_nothing(tmp_path: Path, actor: Actor) -> None:
    store = open_store(tmp_path / "store")
    with pytest.raises(Refused) as refused:
        import_book(store, actor, _book())
    assert refused.value.problem.code == "store.not_permitted"
    assert not (store.files / ROWS).exists()


def test_a_book_that_was_changed_past_the_program_is_found(store: Store) -> None:
    entry = import_book(store, ESG, _book())
    path_of(store.files, ROWS, entry.tables["loans"]).write_bytes(b"PAR1")
    path_of(store.files, ROWS, entry.tables["projects"]).unlink()
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE books SET as_of = '2024-12-31'"))
    codes = [found.problem.code for found in verify_chain(store).findings]
    assert sorted(codes) == ["audit.book_differs", "store.file_altered", "store.file_missing"]
    with pytest.raises(Refused) as refused:
        read_book_back(store, AUDITOR, entry.id)
    assert refused.value.problem.code == "store.file_altered"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "f" * 64])
def test_rows_are_read_by_their_sha256_only(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused) as refused:
        read_rows(open_store(tmp_path), name)
    assert refused.value.problem.code == "store.file_missing"


def test_the_sha256_of_content_is_over_values_not_over_their_storage() -> None:
    table = pa.table({"a": pa.array(["x", None, "", "yz"]), "n": pa.array([1, None, 3, 4]), "f": pa.array([True, None, False, True])})
    parts = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    assert content_sha256(parts) == content_sha256(table)
    others = [
        table.set_column(0, "a", pa.array(["x", "", None, "yz"])),
        table.set_column(0, "a", pa.array(["xy", None, "", "z"])),
        table.set_column(1, "n", pa.array([1, 0, 3, 4])),
        table.set_column(2, "f", pa.array([True, None, None, True])),
        table.rename_columns(["b", "n", "f"]),
        table.slice(0, 3),
    ]
    assert len({content_sha256(one) for one in [table, *others]}) == 7


def test_rows_kept_are_private_and_kept_once(store: Store) -> None:
    first, again = keep_rows(store, _book().loans), keep_rows(store, _book().loans)
    assert first == again
    assert [path.name for path in (store.files / ROWS).iterdir()] == [f"{first}.parquet"]
    assert stat.S_IMODE(path_of(store.files, ROWS, first).stat().st_mode) == 0o600


@pytest.fixture
def used(store: Store) -> Store:
    import_book(store, ESG, _book())
    (store.files / "evidence").mkdir()
    with writing(store) as now:
        now.event("a", "x", reason="行\n\t\\N")
    return store


@pytest.fixture
def empty(store_place: StorePlace, tmp_path: Path) -> Iterator[tuple[str, Path | None]]:
    """An empty place of the same engine, as ``restore`` takes it."""
    if store_place.is_sqlite:
        yield str(tmp_path / "back"), None
    else:
        with new_place("postgresql", tmp_path, is_empty=True) as place:
            yield place.address, tmp_path / "back"


@pytest.mark.parametrize("name", ["kept", "kept.zip"])
def test_a_backup_brings_all_of_it_back(used: Store, tmp_path: Path, empty: tuple[str, Path | None], name: str) -> None:
    manifest = backup(used, ADMIN, tmp_path / name)
    head = verify_chain(used).head
    assert manifest.head
    assert _kinds(used)[-1] == "backup.made"
    with writing(used) as now:
        now.event("a", "after the backup")
    found, verdict = restore(tmp_path / name, empty[0], files=empty[1])
    assert found == manifest
    assert verdict.same
    assert verdict.head
    assert verdict.head.number == manifest.head["number"] < (head.number if head else 0)
    back = open_store(empty[0], files=empty[1])
    assert _kinds(back) == ["book.imported", "x"]
    entry = books(back, AUDITOR)[0]
    assert read_book_back(back, AUDITOR, entry.id).loans.equals(_book().loans)
    with writing(back) as now:
        now.event("a", "goes on")
    assert verify_chain(back).same
    back.engine.dispose()


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
@pytest.mark.parametrize("name", ["kept", "kept.zip"])
def test_a_backup_can_be_read_by_its_owner_alone(used: Store, tmp_path: Path, name: str) -> None:
    backup(used, ADMIN, tmp_path / name)
    paths = [tmp_path / name, *(tmp_path / name).rglob("*")]
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths)
    assert not list(tmp_path.glob(".greenfin-*"))


def test_a_place_that_is_not_empty_is_left_alone(used: Store, store_place: StorePlace, tmp_path: Path) -> None:
    backup(used, ADMIN, tmp_path / "kept")
    for work in (
        lambda: backup(used, ADMIN, tmp_path / "kept"),
        lambda: restore(tmp_path / "kept", store_place.address, files=None if store_place.is_sqlite else tmp_path / "new"),
    ):
        with pytest.raises(Refused) as refused:
            work()
        assert refused.value.problem.code == "store.not_empty"
    assert verify_chain(used).same


def test_only_an_administrator_backs_up(used: Store, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        backup(used, ESG, tmp_path / "kept")
    assert refused.value.problem.code == "store.not_permitted"
    assert not (tmp_path / "kept").exists()


def _altered_byte(folder: Path) -> None:
    path = next((folder / "rows").iterdir())
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def _altered_database(folder: Path) -> None:
    path = next(path for path in (folder / "database").iterdir() if path.stem in ("greenfin", "events"))
    path.write_bytes(path.read_bytes() + b"x")


def _forged_manifest(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder.parent / "stolen").write_text("secret", "utf-8")
    manifest["files"]["../stolen"] = {"size": 6, "sha256": "f" * 64}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def _link(folder: Path) -> None:
    path = next((folder / "rows").iterdir())
    path.unlink()
    path.symlink_to("/etc/passwd")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_altered_byte, "store.backup_altered"),
        (_altered_database, "store.backup_altered"),
        (_forged_manifest, "store.backup_not_ours"),
        (_link, "store.backup_not_ours"),
        (lambda folder: (folder / "more.txt").write_text("x"), "store.backup_not_ours"),
        (lambda folder: shutil.rmtree(folder / "rows"), "store.backup_not_ours"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "store.backup_unreadable"),
        (lambda folder: (folder / "manifest.json").write_text("[" * 99_999), "store.backup_unreadable"),
        (lambda folder: (folder / "manifest.json").unlink(), "store.backup_unreadable"),
    ],
)
def test_an_altered_backup_is_refused_and_leaves_nothing(
    used: Store, tmp_path: Path, empty: tuple[str, Path | None], change: object, code: str
) -> None:
    backup(used, ADMIN, tmp_path / "kept")
    change(tmp_path / "kept")  # type: ignore[operator]
    with pytest.raises(Refused) as refused:
        restore(tmp_path / "kept", empty[0], files=empty[1])
    assert refused.value.problem.code == code
    folder = tmp_path / "back"
    assert not folder.exists() or not list(folder.iterdir())
    if empty[1]:
        engine = create_engine(empty[0])
        assert inspect(engine).get_table_names() == []
        engine.dispose()


@pytest.mark.parametrize("name", ["../escaped", "/etc/escaped", "rows/../../escaped", "rows\\..\\escaped", "C:escaped"])
def test_a_zip_with_a_way_out_is_refused(tmp_path: Path, name: str) -> None:
    store = open_store(tmp_path / "store")
    backup(store, ADMIN, tmp_path / "kept.zip")
    with zipfile.ZipFile(tmp_path / "kept.zip", "a") as archive:
        archive.writestr(name, "x")
    with pytest.raises(Refused) as refused:
        restore(tmp_path / "kept.zip", tmp_path / "deep" / "back")
    assert refused.value.problem.code == "store.backup_not_ours"
    assert not list(tmp_path.rglob("escaped"))


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 99])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kept.zip").write_bytes(content)
    for origin in (tmp_path / "kept.zip", tmp_path / "nowhere"):
        with pytest.raises(Refused) as refused:
            restore(origin, tmp_path / "back")
        assert refused.value.problem.code == "store.backup_unreadable"


def test_a_backup_of_one_engine_does_not_go_to_the_other(tmp_path: Path) -> None:
    backup(open_store(tmp_path / "store"), ADMIN, tmp_path / "kept.zip")
    with pytest.raises(Refused) as refused:
        restore(tmp_path / "kept.zip", "postgresql+psycopg://nobody@/x", files=tmp_path / "new")
    assert refused.value.problem.code == "store.other_engine"


ROLE = 'greenfin "app" %s'


@pytest.fixture
def as_application(tmp_path: Path) -> Iterator[Store]:
    """A store on the server, opened by the role of the application."""
    with new_place("postgresql", tmp_path) as place:
        owner = place.open()
        grant_application(owner, ROLE)
        grant_application(owner, ROLE)  # again after an upgrade: the same
        owner.engine.dispose()
        name = owner.engine.url.database or ""
        store = open_store(owner.engine.url.set(username=ROLE).render_as_string(hide_password=False), files=tmp_path / "files")
        yield store
        store.engine.dispose()
        server().run(f'DROP OWNED BY "{ROLE.replace(chr(34), chr(34) * 2)}"', database=name)


def test_the_application_reads_and_adds(as_application: Store) -> None:
    entry = import_book(as_application, ESG, _book())
    assert books(as_application, AUDITOR) == (entry,)
    assert verify_chain(as_application).same


@pytest.mark.parametrize("log", [*LOGS, "blocks"])
def test_the_application_cannot_change_a_log(as_application: Store, log: str) -> None:
    with writing(as_application) as now:
        now.event("a", "x")
    attacks = (
        f"UPDATE {log} SET number = 9",  # noqa: S608  # of this test
        f"DELETE FROM {log}",  # noqa: S608
        f"TRUNCATE {log}",
        f"DROP TABLE {log}",
        f"ALTER TABLE {log} DISABLE TRIGGER ALL",
        f"DROP TRIGGER {log}_no_change ON {log}",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION greenfin_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "UPDATE alembic_version SET version_num = '0'",
    )
    for attack in attacks:
        with pytest.raises(DBAPIError) as refused, as_application.engine.begin() as connection:
            connection.exec_driver_sql(attack)
        assert getattr(refused.value.orig, "sqlstate", "") == "42501", attack
    assert verify_chain(as_application).same


def test_a_role_that_could_change_the_logs_all_the_same_is_refused(tmp_path: Path) -> None:
    with new_place("postgresql", tmp_path) as place:
        store = place.open()
        with pytest.raises(Refused) as refused:
            grant_application(store, "postgres")
        assert refused.value.problem.code == "store.role_too_strong"
        store.engine.dispose()
    with pytest.raises(Refused) as refused:
        grant_application(open_store(tmp_path / "local"), "anybody")
    assert refused.value.problem.code == "store.no_roles"


def test_an_owner_who_may_make_no_roles_is_told_who_can(tmp_path: Path) -> None:
    with new_place("postgresql", tmp_path) as place:
        store = place.open()
        name = store.engine.url.database or ""
        for statement in ("CREATE ROLE plain LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO plain"):
            server().run(statement, database=name)
        plain = open_store(store.engine.url.set(username="plain").render_as_string(hide_password=False), files=tmp_path / "files")
        with pytest.raises(Refused) as refused:
            grant_application(plain, "application")
        assert refused.value.problem.code == "store.role_not_made"
        plain.engine.dispose()
        store.engine.dispose()
        server().run("DROP OWNED BY plain", database=name)
        server().run("DROP ROLE plain", database=name)

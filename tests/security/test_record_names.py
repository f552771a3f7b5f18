"""Borrowers' names in free text: covered in exports, and for whoever may not read names."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from sqlalchemy import text

from greenfin.core.columns import table_of
from greenfin.core.problems import Outcome
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.store.books import import_book
from greenfin.store.decisions import Done, approve, propose
from greenfin.store.evidence import Link, add_evidence, evidence_of
from greenfin.store.exporting import decisions_table
from greenfin.store.history import history, machine_views, readable, readable_documents
from greenfin.store.one_loan import book_of_loan
from greenfin.store.opening import Store
from greenfin.store.queue import tags_of as store_tags
from greenfin.store.trails import trail_of
from tests.reviewed import AUDITOR, CHECKER, ESG, MAKER, entered, items, loans_of, tags_of, wanted

DAY = date(2025, 12, 31)
NAME, USCC = "江北风电有限公司", "91320000MA1XXXXX4K"
REASON = f"{NAME}（{USCC}）立项批复已核，联系人 13800138000"


def _decided(store: Store) -> None:
    loans = loans_of(["L1"]).drop_columns(["customer_name"]).append_column("customer_name", [[NAME]])
    kept = import_book(store, MAKER, Book(as_of=DAY, loans=loans.select(loans_of(["L1"]).column_names)))
    entered(store, ["L1"], book=kept.id)
    done: Outcome[Done] = propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=load(), reason=REASON, effective_on=DAY)
    assert not done.problems
    approve(store, CHECKER, items(store, ["L1"]))


def test_reasons_in_an_export_are_without_names_and_numbers(store: Store) -> None:
    _decided(store)
    for actor in (AUDITOR, ESG, CHECKER):  # whoever takes them out
        said = decisions_table(store, actor, as_of=DAY)["reason"][0].as_py()
        assert not [secret for secret in (NAME, USCC, "13800138000") if secret in said]
        assert "立项批复已核" in said


def test_reasons_are_covered_for_whoever_may_not_read_names(store: Store) -> None:
    _decided(store)
    assert history(store, CHECKER, "L1")[0]["reason"] == history(store, AUDITOR, "L1")[0]["reason"] == REASON
    said = history(store, ESG, "L1")[0]["reason"]
    assert (NAME in said, USCC in said, "立项批复已核" in said) == (False, False, True)


def test_a_dossier_is_without_names_unless_asked_and_always_in_the_log(store: Store, tmp_path: Path) -> None:
    _decided(store)
    paper = tmp_path / f"{NAME}环评批复.pdf"
    paper.write_bytes(b"%PDF")
    add_evidence(store, MAKER, paper, kind="eia", links=[Link(receipt="L1")])
    found = trail_of(store, AUDITOR, "L1")
    assert NAME not in found.acts[0].reason + found.documents[0].name
    assert found.documents[0].name.endswith("环评批复.pdf")
    named = trail_of(store, AUDITOR, "L1", names=True)
    assert (named.acts[0].reason, named.documents[0].name) == (REASON, paper.name)
    with store.engine.connect() as connection:
        logged = connection.execute(text("SELECT detail FROM events WHERE kind = 'export.made' ORDER BY number")).scalars().all()
    assert [json.loads(detail)["with_names"] for detail in logged] == [False, True]


def test_what_waits_and_file_names_are_covered_for_whoever_may_not_read_names(store: Store, tmp_path: Path) -> None:
    loans = loans_of(["L1"]).drop_columns(["customer_name"]).append_column("customer_name", [[NAME]])
    kept = import_book(store, MAKER, Book(as_of=DAY, loans=loans.select(loans_of(["L1"]).column_names)))
    entered(store, ["L1"], book=kept.id)
    assert not propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=load(), reason=REASON).problems
    paper = tmp_path / f"{NAME}环评批复.pdf"
    paper.write_bytes(b"%PDF")
    add_evidence(store, MAKER, paper, kind="eia", links=[Link(receipt="L1")])
    tags = store_tags(store, ESG, ["L1"])
    for actor, is_covered in ((ESG, True), (CHECKER, False), (AUDITOR, False)):
        (reason,) = readable(store, actor, tags, [REASON])
        (document,) = readable_documents(store, actor, "L1", evidence_of(store, actor, "L1"))
        assert (NAME not in reason, USCC not in reason, NAME not in document.name) == (is_covered,) * 3
        assert ("立项批复已核" in reason, document.name.endswith("环评批复.pdf")) == (True, True)
    assert readable(store, ESG, [], []) == []


def test_project_texts_and_what_the_machine_found_are_covered_too(store: Store) -> None:
    other = "江南光伏有限公司"
    loans = loans_of(["L1", "L2"], projects=["P1", "P1"]).drop_columns(["customer_name"])
    loans = loans.append_column("customer_name", [[NAME, other]]).select(loans_of(["L1"]).column_names)
    said = {"project_id": ["P1"], "project_name": [f"{NAME}与{other}风电场"], "content": [f"{other}承建"], "green_cert": [f"发给{NAME}"]}
    kept = import_book(store, MAKER, Book(as_of=DAY, loans=loans, projects=table_of("projects", said)))
    evidence = json.dumps([{"kind": "purpose", "text": f"{NAME}风电"}])
    entered(store, ["L1", "L2"], book=kept.id, tags=tags_of(["L1", "L2"], evidence=[evidence, "[]"]), projects=["P1", "P1"])
    for actor, is_covered in ((ESG, True), (CHECKER, False)):
        (tag,) = store_tags(store, actor, ["L1"])
        book = book_of_loan(store, actor, tag)
        (view,) = machine_views(store, actor, "L1")
        shown = str(book.projects.to_pylist()) + str(view["evidence"])
        assert [name in shown for name in (NAME, other, "风电")] == [not is_covered, not is_covered, True]

"""Documents: of the loan's place, as they were entered, and altered past the program."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from greenfin.core.columns import table_of
from greenfin.core.problems import Refused
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.store.audit import verify_chain
from greenfin.store.books import import_book
from greenfin.store.evidence import Link, add_evidence
from greenfin.store.needs import needs_on
from greenfin.store.opening import Store
from tests.reviewed import EDITION, MAKER, entered, loans_of, tags_of

DAY = date(2025, 12, 31)


def _paper(folder: Path, content: bytes) -> Path:
    path = folder / "paper.pdf"
    path.write_bytes(content)
    return path


def _in_place(store: Store, place: str | None, project_place: str | None = None) -> None:
    loans = loans_of(["L1"], projects=["P"]).drop_columns(["region_use"]).append_column("region_use", [[place]])
    book = Book(
        as_of=DAY,
        loans=loans.select(loans_of(["L1"]).column_names),
        projects=table_of("projects", {"project_id": ["P"], "region": [project_place]}),
    )
    kept = import_book(store, MAKER, book)
    entered(store, ["L1"], book=kept.id, tags=tags_of(["L1"], needs=['["eia_approval"]']), projects=["P"])


@pytest.mark.parametrize(
    ("place", "project_place", "region", "is_here"),
    [
        ("510104", None, "51", True),
        ("510104", None, "510000", True),
        ("510104", None, "510100", True),
        ("510000", None, "510104", True),  # the loan's province alone is known
        ("510104", None, "320000", False),
        ("510104", None, "510105", False),
        ("510104", "320500", "320000", True),  # the project's place goes before the loan's
        ("四川省", None, "510100", True),
        ("四川省", None, "320500", False),
        ("某地", None, "320500", True),  # a place nobody knows
        (None, None, "320500", True),
        ("510104", None, "", True),
    ],
)
def test_a_document_of_another_region_answers_nothing(
    store: Store, tmp_path: Path, *, place: str | None, project_place: str | None, region: str, is_here: bool
) -> None:
    _in_place(store, place, project_place)
    sha = add_evidence(store, MAKER, _paper(tmp_path, b"eia"), kind="eia", links=[Link(receipt="L1")], region=region)
    need = needs_on(store, MAKER, "L1", EDITION, on=DAY, regions=load().regions)[0]
    assert (need.met_by, need.elsewhere) == (((sha,), ()) if is_here else ((), (sha,)))


def test_the_days_of_a_document_are_not_rewritten(store: Store, tmp_path: Path) -> None:
    entered(store, ["L1", "L2"])
    paper, link = _paper(tmp_path, b"certificate"), [Link(receipt="L2")]
    sha = add_evidence(store, MAKER, paper, kind="certificate", links=[Link(receipt="L1")], valid_to=DAY, region="51")
    for other in ({"kind": "other"}, {"valid_to": date(2030, 1, 1)}, {"valid_from": DAY}, {"region": "32"}):
        with pytest.raises(Refused) as refused:
            add_evidence(store, MAKER, paper, links=link, **{"kind": "certificate", **other})
        assert refused.value.problem.code == "store.evidence_known"
    assert add_evidence(store, MAKER, paper, kind="certificate", links=link) == sha
    assert verify_chain(store).same


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE evidence SET valid_to = '2030-01-01'",
        "UPDATE evidence SET kind = 'approval'",
        "UPDATE evidence SET region = '32'",
        "UPDATE evidence_links SET receipt = 'L2'",
        "INSERT INTO evidence_links (sha256, receipt, project, edition, need) SELECT sha256, 'L2', '', '', '' FROM evidence",
        "DELETE FROM evidence_links",
    ],
)
def test_a_document_altered_past_the_program_is_found(store: Store, tmp_path: Path, change: str) -> None:
    entered(store, ["L1", "L2"])
    add_evidence(store, MAKER, _paper(tmp_path, b"x"), kind="certificate", links=[Link(receipt="L1")], valid_to=DAY)
    assert verify_chain(store).same
    with store.engine.begin() as connection:
        connection.execute(text(change))
    assert [f.problem.code for f in verify_chain(store).findings] == ["audit.evidence_differs"]

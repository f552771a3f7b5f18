"""Reports of banks in every format: what was planted is found, and nothing else."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from greenfin.published import Checked, checked, read_published
from greenfin.published.pdf import blocks_of
from greenfin.published.pdf_pages import pages_of
from greenfin.published.reading import document_of
from greenfin.published.shapes import Document
from greenfin.reference.load import Reference, load
from tests.published_reports import names, report, write

QUICK = ("md", "csv", "xlsx", "docx")
SLOW = ("pdf", "plain_pdf")
PAGES = 50


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load(None)


def _read(path: Path) -> Document:
    if path.suffix == ".pdf":  # in this process: starting another one for each would take longer than the reading
        return document_of(path, tuple(blocks_of(list(pages_of(str(path), most=PAGES)))))
    return read_published(path).value


def _found(name: str, kind: str, folder: Path, reference: Reference) -> Checked:
    made = report(name)
    prior = _read(write(report(made.prior), kind, folder)) if made.prior else None
    return checked(_read(write(made, kind, folder)), reference=reference, prior=prior)


def _told(found: Checked) -> Counter[tuple[str, str, str]]:
    said = ((f.rule, f.severity, f.published if isinstance(f.published, str) else f"{f.published:.10g}") for f in found.findings)
    return Counter(said)


@pytest.mark.parametrize("kind", QUICK)
@pytest.mark.parametrize("name", names())
def test_finds_what_is_planted_and_nothing_else(name: str, kind: str, tmp_path: Path, reference: Reference) -> None:
    found = _found(name, kind, tmp_path, reference)
    assert _told(found) == Counter(report(name).expect)
    assert found.checked >= found.reproduced


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name in names() for kind in SLOW if kind in report(name).formats])
def test_pages_give_the_same_as_the_other_formats(name: str, kind: str, tmp_path: Path, reference: Reference) -> None:
    assert _told(_found(name, kind, tmp_path, reference)) == Counter(report(name).expect)


@pytest.mark.parametrize(
    ("name", "kind"), [("city_bank_2022", "pdf"), ("by_use_total_wrong", "plain_pdf"), ("facility_three_fields_wrong", "plain_pdf")]
)
def test_a_few_pages_with_and_without_lines(name: str, kind: str, tmp_path: Path, reference: Reference) -> None:
    assert _told(_found(name, kind, tmp_path, reference)) == Counter(report(name).expect)


def test_all_fourteen_changes_of_the_published_table_reproduce(tmp_path: Path, reference: Reference) -> None:
    found = _found("city_bank_2022", "md", tmp_path, reference)
    assert not [f for f in found.findings if f.rule == "V-YOY"]
    changsha = _found("statements_2022", "md", tmp_path, reference)
    growth = next(f for f in changsha.findings if f.published == 95.41)
    assert (round(growth.low or 0, 2), round(growth.recomputed or 0, 2), round(growth.high or 0, 2)) == (94.96, 95.16, 95.36)

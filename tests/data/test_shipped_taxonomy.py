"""The shipped catalogues: the official counts, codes that exist, and a crosswalk that only hints."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from greenfin.reference.catalogue import crossings
from greenfin.reference.load import Reference, load
from greenfin.reference.search import search


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


@pytest.mark.parametrize(("edition", "counts"), [("green-finance-2025", (9, 38, 271)), ("green-industry-2019", (6, 30, 211))])
def test_official_counts(reference: Reference, edition: str, counts: tuple[int, int, int]) -> None:
    catalogue = reference.catalogues[edition]
    found = Counter(entry.level for entry in catalogue.entries.values())
    assert (found[1], found[2], found[3]) == counts
    assert tuple(catalogue.counts.values()) == counts
    assert len(list(catalogue.leaves())) == counts[2]


def test_industries_of_gbt_4754(reference: Reference) -> None:
    found = Counter(industry.level for industry in reference.industries.values())
    assert [found[level] for level in (1, 2, 3, 4)] == [20, 97, 473, 1381]
    assert reference.industries["0111"].section == "A"


def test_default_edition(reference: Reference) -> None:
    assert [c.id for c in reference.catalogues.values() if c.default] == ["green-finance-2025"]


def test_marks_and_bases_are_official_only_where_they_are(reference: Reference) -> None:
    new, old = (reference.catalogues[name] for name in ("green-finance-2025", "green-industry-2019"))
    assert Counter(e.carbon_mark for e in new.leaves()) == {"none": 125, "enabling": 63, "direct": 45, "mixed": 38}
    assert {e.industries_basis for e in new.leaves()} == {"official", "remarks", ""}
    assert {e.industries_basis for e in old.entries.values()} == {"inferred", ""}
    assert {e.carbon_mark for e in old.entries.values()} == {""}


def test_a_mark_agrees_with_its_industries(reference: Reference) -> None:
    """One mark over all industries with a code (over all lines where none has one) is the entry's; different ones make it mixed."""
    for entry in reference.catalogues["green-finance-2025"].leaves():
        by = entry.carbon_by_industry
        marks = {by[code] for code in by if code.isdigit()} or set(by.values())
        assert entry.carbon_mark == (marks.pop() if len(marks) == 1 else "mixed"), entry.code


def test_every_old_leaf_has_an_answer_in_the_crosswalk(reference: Reference) -> None:
    old = reference.catalogues["green-industry-2019"]
    without = [e.code for e in old.leaves() if not crossings(reference, old.id, e.code, "green-finance-2025")]
    assert without == []


def test_no_judged_pair_counts_as_verified(reference: Reference) -> None:
    judged = [c for c in reference.crosswalks if "judged" in c.note or c.kind == "dropped"]
    assert judged
    assert all(c.verified.startswith("no: ") for c in judged)


def test_crossings_go_both_ways(reference: Reference) -> None:
    there = crossings(reference, "green-industry-2019", "3.2.2", "green-finance-2025")
    assert [c.to_code for c in there] == ["4.2.2"]
    back = crossings(reference, "green-finance-2025", "4.2.2", "green-industry-2019")
    assert "3.2.2" in [c.to_code for c in back]


@pytest.mark.parametrize(
    ("as_of", "edition"),
    [("2019-01-01", "green-industry-2019"), ("2025-09-30", "green-industry-2019"), ("2025-10-01", "green-finance-2025")],
)
def test_edition_of_a_return(reference: Reference, as_of: str, edition: str) -> None:
    assert reference.editions.for_return(date.fromisoformat(as_of)) == edition


@pytest.mark.parametrize(
    ("approved", "drawn", "edition"),
    [
        ("2025-06-30", "2025-11-01", "green-industry-2019"),  # approved before publication, not drawn then
        ("2025-06-30", None, "green-industry-2019"),
        ("2025-07-13", "2025-12-30", "green-industry-2019"),
        ("2025-06-30", "2025-07-01", "green-industry-2019"),  # drawn under the earlier edition
        ("2025-07-14", "2025-09-30", "green-industry-2019"),  # approved since publication: the edition in force when drawn
        ("2025-07-14", "2025-10-01", "green-finance-2025"),
        ("2025-08-01", None, "green-finance-2025"),
        ("2025-10-01", "2025-10-02", "green-finance-2025"),
        (None, "2025-09-30", "green-industry-2019"),
        (None, "2025-10-01", "green-finance-2025"),
        (None, None, "green-finance-2025"),
    ],
)
def test_edition_of_a_loan(reference: Reference, approved: str | None, drawn: str | None, edition: str) -> None:
    days = [date.fromisoformat(day) if day else None for day in (approved, drawn)]
    assert reference.editions.for_loan(*days, date(2025, 12, 31)) == edition


def test_search_puts_names_before_words(reference: Reference) -> None:
    catalogue = reference.catalogues["green-finance-2025"]
    found = search(catalogue, "风力发电")
    assert "风力发电" in found[0].name_zh
    assert found[0].is_leaf
    assert search(catalogue, "4.2.1")[0].code == "4.2.1"
    assert search(catalogue, "WIND power")
    assert search(catalogue, "4.2")[0].code == "4.2"
    assert {"4.2.1", "4.2.2"} <= {e.code for e in search(catalogue, "4.2")}
    assert "4.2.1" in {e.code for e in search(catalogue, "4415")}
    assert search(catalogue, "") == ()
    assert search(catalogue, "没有这样的词") == ()

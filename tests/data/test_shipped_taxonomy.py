"""The shipped catalogues: the official counts, codes that exist, and a crosswalk that only hints."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from greenfin.reference.catalogue import crossings
from greenfin.reference.load import Reference, load
from greenfin.reference.search import search
from greenfin.reference.thresholds import read_thresholds


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


@pytest.mark.parametrize(
    ("edition", "counts", "leaves"),
    [
        ("green-finance-2025", (9, 38, 271), 271),
        ("green-industry-2019", (6, 30, 211), 211),
        ("pboc-green-loan-stat-2019", (6, 30, 211), 211),
        ("green-bond-2021", (6, 25, 48, 204), 203),
        ("green-lowcarbon-2024", (7, 31, 246), 246),
        ("green-financing-stat-2020", (9, 41, 178, 52), 224),
        ("green-credit-2013", (12, 43, 10, 3), 53),
        ("cerf", (), 17),
        ("eu-taxonomy", (), 236),
    ],
)
def test_official_counts(reference: Reference, edition: str, counts: tuple[int, ...], leaves: int) -> None:
    catalogue = reference.catalogues[edition]
    found = Counter(entry.level for entry in catalogue.entries.values())
    missing = {gap.level: gap.missing for gap in catalogue.gaps if gap.what == "entries"}
    assert tuple(catalogue.counts.values()) == counts
    assert all(found[level] + missing.get(level, 0) == count for level, count in catalogue.counts.items())
    assert len(list(catalogue.leaves())) == leaves


def test_what_was_not_found_is_declared_and_nothing_put_in_its_place(reference: Reference) -> None:
    bond = reference.catalogues["green-bond-2021"]
    assert [(gap.level, gap.missing) for gap in bond.gaps if gap.what == "entries"] == [(3, 1), (4, 1)]
    others = [c.id for c in reference.catalogues.values() if c.id != bond.id and any(gap.what == "entries" for gap in c.gaps)]
    assert others == []


@pytest.mark.parametrize("edition", sorted(load().catalogues))
def test_leaves_without_standards_are_declared(reference: Reference, edition: str) -> None:
    catalogue = reference.catalogues[edition]
    asked = {line.entry for line in read_thresholds(catalogue.folder / "thresholds.csv")}
    without = [entry.code for entry in catalogue.leaves() if entry.code not in asked]
    assert [gap.missing for gap in catalogue.gaps if gap.what == "criteria"] == [len(without)]


def test_standards_grades_and_numbers_are_data(reference: Reference) -> None:
    lines = read_thresholds(reference.catalogues["green-finance-2025"].folder / "thresholds.csv")
    asked = {(line.entry, line.standard, line.grade, line.fact, line.op, str(line.value), line.unit) for line in lines}
    assert ("1.1.1", "TSG 91", "target", "", "", "0", "") in asked
    assert ("1.1.1", "GB 24500", "1", "grade", "<=", "1", "") in asked
    assert ("4.1.1", "", "", "capacity", ">=", "5", "MW") in asked
    assert ("4.3.1", "", "", "efficiency", ">=", "70", "%") in asked
    assert ("6.1.1", "", "", "star", ">=", "1", "") in asked


def test_report_codes_are_unique(reference: Reference) -> None:
    for edition in ("pboc-green-loan-stat-2019", "green-financing-stat-2020", "green-credit-2013"):
        codes = [entry.report_code for entry in reference.catalogues[edition].entries.values()]
        assert all(codes)
        assert len(set(codes)) == len(codes)


def test_eu_activities_keep_objective_sector_and_nace(reference: Reference) -> None:
    catalogue = reference.catalogues["eu-taxonomy"]
    wind = catalogue.entries["CCM 4.3"]
    assert (wind.name_en, wind.nace) == ("Electricity generation from wind power", ("D35.11", "F42.22"))
    assert [catalogue.entries[code].name_en for code in catalogue.ancestors("CCM 4.3")] == ["Energy", "Climate change mitigation"]


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
    marked = [c.id for c in reference.catalogues.values() if any(e.carbon_mark for e in c.entries.values())]
    assert marked == ["green-finance-2025"]
    assert {e.industries_basis for c in reference.catalogues.values() if c is not new for e in c.entries.values()} == {"inferred", ""}
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


def test_all_pairs_of_the_crosswalk_are_kept(reference: Reference) -> None:
    pairs = Counter((c.from_edition, c.to_edition) for c in reference.crosswalks)
    assert len(pairs) == 13
    assert pairs.total() == 2299
    assert sum(c.kind == "dropped" for c in reference.crosswalks) == 51


def test_pairs_without_a_file_of_their_own_are_not_chained(reference: Reference) -> None:
    assert crossings(reference, "cerf", "A.01", "green-finance-2025")
    assert crossings(reference, "cerf", "A.01", "green-bond-2021") == ()


def test_what_is_about_coal_has_no_counterpart_in_the_bond_catalogue(reference: Reference) -> None:
    for code in ("2.3.2", "3.3.1", "3.3.2", "3.3.3", "3.4.4"):
        assert [c.kind for c in crossings(reference, "green-industry-2019", code, "green-bond-2021")] == ["dropped"]


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


def test_a_return_and_a_loan_follow_their_own_family(reference: Reference) -> None:
    rules = reference.editions
    days = [date(year, month, 28) for year in range(2015, 2030) for month in (1, 6, 9, 12)]
    assert {rules.for_return(day) for day in days} == {"green-industry-2019", "green-finance-2025"}
    assert {rules.for_loan(day, None, day) for day in days} == {"green-industry-2019", "green-finance-2025"}


@pytest.mark.parametrize(
    ("family", "day", "edition"),
    [
        ("bond", "2021-07-01", "green-bond-2021"),
        ("bond", "2025-09-30", "green-bond-2021"),
        ("bond", "2025-10-01", "green-finance-2025"),
        ("pboc", "2024-12-31", "pboc-green-loan-stat-2019"),
        ("nfra", "2015-12-31", "green-credit-2013"),
        ("nfra", "2025-12-31", "green-financing-stat-2020"),
        ("facility", "2022-06-30", "cerf"),
        ("eu", "2024-12-31", "eu-taxonomy"),
    ],
)
def test_edition_of_a_family(reference: Reference, family: str, day: str, edition: str) -> None:
    on = date.fromisoformat(day)
    assert reference.editions.for_return(on, family) == edition


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
    approved_on, start_on = (date.fromisoformat(day) if day else None for day in (approved, drawn))
    assert reference.editions.for_loan(approved_on, start_on, date(2025, 12, 31)) == edition


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

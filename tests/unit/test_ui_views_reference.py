"""What the pages of factors and catalogues show."""

from __future__ import annotations

from datetime import date

import pytest

from greenfin.data_checks import checked_data
from greenfin.reference.load import Reference, load
from greenfin.ui.views import catalogues, factors


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


@pytest.mark.parametrize("words", ["grid.avg", "电力平均", "dianli pingjun", "dlpj", "average grid"])
def test_a_factor_is_found_by_id_words_and_pinyin(reference: Reference, words: str) -> None:
    assert "grid.avg" in [line.id for line in factors.listed(reference, words, "zh", size=100).lines]


def test_factors_come_a_page_at_a_time(reference: Reference) -> None:
    first = factors.listed(reference, "", "en", size=10)
    assert (len(first.lines), first.span.total, first.span.after) == (10, len(reference.factors.ids), 10)
    last = factors.listed(reference, "", "en", start=10_000, size=10)
    assert last.span.after is None
    some = factors.listed(reference, "", "zh", only_unverified=True)
    assert all(line.unverified for line in some.lines)
    assert some.span.total < first.span.total
    assert factors.listed(reference, "no such thing", "zh").lines == ()


def test_values_carry_their_documents(reference: Reference) -> None:
    found = factors.values(reference, "grid.avg", "zh", region="CN-SC")
    assert {value.place for value in found} == {"四川"}
    assert [value.year for value in found] == sorted((value.year for value in found), reverse=True)
    assert all(value.document and value.sure for value in found)
    assert "CN-SC" in factors.regions_of(reference, "grid.avg", "en")


def test_the_value_for_a_place_and_a_day_says_why_and_why_not(reference: Reference) -> None:
    found = factors.found_for(reference, "grid.avg", "CN-SC", date(2025, 12, 31), "zh")
    assert found.chosen is not None
    assert found.chosen.place == "四川"
    assert found.how
    assert any(why == "有更新的年份" for _, why in found.passed)
    nothing = factors.found_for(reference, "grid.avg", "CN-SC", date(1999, 1, 1), "en")
    assert nothing.chosen is None
    assert nothing.passed


def test_a_chart_is_a_picture_and_nothing_without_years(reference: Reference) -> None:
    assert factors.chart(reference, "grid.avg", "zh", region="CN-SC").startswith(b"\x89PNG")
    timeless = next(id_ for id_ in reference.factors.ids if all(f.data_year is None for f in reference.factors.by_id(id_)))
    assert factors.chart(reference, timeless, "en") == b""


def test_documents_not_seen_and_what_they_blank(reference: Reference) -> None:
    _, problems = checked_data()
    found = factors.documents(reference, problems, "zh")
    assert sum(one.unverified for one in found) == sum(p.code == factors.UNVERIFIED for p in problems)
    first = found[0]
    rows = list(factors.blanks(problems, source=first.id, reference=reference))
    assert len(rows) == first.blank
    assert set(first.methods) == {method for _, _, methods in rows for method in methods}


def test_an_edition_is_a_tree_of_all_its_entries(reference: Reference) -> None:
    editions = catalogues.editions(reference, "zh")
    assert editions[0] == ("green-finance-2025", "绿色金融支持项目目录（2025年版）")
    for id_, _ in editions:
        branches = catalogues.branches(reference.catalogues[id_], "zh")
        assert sum(map(len, branches.values())) == len(reference.catalogues[id_].entries)
        assert branches[""]
    about = catalogues.edition(reference, "green-finance-2025", "en")
    assert any("271" in value for _, value in about.facts)


@pytest.mark.parametrize(
    ("words", "code"), [("风力发电装备制造", "4.1.1"), ("fengli fadian", "4.1.1"), ("wind power equipment", "4.1.1"), ("8.5.1", "8.5.1")]
)
def test_an_entry_is_found_by_words_pinyin_and_code(reference: Reference, words: str, code: str) -> None:
    lines, _ = catalogues.found(reference.catalogues["green-finance-2025"], words, "zh")
    assert code in [line.code for line in lines]


def test_an_entry_with_what_is_asked_and_where_it_went(reference: Reference) -> None:
    one = catalogues.shown(reference, "green-finance-2025", "8.5.1", "zh", on=date(2025, 12, 31))
    assert [code for code, _ in one.above] == ["8", "8.5"]
    assert one.asked[0].scope == "陆上风机"
    assert "5MW" in one.asked[0].asks
    assert one.asked[0].is_sure
    older = next(e.code for e in reference.catalogues["green-industry-2019"].leaves())
    steps = catalogues.shown(reference, "green-industry-2019", older, "en", on=date(2025, 12, 31)).neighbours
    assert any(step.edition == "green-finance-2025" for step in steps)
    assert all(step.kind for step in steps)

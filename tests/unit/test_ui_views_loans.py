"""Loans as the front end shows them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from greenfin.core.problems import Refused
from greenfin.ui.views.loan import Loan, loan, segments
from greenfin.ui.views.loans import Filter, loans_of, offers, page

PURPOSE = "用于屋顶光伏发电项目建设"
EVIDENCE = [
    {"kind": "purpose", "text": "光伏发电", "start": 4, "end": 8, "rule": "3.2.1"},
    {"kind": "purpose", "text": "光伏", "start": 4, "end": 6, "rule": ""},
    {"kind": "project", "text": "20兆瓦", "start": 7, "end": 11, "rule": "3.2.1"},
    {"kind": "product", "text": "项目", "start": 7, "end": 9, "rule": "r"},
    {"kind": "industry", "text": "4416", "start": None, "end": None, "rule": "use"},
]


def _row(i: int) -> dict[str, object]:
    kind = ("green", "not_green", "review")[i % 3]
    return {
        "loan_id": f"L{i:03d}",
        "branch_name": f"支行{i % 2}",
        "customer_name": f"<b>虚构企业{i}</b>",
        "project_id": "P1",
        "product": "固定资产贷款",
        "kind": "项目贷款",
        "purpose": PURPOSE if kind == "green" else "流动资金周转",
        "balance_fen": 123_456_789 if i else None,
        "start_on": date(2025, 3, 1),
        "bank_green": i == 3,
        "edition": "green-finance-2025",
        "decision": kind,
        "outcome": kind,
        "code": "3.2.1" if kind == "green" else None,
        "class1": "3" if kind == "green" else None,
        "name_zh": "太阳能利用设施" if kind == "green" else None,
        "name_en": "Solar" if kind == "green" else None,
        "share_ppm": 1_000_000 if kind == "green" else None,
        "score": 0.91234,
        "runner_up": "1.1.1",
        "runner_up_score": 0.3,
        "evidence": json.dumps(EVIDENCE if kind == "green" else []),
        "needs": json.dumps(["invoice", "no_such_need"] if kind == "review" else []),
        "source_sheet": "book.xlsx!loans",
        "source_row": i + 2,
        "tce_gce": 2_500_000_000 if kind == "green" else None,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pq.write_table(pa.Table.from_pylist([_row(i) for i in range(40)]), tmp_path / "loans.parquet", row_group_size=7)
    projects = [{"project_id": "P1", "project_name": "某地光伏项目", "content": "20兆瓦", "green_cert": None}]
    (tmp_path / "inputs").mkdir()
    pq.write_table(pa.Table.from_pylist(projects), tmp_path / "inputs" / "projects.parquet")
    return tmp_path


def test_pages_follow_the_book_and_hold_each_loan_once(folder: Path) -> None:
    seen: list[str] = []
    start: int | None = 0
    while start is not None:
        found = page(folder, Filter(), start=start, size=9, lang="zh")
        assert len(found.lines) <= 9
        seen += [line.loan_id for line in found.lines]
        start = found.span.after
    assert seen == [f"L{i:03d}" for i in range(40)]


def test_filters_narrow_together(folder: Path) -> None:
    found = page(folder, Filter(outcome="green", class1="3", branch="支行0"), size=50, lang="zh")
    wanted = [f"L{i:03d}" for i in range(40) if i % 3 == 0 and i % 2 == 0]
    assert [line.loan_id for line in found.lines] == wanted
    assert (found.span.first, found.span.last, found.span.total) == (1, len(wanted), len(wanted))


@pytest.mark.parametrize(("text", "count"), [("光伏", 14), (" l00 ", 10), ("太阳能", 14), ("(", 0), (".*", 0), ("%", 0), ("虚构企业39", 1)])
def test_search_is_for_the_text_itself_in_any_case(folder: Path, text: str, count: int) -> None:
    assert page(folder, Filter(text=text), size=50, lang="zh").span.total == count


def test_a_start_beyond_the_end_shows_the_last_page(folder: Path) -> None:
    found = page(folder, Filter(), start=400, size=9, lang="zh")
    assert [line.loan_id for line in found.lines] == [f"L{i:03d}" for i in range(36, 40)]


def test_a_missing_balance_is_a_dash_and_amounts_are_yuan(folder: Path) -> None:
    first, second = page(folder, Filter(), size=2, lang="zh").lines
    assert first.balance == "—"
    assert second.balance == "1,234,567.89"


def test_no_loans_no_page(folder: Path) -> None:
    found = page(folder, Filter(text="没有这样的用途"), lang="zh")
    assert found.lines == ()
    assert (found.span.first, found.span.last, found.span.before, found.span.after) == (0, 0, None, None)


def test_the_filters_offer_what_occurs(folder: Path) -> None:
    found = offers(folder)
    assert found.classes == ("3",)
    assert found.branches == ("支行0", "支行1")


def _of(folder: Path, loan_id: str, lang: str = "zh") -> Loan:
    one = loan(folder, loan_id, lang="en" if lang == "en" else "zh", name_of={"1.1.1": "节能"}.get)  # type: ignore[arg-type]  # None reads as no name
    assert one is not None
    return one


def test_a_loan_shows_its_text_with_the_words_marked(folder: Path) -> None:
    purpose, project, product = _of(folder, "L003").texts
    assert "".join(s.text for s in purpose.segments) == PURPOSE
    assert [s.text for s in purpose.segments if s.rules] == ["光伏", "发电"]
    assert (project.words, [s.text for s in project.segments if s.rules]) == ("项目", ["20兆瓦"])
    assert [s.text for s in product.segments if s.rules] == ["项目"]
    found = [(e.kind, e.text, e.at) for e in _of(folder, "L003").evidence[:3]]
    assert found == [("贷款用途", "光伏发电", "第 5–8 字"), ("贷款用途", "光伏", "第 5–6 字"), ("项目", "20兆瓦", "第 8–11 字")]


def test_needs_are_words_and_unknown_ones_stand_as_they_are(folder: Path) -> None:
    assert _of(folder, "L002").needs == ("发票及货物清单", "no_such_need")


def test_a_loan_shows_tag_facts_and_benefits_in_words(folder: Path) -> None:
    one = _of(folder, "L003")
    tag = dict(one.tag)
    assert tag["得分"] == "0.912"
    assert tag["次优条目"] == "1.1.1 节能 0.300"
    assert tag["绿色占比"] == "100.00%"
    facts = dict(one.facts)
    assert facts["绿色贷款标识"] == "是"
    assert facts["来源行号"] == "book.xlsx!loans!5"
    assert one.benefits[0][1] == "2,500.00 吨标准煤"
    assert _of(folder, "L003", "en").entry == "3.2.1 Solar"


def test_what_is_unknown_is_left_out_not_shown_as_zero(folder: Path) -> None:
    one = _of(folder, "L001")
    assert "绿色占比" not in dict(one.tag)
    assert one.benefits == ()


def test_every_loan_is_found_in_its_row_group(folder: Path) -> None:
    assert [_of(folder, f"L{i:03d}").loan_id for i in range(40)] == [f"L{i:03d}" for i in range(40)]


def test_a_loan_that_is_not_there(folder: Path) -> None:
    assert loan(folder, "nobody", lang="zh") is None


@pytest.mark.parametrize("start", [-1, 4, 99, None, "4"])
def test_evidence_that_does_not_stand_at_its_place_is_not_marked(start: object) -> None:
    assert [s.rules for s in segments("abcdef", [{"text": "bc", "start": start, "end": 6, "rule": "r"}])] == [()]


@pytest.mark.parametrize(
    ("marked", "shown"),
    [("和道路", "道路"), ("、厂房", "厂房"), ("股东借款及", "股东借款"), ("和", "和"), ("与煤", "与煤"), ("光伏", "光伏")],
)
def test_a_mark_holds_no_comma_or_and_at_its_ends(marked: str, shown: str) -> None:
    text = f"建设{marked}等"
    evidence = [{"text": marked, "start": 2, "end": 2 + len(marked), "rule": "r"}]
    assert [s.text for s in segments(text, evidence) if s.rules] == [shown]
    assert "".join(s.text for s in segments(text, evidence)) == text


def test_text_outside_the_basic_plane_is_cut_at_code_points() -> None:
    text = "𠮷光伏🌱"
    found = segments(text, [{"text": "光伏", "start": 1, "end": 3, "rule": "r"}])
    assert [(s.text, bool(s.rules)) for s in found] == [("𠮷", False), ("光伏", True), ("🌱", False)]


def test_names_of_facts_say_what_stands_beside_them(folder: Path) -> None:
    one = loan(folder, "L003", lang="en")
    assert one
    names = [name for name, _ in (*one.tag, *one.facts)]
    assert {"outcome", "green share"} <= set(names)
    assert [name for name in names if "_" in name or "millionths" in name or len(name) > 40] == []


def test_a_damaged_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "loans.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(Refused) as refused:
        page(tmp_path, Filter(), lang="zh")
    assert refused.value.problem.code == "run.damaged"
    with pytest.raises(Refused):
        loans_of(tmp_path / "nowhere")
    with pytest.raises(Refused):
        loan(tmp_path, "L001", lang="zh")


def test_a_rule_says_why_in_words(folder: Path) -> None:
    words = {"3.2.1": "太阳能利用设施", "R-plain": "一般流动资金"}.get
    green = loan(folder, "L003", lang="zh", name_of=lambda code: words(code, ""))
    assert green
    assert green.evidence[0].rule == "3.2.1 太阳能利用设施"
    stored = pq.read_table(folder / "loans.parquet")
    ruled = stored.append_column("rule", pa.array(["R-plain"] * len(stored))).append_column(
        "reason", pa.array(["tag.by_rule"] * len(stored))
    )
    pq.write_table(ruled, folder / "loans.parquet")
    plain = loan(folder, "L001", lang="zh", name_of=lambda code: words(code, ""))
    assert plain
    assert plain.reason == "由规则认定：一般流动资金"
    assert ("规则", "R-plain 一般流动资金") in plain.tag

"""What the disclosure page shows: tables beside each other, checks with their cells, answers that are edited and read."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from greenfin import ingest, pipeline
from greenfin.core.problems import error
from greenfin.core.records import Answer
from greenfin.explain import why
from greenfin.pipeline import RunResult
from greenfin.store.sign_off import Signature, SignOff
from greenfin.ui.frame import lists, markup
from greenfin.ui.views import answers as views_answers
from greenfin.ui.views import checks as views_checks
from greenfin.ui.views import tables as views_tables
from greenfin.ui.views.signing import steps_of
from tests.run_made import book, computed

EXAMPLE = Path(__file__).parents[2] / "examples" / "small_bank" / "answers.yaml"
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    options = pipeline.Options(policy="working", templates=("T01", "T02", "T03"))
    return computed(book(tmp_path_factory.mktemp("book") / "book.xlsx"), options)


def test_checks_name_the_cells_they_hold_between(result: RunResult) -> None:
    report = views_checks.checks_of(result, "zh")
    assert report.passed + report.failed + report.none == len(report.checks)
    parts = next(held for held in report.checks if held.code == "X-02" and held.table == "T02")
    assert parts.state == views_checks.PASSED
    assert parts.places[0].cell == "T02!green_balance.current"
    assert "绿色贷款余额" in parts.says
    assert "sum of its parts" in next(h for h in views_checks.checks_of(result, "en").checks if h.code == "X-02" and h.table == "T02").says


def test_a_cell_that_differs_fails_its_rule_and_says_where(result: RunResult) -> None:
    table = result.tables["T02"]
    cell = table.cells["green_balance.current"]
    wrong = replace(table, cells={**table.cells, "green_balance.current": replace(cell, value=(cell.value or Fraction(0)) + 1)})
    report = views_checks.checks_of(replace(result, tables={**result.tables, "T02": wrong}), "zh")
    failed = [held for held in report.checks if held.state == views_checks.FAILED]
    assert report.checks[: len(failed)] == tuple(failed)
    assert {held.code for held in failed} >= {"X-01", "X-02"}
    assert any(cell == "T02!green_balance.current" for held in failed for cell, _ in held.problems)


def test_what_was_found_while_making_tables_is_among_the_checks(result: RunResult) -> None:
    other = error("store.same_figure", "T01!green_balance.prior", found="1")
    report = views_checks.checks_of(replace(result, problems=(*result.problems, other)), "en")
    held = next(h for h in report.checks if h.code == "store.same_figure")
    assert (held.state, held.table, [p.cell for p in held.places]) == ("failed", "T01", ["T01!green_balance.prior"])


def test_another_run_stands_beside_row_by_row(result: RunResult) -> None:
    own = views_tables.sheet(result.tables["T01"], "zh")
    other = replace(own, rows=own.rows[1:])
    both = views_tables.beside(own, other, "2024-12-31")
    values = [at for at, (kind, _) in enumerate(own.headings) if kind == "value"]
    assert len(both.headings) == len(own.headings) + len(values)
    assert all(len(row.cells) == len(both.headings) == len(both.columns) for row in both.rows)
    assert both.headings[values[0] + 1][1].endswith("2024-12-31")
    first, second = (row.cells[values[0] + 1] for row in both.rows[:2])
    assert (first.text, second.text, second.id) == ("", own.rows[1].cells[values[0]].text, "")


def test_doubtful_cells_are_marked_and_all_can_be_clicked(result: RunResult) -> None:
    view = views_tables.doubted(views_tables.sheet(result.tables["T01"], "zh"), {"T01!green_balance.current"})
    html = markup.sheet(view, chosen="T01!green_balance.current", under="<i>why</i>")
    assert html.count("gf-doubtful") == 1
    assert 'data-go="cell:T01!green_balance.current" role="button" tabindex="0"' in html
    assert html.count('<tr class="gf-under">') == 1
    assert "gf-under" not in markup.sheet(view, chosen="T02!green_balance.current", under="<i>why</i>")


def test_lists_escape_every_text() -> None:
    item = lists.Item(EVIL, chip=EVIL, css='"><i', go=f'cell:"{EVIL}', more=(lists.Item(EVIL),))
    made = [
        lists.listing([EVIL], [lists.Line((item,), go=f"factor:{EVIL}")]),
        lists.steps([(EVIL, EVIL, '"><i')]),
        lists.prose(f"【{EVIL}】{EVIL}", [(EVIL, EVIL, True)]),
        lists.fold(EVIL, f"entry:{EVIL}", "", is_open=True, chosen=True),
    ]
    assert not [html for html in made if "<img" in html or '"><i' in html]


# answers


def test_answers_written_are_read_back_the_same(result: RunResult, tmp_path: Path) -> None:
    items, tables = result.reference.questions, result.reference.named
    known = ingest.read_answers(EXAMPLE, questions=items, tables=tables).value
    file = tmp_path / "answers.yaml"
    file.write_text(views_answers.as_yaml(known, items), encoding="utf-8")
    back = ingest.read_answers(file, questions=items, tables=tables)
    assert back.problems == ()
    assert {replace(a, where="") for a in back.value} == {replace(a, where="") for a in known if a.text}


def test_a_place_holds_one_text_or_one_for_each_language() -> None:
    place = ("Q01", "contact", 0, "")
    known = (Answer("Q01", "contact", "x"), Answer("Q02", "name", "y"))
    assert views_answers.with_text(known, place, "", "z") == (known[1], Answer("Q01", "contact", "z"))
    both = views_answers.with_text(views_answers.with_text(known, place, "zh", "甲"), place, "en", "a")
    assert [(a.lang, a.text) for a in both if a.item == "Q01"] == [("zh", "甲"), ("en", "a")]
    assert views_answers.with_text(known, place, "", " ") == (known[1],)


def test_rows_of_a_list_are_numbered_anew_without_the_empty_ones() -> None:
    known = (Answer("Q01", "documents", "old", row=7, column="name"),)
    rows: list[dict[str, object]] = [{"name:zh": "甲", "name:en": None}, {"name:zh": " "}, {"name:zh": "乙", "name:en": "b"}]
    made = views_answers.with_rows(known, "Q01", "documents", rows)
    assert [(a.row, a.column, a.lang, a.text) for a in made] == [(1, "name", "zh", "甲"), (2, "name", "zh", "乙"), (2, "name", "en", "b")]


def test_places_of_an_item_show_what_was_answered(result: RunResult) -> None:
    items = result.reference.questions
    known = ingest.read_answers(EXAMPLE, questions=items, tables=result.reference.named).value
    languages = views_answers.languages_of(known, "zh")
    assert languages == ("zh", "en")
    found = views_answers.slots(items["Q01"], known, "en", languages=languages)
    slot = next(s for s in found if isinstance(s, views_answers.Slot) and s.place[1] == "prepared_by")
    assert slot.texts["zh"].startswith("示例城市商业银行")
    assert slot.texts["en"].startswith("Example City")
    register = next(s for s in found if isinstance(s, views_answers.Register))
    assert register.rows[0]["name:zh"].startswith("《金融机构环境信息披露指南》")
    state = {one.id: one for one in views_answers.progress(items, known, "zh")}
    assert state["Q01"].answered == state["Q01"].required
    assert views_answers.progress(items, (), "zh")[0].answered == 0


def test_a_text_reads_as_its_cells_and_unbound_numbers_are_marked(result: RunResult) -> None:
    reader = views_answers.reader_of(result, (Answer("Q02", "staff", "1,500 人"),))
    found = reader.read("余额{T02!green_balance.current}，员工{Q02.staff}，另有12亿元，{T02!no_such.current}。", "zh")
    assert [(b.written, b.is_wrong) for b in found.bound] == [
        ("{T02!green_balance.current}", False), ("{Q02.staff}", False), ("{T02!no_such.current}", True),
    ]  # fmt: skip
    assert "1,500" in found.bound[1].value
    assert "【" in found.text
    assert len(found.problems) == 2
    assert reader.read("没有数。", "zh").bound == ()


def test_answers_are_checked_as_the_report_tells_them(result: RunResult) -> None:
    good = ingest.read_answers(EXAMPLE, questions=result.reference.questions, tables=result.reference.named).value
    bad = views_answers.with_text(good, ("Q03", "strategy", 0, ""), "zh", "年末余额12亿元。")
    wrong = views_answers.problems_by_item(views_answers.checked(result, bad), "zh")
    assert any("12亿元" in words for words in wrong["Q03"])


def test_steps_of_the_way_out() -> None:
    acts = (Signature(1, "run.registered", "anna", "", ""), Signature(2, "run.submitted", "anna", "", ""))
    steps = steps_of(SignOff(acts, frozenset({"anna"}), waits=True, checked_by="", is_published=False), "zh")
    assert [(step.who, step.state) for step in steps] == [("anna", "done"), ("anna", "done"), ("", "now"), ("", "open")]
    back = steps_of(SignOff(acts, frozenset({"anna"}), waits=False, checked_by="", is_published=False), "en")
    assert [step.state for step in back] == ["done", "now", "open", "open"]


def test_a_shallow_tree_opens_only_the_cell_that_was_asked(result: RunResult) -> None:
    deep = why(result, "T01!green_balance.current")
    shallow = why(result, "T01!green_balance.current", is_shallow=True)
    assert [part.name for part in shallow.parts] == [part.name for part in deep.parts] == ["T02!green_balance.current"]
    assert (shallow.value, shallow.parts[0].value) == (deep.value, deep.parts[0].value)
    assert deep.parts[0].parts
    assert shallow.parts[0].parts == ()
    assert why(result, "T02!green_balance.current", is_shallow=True) == why(result, "T02!green_balance.current")

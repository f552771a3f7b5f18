"""X-15: every number in prose is bound to a cell or to a fact stated once, units and directions agree, no slot stays empty."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from greenfin import ingest
from greenfin.core.problems import Problem, Refused
from greenfin.core.records import Answer, Cell, How, Table, TableColumn, TableRow
from greenfin.disclose.front import Chapter, Index, Prose, Register, Shown
from greenfin.disclose.narrative.filling import CLOSE, OPEN, Filler, Known
from greenfin.disclose.narrative.numerals import quantities
from greenfin.disclose.narrative.telling import Narrative, tell
from greenfin.messages import tell as worded
from greenfin.reference.load import load

CELLS = {
    "T02!green_balance.current": Known(Fraction("63.214"), "亿元", 2),
    "T02!green_share.change": Known(Fraction("4.95"), "pp", 2, is_change=True),
    "T02!green_balance.change": Known(Fraction("-3.1"), "percent", 2, is_change=True),
    "T02!green_customers.current": Known(Fraction(103), "户", 0),
    "T01!co2_reduction.current": Known(Fraction("278603.46"), "tCO2", 2),
    "T01!water.current": Known(None, "t", 0),
    "Q02.staff": Known(Fraction(1500), "人", 0),
}
NO_QUANTITY = """2030年实现碳达峰，2060年前实现碳中和
依据银发〔2025〕132号、GB/T 4754-2017和JR/T 0227-2021执行
“三会一层”治理架构，建设三道防线，实行环保一票否决
第一，完善制度；一是强化考核，二是加强培训
（1）贷前；（2）贷中
1. 完善制度
截至2025年12月31日，2021-2025年，2025年第四季度，6月30日
打造“1+3+N”产品体系，落实“30·60”目标
范围1、范围2和范围3排放，见表2和图3
PM2.5、CO2、SO2，ISO 14001认证，5G基站
A类客户每3个月检查一次，5个工作日内报告
《绿色金融支持项目目录（2025年版）》
单位：万元；一家分行；一个平台；一次能源
In 2025 the bank joined. By 2030 loans will be green. Scope 1 and Scope 2; Table 3; IFRS S2; GRI 305-1
31 December 2025, Suyinfa [2024] No. 49, three lines of defence
依据GB 3838-2002和HJ 2.1-2016审查，按ISO 14064-1:2018核算
遵循真实、及时、一致、连贯4项原则，按TCFD的4大支柱、11项建议和四项保障
是县域唯一一家地方法人银行，同一个客户
信贷系统3.0版、核心系统（V8.2）、1104报表G01；数据分为1至4级
全文共48页，共8章42条，每年发布1次，每季度召开2次，网站24小时可下载""".splitlines()
QUANTITIES = """贷款余额63.21亿元|63.21亿元
共有三家分行|三家
新增２５户客户|２５户
提高1.2个百分点|1.2个百分点
近百户企业|近百户
占比百分之三十|百分之三十
发放贷款2000户|2000户
约占一半|一半
一亿元|一亿元
“绿色贷款12亿元”|12亿元
“12.5”万元|12.5
rose 12.5% to CNY 3.2 billion|12.5%
three branches|three branches
served 2000 customers|2000 customers
一级分行2025年发放4亿元|4亿元
人均培训24小时|24小时
新增3条生产线|3
全年召开会议4次|4次
发放第1104号以外的1104笔|1104笔
支持3个项目|3个项目
每户贷款12次展期|12次
占比3.0%|3.0%
共有唯一百户企业|一百户""".splitlines()


@pytest.mark.parametrize("text", NO_QUANTITY)
def test_dates_documents_orders_and_names_are_no_quantities(text: str) -> None:
    assert [text[start:end] for start, end in quantities(text)] == []


@pytest.mark.parametrize("line", QUANTITIES)
def test_quantities_are_found_with_their_unit(line: str) -> None:
    text, _, wanted = line.rpartition("|")
    assert wanted in [text[start:end] for start, end in quantities(text)]


def filled(text: str, lang: str = "zh") -> tuple[str, list[Problem]]:
    filler = Filler(lambda address, _: CELLS.get(address))
    made = filler.text(text, lang="en" if lang == "en" else "zh", where="a.yaml:3", item="Q03.results")
    return made, filler.problems


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("余额{T02!green_balance.current}。", "余额63.21亿元。"),
        ("余额{T02!green_balance.current}亿元。", "余额63.21亿元。"),
        ("余额{T02!green_balance.current:万元}。", "余额632,140万元。"),
        ("余额{T02!green_balance.current:万元,1}万元。", "余额632,140.0万元。"),
        ("提高{T02!green_share.change}。", "提高4.95个百分点。"),
        ("余额下降{T02!green_balance.change}。", "余额下降3.10%。"),
        ("减排{T01!co2_reduction.current:万吨}。", "减排27.86万吨。"),
        ("客户{T02!green_customers.current}户，员工{Q02.staff}名。", "客户103户，员工1,500名。"),
        ("集合记作{{甲}}。", "集合记作{甲}。"),
    ],
)
def test_bindings_print_the_value_and_the_unit_once(text: str, made: str) -> None:
    assert filled(text) == (made, [])


def test_english_money_is_in_millions() -> None:
    assert filled("Loans were {T02!green_balance.current:CNY million}.", "en") == ("Loans were CNY 6,321 million.", [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("占比提高{T02!green_share.change}%。", "narrative.unit_kind"),
        ("余额{T02!green_balance.current}万元。", "narrative.unit_kind"),
        ("客户{T02!green_customers.current}笔。", "narrative.unit_kind"),
        ("余额{T02!green_balance.current:吨}。", "narrative.unit_kind"),
        ("余额增长{T02!green_balance.change}。", "narrative.direction"),
        ("占比下降{T02!green_share.change}。", "narrative.direction"),
        ("余额{T02!gren_balance.current}。", "narrative.cell_unknown"),
        ("用水{T01!water.current}。", "narrative.cell_missing"),
        ("余额{green_balance}。", "narrative.binding_broken"),
        ("余额{T02!green_balance.current:__import__('os')}。", "narrative.unit_kind"),
        ("余额{0.__class__}。", "narrative.binding_broken"),
        ("余额{T02!green_balance.current。", "narrative.binding_broken"),
        ("余额{}。", "narrative.binding_broken"),
        ("余额63.21亿元。", "narrative.number_unbound"),
        ("新增XX户。", "narrative.slot_left"),
        ("数据待补充。", "narrative.slot_left"),
    ],
)
def test_a_planted_error_is_told_and_marked_in_its_place(text: str, code: str) -> None:
    made, problems = filled(text)
    assert [p.code for p in problems] == [code]
    assert problems[0].where == "a.yaml:3"
    assert OPEN in made
    assert CLOSE in made
    assert "X-15" in worded(problems[0], "zh")
    assert "X-15" in worded(problems[0], "en")


def test_a_rate_of_growth_in_english() -> None:
    assert filled("The share is up by {T02!green_share.change}.", "en")[0] == "The share is up by 4.95 pp."


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("示例市示例区虚构路1号", "示例市示例区虚构路1号"),
        ("2025年版目录专题培训", "2025年版目录专题培训"),
        ("91510100MA6CXXXX0A", "91510100MA6CXXXX0A"),
        ("服务3000家企业", f"服务{OPEN}未绑定：3000家{CLOSE}企业"),
        ("服务{T02!green_customers.current}户企业", "服务103户企业"),
    ],
)
def test_a_name_may_hold_a_number_but_no_quantity(text: str, made: str) -> None:
    filler = Filler(lambda address, _: CELLS.get(address))
    assert filler.name(text, lang="zh", where="a.yaml:3", item="Q06.products.1.customers") == made
    assert len(filler.problems) == made.count(OPEN)


# the whole questionnaire


def read(path: Path) -> tuple[tuple[Answer, ...], tuple[Problem, ...]]:
    reference = load()
    found = ingest.read_answers(path, questions=reference.questions, tables=reference.named)
    return found.value, found.problems


def a_table(name: str, value: int | None) -> Table:
    cell = Cell(f"{name}!r.current", None if value is None else Fraction(value), "t", 0, How("sum"))
    columns = (TableColumn("label", "项", "item", "label"), TableColumn("current", "本年", "now"))
    return Table(name, "表", "table", columns, (TableRow("r", "行", "row", "t"),), {"r.current": cell})


def told(answers: tuple[Answer, ...] | None, tables: dict[str, Table], *, selection: bool = False) -> tuple[Narrative, list[Problem]]:
    reference = load()
    cells = {cell.id: cell for table in tables.values() for cell in table.cells.values()}
    shell = reference.shells["jiangsu-2024"]
    found = tell(shell, answers, reference=reference, tables=tables, cells=cells, lang="zh", is_selection=selection)
    return found.value, list(found.problems)


def parts(narrative: Narrative, kind: type) -> list[object]:
    return [part for chapter in narrative.chapters for part in chapter.parts if isinstance(part, kind)]


def test_every_table_of_a_report_is_shown_or_said_why_not(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("tables: {T15: 本行未发行绿色金融债券}\n", "utf-8")
    answers, problems = read(path)
    assert problems == ()
    narrative, found = told(answers, {"T02": a_table("T02", 5), "T24": a_table("T24", None)})
    why = [part.words[0] for part in parts(narrative, Prose) if isinstance(part, Prose) and part.kind == "absent"]
    assert len(parts(narrative, Shown)) == len(parts(narrative, Index)) == 1
    assert len(why) == 35
    assert next(text for text in why if text.startswith("T15")).endswith("不适用。本行未发行绿色金融债券")
    assert "无数据" in next(text for text in why if text.startswith("T24"))
    assert {p.code for p in found} == {"narrative.slot_empty", "narrative.tables_absent"}
    assert all(chapter.parts for chapter in narrative.chapters)


def test_a_selection_of_tables_without_answers_names_no_other() -> None:
    narrative, problems = told(None, {"T02": a_table("T02", 5)}, selection=True)
    assert [type(part).__name__ for chapter in narrative.chapters for part in chapter.parts if not isinstance(part, Prose)][-1] == "Shown"
    assert parts(narrative, Prose) == []
    assert problems == []


def test_answers_of_the_wrong_kind_or_place_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(
        "Q02:\n  staff: many\n  branches: 36 家\n  name: [a]\nQ05:\n  own_rules:\n    - {name: 办法, yeer: 2025, gist: 覆盖三家机构}\n"
        "Q08:\n  register: [{kind: weather, impact: 无, horizon: 短期, response: 无}]\nQ13: {}\n",
        "utf-8",
    )
    answers, problems = read(path)
    assert [(p.code, p.where) for p in problems] == [
        ("ingest.answers_layout", "answers.yaml:4"),
        ("ingest.answers_unknown", "answers.yaml:7"),
        ("ingest.answers_unknown", "answers.yaml:10"),
    ]
    narrative, found = told(answers, {})
    wrong = [(p.code, p.where) for p in found if p.code in ("narrative.value_wrong", "narrative.number_unbound")]
    assert wrong == [
        ("narrative.value_wrong", "answers.yaml:2"),
        ("narrative.number_unbound", "answers.yaml:7"),
        ("narrative.value_wrong", "answers.yaml:9"),
    ]
    texts = [text[0] for part in parts(narrative, Register) if isinstance(part, Register) for row in part.rows for text in row]
    assert "36 家" in texts
    assert any(text.startswith(OPEN) for text in texts)


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("Q02:\n  staff: 1\n  staff: 2\n", "ingest.answers_key_twice", "answers.yaml:3"),
        ("Q02: &a {staff: 1}\nQ03: *a\n", "ingest.answers_unreadable", "answers.yaml:1"),
        ("- a\n", "ingest.answers_unreadable", "answers.yaml"),
        ("Q02: {staff: [}\n", "ingest.answers_unreadable", "answers.yaml:1"),
    ],
)
def test_a_file_that_says_two_things_at_once_is_refused(tmp_path: Path, text: str, code: str, where: str) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(Refused) as bad:
        read(path)
    assert (bad.value.problem.code, bad.value.problem.where) == (code, where)


@pytest.mark.parametrize("name", ["blank.yaml", "blank.xlsx"])
@pytest.mark.parametrize("lang", ["zh", "both"])
def test_a_blank_questionnaire_is_read_back_with_every_question_open(tmp_path: Path, name: str, lang: str) -> None:
    from greenfin.collect.report_questions import write_blank

    reference = load()
    path = tmp_path / name
    count = write_blank(path, reference=reference, shell=reference.shells["jrt0227-2021"], lang=lang)
    answers, problems = read(path)
    assert problems == ()
    assert count == sum(len(item.fields) for item in reference.questions.values())
    assert not any(answer.text for answer in answers)
    _, found = told(answers, {})
    assert {p.code for p in found} == {"narrative.slot_empty", "narrative.tables_absent"}
    assert all(p.where for p in found if p.code == "narrative.slot_empty")
    with pytest.raises(Refused):
        write_blank(path, reference=reference, shell=reference.shells["jrt0227-2021"], lang=lang)


def test_a_filled_workbook_says_what_the_yaml_says(tmp_path: Path) -> None:
    import openpyxl

    from greenfin.collect.report_questions import write_blank

    reference = load()
    path = tmp_path / "filled.xlsx"
    write_blank(path, reference=reference, shell=reference.shells["jiangsu-2024"], lang="zh")
    book = openpyxl.load_workbook(path)
    row = next(cells for cells in book.worksheets[0].iter_rows() if cells[0].value == "Q02.staff")
    row[4].value = 1500
    sheet = next(ws for ws in book.worksheets if ws["A1"].value == "#Q05.own_rules")
    filled_in: tuple[str, ...] = ("《绿色信贷管理办法》", "2025", "明确员工{Q02.staff}的职责")
    for at, text in enumerate(filled_in, 2):
        sheet.cell(3, at).value = text
    book.save(path)
    answers, problems = read(path)
    assert problems == ()
    narrative, _ = told(answers, {})
    texts = [text[0] for part in parts(narrative, Register) if isinstance(part, Register) for line in part.rows for text in line]
    assert {"1,500 人", "《绿色信贷管理办法》", "2025", "明确员工1,500人的职责"} <= set(texts)


def test_the_example_answers_everything_without_a_number_of_its_own() -> None:
    reference = load()
    answers, problems = read(Path("examples/small_bank/answers.yaml"))
    assert problems == ()
    held = {(a.item, a.field, a.row, a.column, a.lang) for a in answers}
    assert len(held) == len(answers)
    said = {(a.item, a.field) for a in answers if a.text}
    assert {(i.id, f.id) for i in reference.questions.values() for f in i.fields if f.is_required} <= said
    assert all(isinstance(c, Chapter) for c in told(answers, {})[0].chapters)


def test_what_lacks_in_both_languages_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("Q02: {name: 示例银行, staff: many, address: '12亿元大厦', profile: {zh: 好, en: ''}}\n", "utf-8")
    answers, _ = read(path)
    reference = load()
    shell = reference.shells["jiangsu-2024"]
    found = tell(shell, answers, reference=reference, tables={}, cells={}, lang="both", is_selection=False).problems
    of_item = [p for p in found if str(p.params.get("item", "")).startswith("Q02")]
    assert [p.params["item"] for p in of_item if p.code == "narrative.value_wrong"] == ["Q02.staff"]
    assert [p.params["item"] for p in of_item if p.code == "narrative.number_unbound"] == ["Q02.address"]
    lacking = {p.params["item"]: p.params["language"] for p in of_item if p.code == "narrative.slot_empty"}
    assert lacking["Q02.profile"] == "en"
    assert lacking["Q02.nature"] == "zh / en"
    places = [(p.code, p.where, p.params.get("item")) for p in found]
    assert len(set(places)) == len(places)

"""The saved mapping: written, read strictly, used strictly, and what has changed against it."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from greenfin import example
from greenfin.cli.main import app
from greenfin.core.problems import Problem, Refused, Severity
from greenfin.core.records import BOOK_TABLES
from greenfin.ingest import read_book
from greenfin.ingest.book import find_sheets
from greenfin.ingest.mapping import SavedMapping, mapping_of
from greenfin.ingest.mapping_file import read_mapping, write_mapping

AS_OF = date(2025, 12, 31)
LONG = "用于建设集中式光伏电站项目，采购组件与逆变器，并支付安装工程款与并网工程款"
HEADS = ["借据号", "贷款余额（万元）", "执行利率", "贷款用途", "内部标志"]
ROWS = [[f"J{i}", 100.5 + i, 4.35, LONG, "x"] for i in range(10)]


def ledger(
    path: Path, heads: Sequence[object] = HEADS, rows: Sequence[Sequence[object]] = ROWS, *, above: str = "", sheet: str = "台账"
) -> Path:
    made = openpyxl.Workbook()
    page = made.active
    assert page is not None
    page.title = sheet
    page.append([above or "贷款明细表"])
    page.append(list(heads))
    for row in rows:
        page.append(list(row))
    made.save(path)
    return path


def saved(folder: Path, *paths: Path) -> SavedMapping:
    target = folder / "bank.yaml"
    write_mapping(mapping_of(find_sheets(paths).blocks, name=target.name), target, comment="note\nof two lines")
    return read_mapping(target)


def use(mapping: SavedMapping, *paths: Path) -> tuple[list[dict[str, object]], list[Problem]]:
    outcome = read_book(paths, as_of=AS_OF, mapping=mapping)
    return outcome.value.loans.to_pylist(), [p for p in outcome.problems if "mapping" in p.code or "dates" in p.code]


def codes(problems: Sequence[Problem]) -> dict[str, str]:
    return {p.code.removeprefix("ingest.mapping_"): p.where for p in problems}


@pytest.fixture
def mapping(tmp_path: Path) -> SavedMapping:
    return saved(tmp_path, ledger(tmp_path / "台账_20251130.xlsx"))


def test_what_is_written_reads_back_and_next_months_file_is_read_the_same(tmp_path: Path, mapping: SavedMapping) -> None:
    sheet = mapping.sheets[0]
    assert (sheet.files, sheet.sheet, sheet.kind, sheet.header_row, sheet.rows) == ("台账_*.xlsx", "台账", "loans", 2, 10)
    assert {c.field: c.unit for c in sheet.columns if c.unit} == {"loan.balance": "万元", "loan.rate": "percent"}
    assert [(c.letter, c.field) for c in sheet.columns][-1] == ("E", "")
    rows, problems = use(mapping, ledger(tmp_path / "台账_20251231.xlsx"))
    assert not problems
    assert rows == read_book([tmp_path / "台账_20251231.xlsx"], as_of=AS_OF).value.loans.to_pylist()
    assert stat.S_IMODE((tmp_path / "bank.yaml").stat().st_mode) == 0o600


def test_a_new_a_missing_and_a_moved_column(tmp_path: Path, mapping: SavedMapping) -> None:
    heads = ["借据号", "执行利率", "贷款余额（万元）", "新列"]
    rows, problems = use(mapping, ledger(tmp_path / "台账_20251231.xlsx", heads, [[r[0], r[2], r[1], "y"] for r in ROWS]))
    found = codes(problems)
    assert len(rows) == 10
    assert found["column_new"] == "台账_20251231.xlsx!台账!D2"
    moved = {p.params["column"]: (p.params["was"], p.params["now"]) for p in problems if p.code.endswith("column_moved")}
    assert moved == {"执行利率": ("C", "B"), "贷款余额（万元）": ("B", "C")}
    gone = {p.params["column"]: p.severity for p in problems if p.code.endswith("column_gone")}
    assert gone == {"贷款用途": Severity.WARNING, "内部标志": Severity.WARNING}


def test_a_missing_balance_is_an_error(tmp_path: Path, mapping: SavedMapping) -> None:
    rows, problems = use(
        mapping, ledger(tmp_path / "台账_20251231.xlsx", ["借据号", "执行利率", "贷款用途"], [[r[0], r[2], r[3]] for r in ROWS])
    )
    assert not rows
    assert [p.severity for p in problems if p.params.get("column") == "贷款余额（万元）"] == [Severity.ERROR]
    assert problems[0].params["line"] == "bank.yaml:16"


@pytest.mark.parametrize(
    ("heads", "rate", "field", "units"),
    [
        (["借据号", "贷款余额（元）", *HEADS[2:]], 4.35, "balance_fen", ("万元", "元")),
        (HEADS, 0.0435, "rate_ppm", ("percent", "decimal")),
    ],
)
def test_a_changed_unit_leaves_the_column_out(tmp_path: Path, heads: list[str], rate: float, field: str, units: tuple[str, str]) -> None:
    mapping = saved(tmp_path, ledger(tmp_path / "台账_20251130.xlsx"))
    path = ledger(tmp_path / "台账_20251231.xlsx", heads, [[r[0], r[1], rate, *r[3:]] for r in ROWS])
    rows, problems = use(mapping, path)
    changed = [p for p in problems if p.code == "ingest.mapping_unit_changed"]
    assert [(p.severity, p.params["was"], p.params["now"]) for p in changed] == [(Severity.ERROR, *units)]
    assert all(row[field] is None for row in rows)


def test_a_changed_unit_above_the_table(tmp_path: Path) -> None:
    heads = ["借据号", "贷款余额", "贷款用途"]
    mapping = saved(tmp_path, ledger(tmp_path / "a.xlsx", heads, [["J1", 5, LONG]], above="单位：万元"))
    rows, problems = use(mapping, ledger(tmp_path / "a.xlsx", heads, [["J1", 50000, LONG]], above="单位：元"))
    assert not rows
    assert codes(problems) == {"unit_changed": "a.xlsx!台账!B2"}
    rows, problems = use(mapping, ledger(tmp_path / "a.xlsx", heads, [["J1", 5, LONG]]))
    assert rows[0]["balance_fen"] == 5_000_000, "what the file no longer says, the mapping does"


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("%", "percent"),
        ("％", "percent"),
        ("百分数", "percent"),
        ("percent", "percent"),
        ("‰", "permille"),
        ("千分数", "permille"),
        ("小数", "decimal"),
    ],
)
def test_a_unit_of_rates_by_any_of_its_spellings(tmp_path: Path, mapping: SavedMapping, written: str, unit: str) -> None:
    path = tmp_path / mapping.name
    path.write_text(path.read_text("utf-8").replace('unit: "percent"', f'unit: "{written}"'), encoding="utf-8")
    read = read_mapping(path)
    assert [c.unit for c in read.sheets[0].columns if c.field == "loan.rate"] == [unit]
    _, problems = use(read, ledger(tmp_path / "台账_20251231.xlsx"))
    assert ("unit_changed" in codes(problems)) is (unit == "decimal")  # the numbers are none


@pytest.mark.parametrize(("count", "code"), [(7, "rows_fell"), (8, None), (15, None), (16, "rows_rose")])
def test_the_number_of_rows_beyond_its_band(tmp_path: Path, mapping: SavedMapping, count: int, code: str | None) -> None:
    rows = [[f"J{i}", 100.5, 4.35, LONG, "x"] for i in range(count)]
    _, problems = use(mapping, ledger(tmp_path / "台账_20251231.xlsx", rows=rows))
    assert list(codes(problems)) == ([code] if code else [])


def test_two_data_dates_in_one_file(tmp_path: Path) -> None:
    heads = ["数据日期", "借据号", "贷款余额（元）", "贷款用途"]
    mapping = saved(tmp_path, ledger(tmp_path / "a.xlsx", heads, [["2025-11-30", "J1", 5, LONG]]))
    _, problems = use(mapping, ledger(tmp_path / "a.xlsx", heads, [["2025-12-31", "J1", 5, LONG], ["2025-11-30", "J2", 5, LONG]]))
    found = [(p.where, p.params["found"]) for p in problems if p.code == "ingest.dates_several"]
    assert found == [("a.xlsx!台账!A3", "2025-12-31"), ("a.xlsx!台账!A4", "2025-11-30")]


def test_a_bank_maps_its_own_odd_headers(tmp_path: Path) -> None:
    path = ledger(tmp_path / "odd.xlsx", ["流水甲", "数乙", "说丙"], [["J1", 7, LONG]])
    with pytest.raises(Refused):
        read_book([path], as_of=AS_OF)
    (tmp_path / "m.yaml").write_text(
        """format: 1
sheets:
- files: "odd*.xlsx"
  kind: loans
  header_row: 2
  values:
    loan.status: {"7": 结清}
  columns:
  - {header: 流水甲, field: loan.receipt_no}
  - {header: 数乙, field: loan.balance, unit: 亿元}
  - {header: 说丙, field: loan.purpose}
""",
        "utf-8",
    )
    rows, problems = use(read_mapping(tmp_path / "m.yaml"), path)
    assert not problems
    assert [(r["receipt_no"], r["balance_fen"], r["purpose"]) for r in rows] == [("J1", 70_000_000_000, LONG)]


def test_files_and_sheets_that_the_mapping_does_not_have_or_that_are_gone(tmp_path: Path, mapping: SavedMapping) -> None:
    here, other = ledger(tmp_path / "台账_20251231.xlsx"), ledger(tmp_path / "别的.xlsx")
    rows, problems = use(mapping, here, other)
    assert len(rows) == 10
    assert codes(problems) == {"sheet_new": "别的.xlsx!台账"}
    with pytest.raises(Refused) as refused:
        read_book([other], as_of=AS_OF, mapping=mapping)
    assert refused.value.problem.code == "ingest.mapping_file_gone"
    outcome = find_sheets(
        [here], mapping=SavedMapping("m", (*mapping.sheets, mapping.sheets[0].__class__("x*.xlsx", "*", "loans", 1, (), line=9)))
    )
    assert [p.where for p in outcome.problems if p.code == "ingest.mapping_file_gone"] == ["m:9"]


def test_a_sheet_that_is_gone_and_a_table_of_rates_that_is_no_ledger(tmp_path: Path, mapping: SavedMapping) -> None:
    rows, problems = use(mapping, ledger(tmp_path / "台账_20251231.xlsx"), ledger(tmp_path / "台账_20260131.xlsx", sheet="别的名字"))
    assert len(rows) == 10
    assert codes(problems) == {"sheet_gone": "bank.yaml:7", "sheet_new": "台账_20260131.xlsx!别的名字"}


def test_a_list_of_drawings_is_saved_as_what_it_is(tmp_path: Path) -> None:
    path = ledger(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    page = book.create_sheet("放款")
    for row in [["借据号", "放款金额（元）", "放款日"], ["J1", 5, "2025-01-02"], ["J1", 7, "2025-02-02"]]:
        page.append(row)
    book.save(path)
    mapping = saved(tmp_path, path)
    assert [sheet.kind for sheet in mapping.sheets] == ["loans", "drawings"]
    rows, problems = use(mapping, path)
    assert len(rows) == 10
    assert not problems


def test_a_known_layout_is_saved_with_its_codes(tmp_path: Path) -> None:
    heads = ["H010001", "H010010", "H010019", "H010029"]
    path = ledger(tmp_path / "8_1_20251231.xlsx", heads, [["J1", 5, "04", "20251231"], ["J2", 6, "01", "20251231"]])
    mapping = saved(tmp_path, path)
    assert mapping.sheets[0].values["loan.status"]["04"] == "结清"
    rows, problems = use(mapping, path)
    assert [r["status"] for r in rows] == ["settled", "normal"]
    assert not problems


GOOD = "- {files: a.xlsx, kind: loans, header_row: 1, columns: [{header: x, field: loan.balance, unit: 万元}]}"


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", "", "key_missing"),
        ("format: 1\n", ":1", "key_missing"),
        ("format: 2\nsheets: []\n", ":1", "value_wrong"),
        ("format: 1\nsheets: []\n", ":1", "key_missing"),
        (f"format: 1\nsheet: x\nsheets:\n{GOOD}\n", ":2", "key_unknown"),
        (f"format: 1\nformat: 1\nsheets:\n{GOOD}\n", ":2", "unreadable"),
        (f"format: 1\nrows_may_fall: lots\nsheets:\n{GOOD}\n", ":2", "value_wrong"),
        (f"format: 1\nsheets:\n{GOOD.replace('loans', 'loan')}\n", ":3", "value_wrong"),
        (f"format: 1\nsheets:\n{GOOD.replace('header_row: 1', 'header_row: -1')}\n", ":3", "value_wrong"),
        (f"format: 1\nsheets:\n{GOOD.replace('loan.balance', 'loan.balans')}\n", ":3", "field_unknown"),
        (f"format: 1\nsheets:\n{GOOD.replace('loan.balance', 'ops.qty')}\n", ":3", "field_unknown"),
        (f"format: 1\nsheets:\n{GOOD.replace('万元', '吨')}\n", ":3", "unit_unknown"),
        (f"format: 1\nsheets:\n{GOOD.replace('loan.balance', 'loan.rate')}\n", ":3", "unit_unknown"),
        (f"format: 1\nsheets:\n{GOOD.replace('{header: x', '{header: y, field: loan.balance}, {header: x')}\n", ":3", "field_twice"),
        ("format: 1\nsheets: &a\n- *a\n", ":2", "unreadable"),
        ("format: 1\nsheets: {a: 1}\n", ":2", "unreadable"),
        ("format: !!python/object:os.system x\n", ":1", "value_wrong"),
        ("[1, 2\n", ":2", "unreadable"),
        ("a: " * 3000, "", "unreadable"),
    ],
)  # fmt: skip
def test_anything_not_known_is_refused_with_its_line(tmp_path: Path, text: str, line: str, code: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(Refused) as refused:
        read_mapping(path)
    assert refused.value.problem.code == f"ingest.mapping_{code}"
    assert refused.value.problem.where.startswith(f"m.yaml{line}")


def test_headers_of_any_signs_survive(tmp_path: Path) -> None:
    odd = 'a"b\\c: {d} #e\n(f)\t’'
    mapping = saved(tmp_path, ledger(tmp_path / "a[1]*.xlsx", ["借据号", "贷款余额（元）", odd], [["J1", 5, "x"]], sheet="s (1)"))
    assert mapping.sheets[0].columns[2].header == odd
    rows, problems = use(mapping, tmp_path / "a[1]*.xlsx")
    assert len(rows) == 1
    assert not problems


def test_the_command_writes_and_uses_a_mapping(tmp_path: Path) -> None:
    path, yaml = ledger(tmp_path / "台账_20251231.xlsx"), tmp_path / "m.yaml"
    run = CliRunner()
    first = run.invoke(app, ["ingest", str(path), "--as-of", "2025-12-31", "--save-mapping", str(yaml), "--lang", "zh"])
    assert first.exit_code == 0, first.output
    assert run.invoke(app, ["ingest", str(path), "--as-of", "2025-12-31", "--save-mapping", str(yaml)]).exit_code == 2, "never overwritten"
    assert "未识别　E　内部标志" in first.output
    assert "贷款余额 (loan.balance)  [万元]" in first.output
    assert "10 行读入，0 行剔除，贷款余额合计 10,500,000.00 元" in first.output
    again = run.invoke(app, ["ingest", str(path), "--as-of", "2025-12-31", "--mapping", str(yaml), "--json"])
    said = json.loads(again.output)
    assert again.exit_code == 0
    assert said["sheets"][0]["read"] == 10
    assert said["sheets"][0]["total"] == {"column": "balance_fen", "fen": 1_050_000_000}
    assert not [p for p in said["problems"] if "mapping" in p["code"]]
    yaml.write_text(yaml.read_text("utf-8").replace("loan.balance", "loan.balanse"), "utf-8")
    assert run.invoke(app, ["ingest", str(path), "--mapping", str(yaml)]).exit_code == 2
    assert run.invoke(app, ["ingest", str(tmp_path / "none.xlsx")]).exit_code == 2


def test_without_a_data_date_the_sheets_are_shown_all_the_same(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["ingest", str(ledger(tmp_path / "a.xlsx")), "--json", "--lang", "en"])
    said = json.loads(shown.output)
    assert shown.exit_code == 2
    assert said["sheets"][0]["rows"] == 10
    assert said["problems"][-1]["code"] == "ingest.as_of_missing"


def test_the_example_bank_reads_the_same_through_its_own_mapping(tmp_path: Path) -> None:
    books = list(example.files().books)
    mapping = saved(tmp_path, *books)
    plain = read_book(books, as_of=example.AS_OF)
    mapped = read_book(books, as_of=example.AS_OF, mapping=mapping)
    assert all(getattr(plain.value, name).equals(getattr(mapped.value, name)) for name in BOOK_TABLES)
    assert not [p for p in mapped.problems if "mapping" in p.code]

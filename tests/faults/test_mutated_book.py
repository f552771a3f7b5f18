"""The example workbook with cells, rows, columns and sheets spoilt at random (seeded): figures or problems, never a traceback."""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path

import openpyxl
import pyarrow.compute as pc
import pytest

from greenfin import disclose, example, pipeline
from greenfin.core.problems import Problem, Refused, error
from greenfin.messages import words
from greenfin.reference.load import load

Rows = list[list[object]]
Sheets = dict[str, Rows]
NASTY: tuple[object, ...] = (
    None, "", 0, -1, 1e308, 1e-320, 10**15, 10**17, "1e400", "9" * 400, "NaN", "-inf", "１，２３４．５６万元", "—", "#REF!", "=1+1", True,
    date(1900, 1, 1), datetime(9999, 12, 31),  # noqa: DTZ001  # as a sheet holds it
    "2025-02-30", "合计", "\u202e反", "A" * 32000, "%", "1000%", "壹佰万元", "1亿亿元", "{found}",
    "{", "%s", "单位：万元", "USD", "(1,000.00)", "1.2.3", "½", "\n\n", "XM2024003", "是", 45000, "20251301", "兆瓦", "吨", "999999",
    "92233720368547758.08", "-92233720368547758.08", 6.5e14,
)  # fmt: skip


@cache
def original() -> Mapping[str, Rows]:
    book = openpyxl.load_workbook(example.files().books[0])
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def some_cells(rng: random.Random, rows: Rows) -> None:
    for row in rng.choices(rows, k=40):
        row[rng.randrange(len(row))] = rng.choice(NASTY)


def one_column(rng: random.Random, rows: Rows) -> None:
    at, value = rng.randrange(len(rows[0])), rng.choice(NASTY)
    for row in rows[5:]:
        row[at] = value if rng.random() < 0.5 else rng.choice(NASTY)


def order(rng: random.Random, rows: Rows) -> None:
    rng.shuffle(rows)


def fewer_rows(rng: random.Random, rows: Rows) -> None:
    rows[:] = [row for row in rows if rng.random() < 0.7] or rows[:1]


def rows_again(rng: random.Random, rows: Rows) -> None:
    for row in rng.choices(rows, k=20):
        rows.insert(rng.randrange(len(rows)), list(row))


def other_columns(rng: random.Random, rows: Rows) -> None:
    kept = rng.sample(range(len(rows[0])), k=max(1, len(rows[0]) - rng.randrange(3)))
    rows[:] = [[row[at] for at in kept] for row in rows]


def headers(rng: random.Random, rows: Rows) -> None:
    row = rng.choice(rows[:4])
    at = rng.randrange(len(row))
    row[at] = f"{row[at] or ''}{rng.choice(['（万元）', '*', '1', '：', '（MWh）', '（%）'])}"


def types(rng: random.Random, rows: Rows) -> None:
    for row in rows[4:]:
        row[:] = [str(value) if isinstance(value, int | float | datetime) and rng.random() < 0.3 else value for value in row]


def hardly_any(rng: random.Random, rows: Rows) -> None:
    del rows[rng.randrange(1, 6) :]


SPOILT: tuple[Callable[[random.Random, Rows], None], ...] = (
    some_cells, some_cells, one_column, one_column, order, fewer_rows, rows_again, other_columns, headers, types, hardly_any
)  # fmt: skip


def mutated(seed: int, path: Path) -> Path:
    rng = random.Random(seed)
    sheets: Sheets = {name: [list(row) for row in rows] for name, rows in original().items() if rows}
    for _ in range(rng.randrange(1, 5)):
        rng.choice(SPOILT)(rng, sheets[rng.choice(list(sheets))])
    if rng.random() < 0.3:
        sheets["数 据"] = sheets.pop(rng.choice(list(sheets)))
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def check_words(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        for lang in words.LANGUAGES:
            assert set(re.findall(r"{(\w+)}", words.codes(lang)[problem.code])) <= set(problem.params), problem.code
            assert len(words.tell(problem, lang)) < 4000, problem.code


@pytest.mark.parametrize("seed", range(12))
def test_spoilt_workbook(seed: int, tmp_path: Path) -> None:
    files, reference = example.files(), load()
    files = pipeline.Files((mutated(seed, tmp_path / "book.xlsx"),), files.bank, files.prior, None, files.decisions)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            inputs = pipeline.read(files, as_of=example.AS_OF, reference=reference)
        except Refused as refused:
            check_words((refused.problem,))
            return
        policy = ("strict", "working")[seed % 2]
        result = pipeline.compute(inputs, pipeline.Options(policy=policy), reference=reference)
    parts = ("green_balance", "not_green_balance", "review_balance", "rejected_balance")
    assert (result.sums["book_balance"].value or 0) == sum(result.sums[name].value or 0 for name in parts)
    printed = disclose.printed_cells(list(result.tables.values()))
    numbers = [cell for table in result.tables.values() for cell in table.cells.values() if cell.text is None and cell.value is not None]
    assert all(re.fullmatch(r"-?\d+(\.\d+)?", printed[cell.id]) for cell in numbers if cell.id in printed)
    check_words(result.problems)


def with_cells(path: Path, sheet: str, cells: Mapping[str, object]) -> Path:
    book = openpyxl.load_workbook(example.files().books[0])
    for address, value in cells.items():
        book[sheet][address] = value
    book.save(path)
    return path


def run_with(path: Path, *, as_of: date = example.AS_OF) -> pipeline.RunResult:
    reference = load()
    inputs = pipeline.read(pipeline.Files((path,)), as_of=as_of, reference=reference)
    return pipeline.compute(inputs, pipeline.Options(policy="working"), reference=reference)


def places(result: pipeline.RunResult, code: str) -> list[str]:
    return [problem.where for problem in result.problems if problem.code == code]


def electricity_row() -> int:
    """A sheet row of electricity bought in the year of the data date."""
    operations = pipeline.read(example.files(), as_of=example.AS_OF, reference=load()).book.operations
    bought = operations.filter(pc.and_(pc.equal(operations["item"], "electricity"), pc.equal(pc.year(operations["month_on"]), 2025)))
    return int(bought["source_row"][0].as_py())


def test_quantity_beyond_reason_is_not_read(tmp_path: Path) -> None:
    row = electricity_row()
    made = run_with(with_cells(tmp_path / "book.xlsx", "运营台账", {f"E{row}": 1e18}))
    assert places(made, "ingest.amount_too_large") == [f"book.xlsx!运营台账!E{row}"]


def test_emission_beyond_reason_is_told_and_not_counted(tmp_path: Path) -> None:
    row = electricity_row()
    made = run_with(with_cells(tmp_path / "book.xlsx", "运营台账", {f"E{row}": 1e14, f"F{row}": "亿千瓦时"}))
    assert places(made, "footprint.result_impossible") == [f"book.xlsx!运营台账!E{row}"]
    used = made.tables["T20"].cells["electricity.current"].value
    assert used is not None
    assert used > 10**22  # the whole of what was stated: no wrap of 64 bits


def test_loan_amounts_beyond_what_a_float_holds(tmp_path: Path) -> None:
    made = run_with(with_cells(tmp_path / "book.xlsx", "借据台账", {"N7": 650_000_000_000_000.03}))
    assert made.sums["green_balance"].value


def test_result_beyond_reason_is_left_out(tmp_path: Path) -> None:
    made = run_with(with_cells(tmp_path / "book.xlsx", "项目台账", {"N5": 1e14}))
    assert "book.xlsx!项目台账!A5" in places(made, "measure.result_impossible")
    assert not made.measurements.filter(
        pc.and_(pc.equal(made.measurements["project_id"], "XM2023001"), pc.equal(made.measurements["output"], "co2"))
    ).num_rows


def test_months_after_the_data_date_are_told() -> None:
    files = example.files().books[0]
    assert len(places(run_with(files, as_of=date(2025, 6, 30)), "ingest.month_after_day")) == 1
    assert not places(run_with(files), "ingest.month_after_day")


def test_long_texts_are_cut_in_problems() -> None:
    problem = error("ingest.item_unknown", found="A" * 32000)
    assert len(str(problem.params["found"])) < 700
    assert len(str(replace(problem, params={"column": "A" * 32000}).params["column"])) < 700

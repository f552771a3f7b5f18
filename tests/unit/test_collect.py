"""Branches: a book with holes -> workbooks -> filled in -> merged -> a run that has the figures, each with the branch's cell."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from collected import AS_OF, SEWAGE, WIND, asks, fill, holed, read, reference, sent, sheet_rows
from openpyxl import load_workbook

from greenfin import collect, explain, pipeline
from greenfin.collect.ask import Ask, file_names, masked
from greenfin.collect.columns import LISTS, META
from greenfin.collect.workbook import write_workbook
from greenfin.core.columns import table_of
from greenfin.core.lineage import Trace
from greenfin.core.problems import Outcome, Refused
from greenfin.core.records import Book
from greenfin.disclose import write_rows
from greenfin.ingest.answers import seal
from greenfin.ingest.supplements import read_supplements, settled, supplemented

BRANCH = "collect_030301.xlsx"
LOAN = "030301202500001"
GOOD: Mapping[tuple[str, str], Mapping[str, Any]] = {
    (WIND, "supply"): {"answer": 23860, "unit": "万千瓦时", "basis": "实际值", "year": 2025},
    (WIND, "total_invest_fen"): {"answer": 62000, "unit": "万元"},
    (WIND, "stage"): {"answer": "投产"},
    (WIND, "contract_or_invoice"): {"answer": "购销合同2023-07号"},
    (LOAN, "customer_uscc"): {"answer": "91350100M000100Y43"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Book]:
    """The workbooks of the book with holes, and that book."""
    folder = tmp_path_factory.mktemp("sent")
    book = read(holed(folder / "book.xlsx"))
    sent(book, folder / "out")
    return folder / "out", book


@pytest.fixture
def back(made: tuple[Path, Book], tmp_path: Path) -> Path:
    """A copy of the workbooks to fill in."""
    return Path(shutil.copytree(made[0], tmp_path / "back"))


def merged(place: Path, *, asked: bool = True) -> Outcome[collect.Merged]:
    return collect.merge([place], reference=reference(), asked=collect.read_asked(place) if asked else None)


def codes(outcome: Outcome[collect.Merged]) -> set[str]:
    return {cell.problem.code for cell in outcome.value.wrong}


def wrong_at(outcome: Outcome[collect.Merged], code: str) -> list[str]:
    return [cell.problem.where for cell in outcome.value.wrong if cell.problem.code == code]


def test_the_holes_are_asked_and_nothing_that_is_known(made: tuple[Path, Book]) -> None:
    found = {(a.key, a.field, a.reason) for a in asks(made[1]) if a.sheet != "papers"}
    assert {(WIND, "supply", "missing"), (WIND, "total_invest_fen", "missing"), (WIND, "stage", "missing")} <= found
    assert (LOAN, "customer_uscc", "invalid") in found
    assert {field for key, field, _ in found if key == SEWAGE} == {"sewage", "cod_in", "cod_out"}
    assert not any(field in ("capacity", "content", "region") for key, field, _ in found if key == WIND)


def test_each_branch_has_its_own_workbook_and_the_record_counts_it(made: tuple[Path, Book]) -> None:
    record = json.loads((made[0] / "collect.json").read_text("utf-8"))
    files = {path.name for path in made[0].glob("*.xlsx")}
    assert {each["file"] for each in record["branches"]} == files
    for each in record["branches"]:
        assert each["required"] + each["optional"] == sum(each["asked"].values()) == len(each["marks"]) + len(each["optional_marks"])
    assert record["files"][0]["sha256"] == made[1].files[0].sha256
    assert {stat.S_IMODE(path.stat().st_mode) for path in made[0].iterdir()} == {0o600}


def test_only_entry_cells_can_be_written(made: tuple[Path, Book]) -> None:
    book = load_workbook(made[0] / BRANCH)
    assert book.security.lockStructure
    assert {book[LISTS].sheet_state, book[META].sheet_state} == {"hidden", "veryHidden"}
    for sheet in book.worksheets:
        assert sheet.protection.sheet
    rows = sheet_rows(book["测算输入"])[WIND, "supply"]
    assert {name for name, cell in rows.items() if not cell.protection.locked} == {"answer", "unit", "basis", "year", "note", "by", "on"}
    assert sheet_rows(book["项目补充"])[WIND, "stage"]["unit"].protection.locked
    kinds = {validation.type for validation in book["测算输入"].data_validations.dataValidation}
    assert {"decimal", "list", "whole", "date"} <= kinds


def test_names_are_masked_unless_asked_for(made: tuple[Path, Book]) -> None:
    names = {name for name in made[1].loans["customer_name"].to_pylist() if name and "*" not in name}
    hidden = {text for ask in asks(made[1]) for text in (ask.subject, ask.was)}
    assert not hidden & names
    assert any(ask.subject in names for ask in asks(made[1], with_names=True))
    assert masked("甲公司") == "甲**"


def test_the_same_questions_give_the_same_bytes(made: tuple[Path, Book], tmp_path: Path) -> None:
    sent(made[1], tmp_path / "again")
    assert (tmp_path / "again" / BRANCH).read_bytes() == (made[0] / BRANCH).read_bytes()
    with pytest.raises(Refused) as refused:
        sent(made[1], tmp_path / "again")
    assert refused.value.problem.code == "collect.folder_taken"


def _leaves(trace: Trace) -> Iterator[str]:
    if trace.source:
        yield f"{trace.source.title}!{trace.source.locator}"
    for part in trace.parts:
        yield from _leaves(part)


def test_round_trip_gives_the_missing_figures_with_the_branchs_cells(made: tuple[Path, Book], back: Path, tmp_path: Path) -> None:
    fill(back / BRANCH, GOOD)
    outcome = merged(back)
    assert not outcome.value.wrong
    progress = {p.branch: p for p in outcome.value.progress}["030301"]
    assert progress.answered == len(GOOD)
    assert progress.asked == progress.answered + progress.open
    write_rows(outcome.value.supplements, tmp_path / "supplements.csv")
    given = read_supplements(tmp_path / "supplements.csv")
    assert not given.problems
    assert given.value.equals(outcome.value.supplements)
    filled = supplemented(made[1], given.value)
    assert {p.code for p in filled.problems} == {"ingest.supplement_replaces"}
    before, after = _run(made[1]), _run(filled.value)
    assert _co2(before) < _co2(after)
    assert WIND not in before.measurements["project_id"].to_pylist()
    assert WIND in after.measurements["project_id"].to_pylist()
    leaves = list(_leaves(explain.why(after, "T01!co2_reduction.current", limit=1000)))
    sources = [leaf for leaf in leaves if leaf.startswith(BRANCH)]
    assert any("测算输入" in leaf for leaf in sources)
    assert any("项目补充" in leaf for leaf in sources)


def _run(book: Book) -> pipeline.RunResult:
    options = pipeline.Options(policy="working", templates=("T01",))
    return pipeline.compute(pipeline.Inputs(book), options, reference=reference())


def _co2(result: pipeline.RunResult) -> int:
    mine = result.parts.filter(pc.equal(result.parts["output"], "co2"))
    return int(pc.sum(mine["amount"]).as_py() or 0)


def test_a_filled_cell_no_longer_complains(made: tuple[Path, Book], back: Path) -> None:
    from greenfin import ingest

    fill(back / BRANCH, GOOD)
    read_book = ingest.read_book([made[0].parent / "book.xlsx"], as_of=AS_OF, reference=reference())
    wrong = [p for p in read_book.problems if p.code == "ingest.credit_code_wrong"]
    filled = supplemented(read_book.value, merged(back).value.supplements).value
    left = [p for p in settled(read_book.problems, filled) if p.code == "ingest.credit_code_wrong"]
    assert len(left) == len(wrong) - 1


@pytest.mark.parametrize(
    ("key", "cells", "code", "column"),
    [
        ((WIND, "supply"), {"answer": "两亿", "unit": "万千瓦时", "basis": "实际值"}, "collect.not_a_number", "answer"),
        ((WIND, "supply"), {"answer": 1, "unit": "吨", "basis": "实际值"}, "collect.unit_wrong", "unit"),
        ((WIND, "supply"), {"answer": 1, "unit": "萬萬", "basis": "实际值"}, "collect.unit_unlisted", "unit"),
        ((WIND, "supply"), {"answer": 1, "basis": "实际值"}, "collect.unit_unlisted", "unit"),
        ((WIND, "supply"), {"answer": 23860, "unit": "万千瓦时", "basis": "大概"}, "collect.basis_missing", "basis"),
        ((WIND, "supply"), {"answer": 23860, "unit": "万千瓦时", "basis": "实际值", "year": 2031}, "collect.year_wrong", "year"),
        ((WIND, "supply"), {"answer": 238600000000, "unit": "万千瓦时", "basis": "实际值"}, "collect.value_unlikely", "answer"),
        ((WIND, "supply"), {"answer": -5, "unit": "万千瓦时", "basis": "实际值"}, "collect.value_impossible", "answer"),
        ((WIND, "total_invest_fen"), {"answer": 0.5, "unit": "元"}, "collect.value_unlikely", "answer"),
        ((WIND, "total_invest_fen"), {"answer": 62000, "unit": "MW"}, "collect.unit_wrong", "answer"),
        ((WIND, "stage"), {"answer": "快好了"}, "collect.not_a_value", "answer"),
        ((LOAN, "customer_uscc"), {"answer": "915101007000000001"}, "collect.not_a_value", "answer"),
    ],
)
def test_what_a_branch_fills_in_wrongly_is_listed_with_its_cell(
    back: Path, key: tuple[str, str], cells: dict[str, object], code: str, column: str
) -> None:
    fill(back / BRANCH, {**GOOD, key: cells})
    outcome = merged(back)
    assert codes(outcome) == {code}
    book = load_workbook(back / BRANCH)
    place = next(rows[key][column].coordinate for sheet in book.worksheets[1:] if key in (rows := sheet_rows(sheet)))
    assert wrong_at(outcome, code)[0].endswith(f"!{place}")
    taken = set(zip(outcome.value.supplements["key"].to_pylist(), outcome.value.supplements["field"].to_pylist(), strict=True))
    assert taken == set(GOOD) - {key}


def test_an_unlikely_value_with_a_reason_is_taken_and_told(back: Path) -> None:
    odd = {"answer": 13000000, "unit": "万千瓦时", "basis": "实际值", "note": "含二期并网电量"}
    fill(back / BRANCH, {(WIND, "supply"): odd})
    outcome = merged(back)
    assert outcome.value.supplements.num_rows == 1
    assert "collect.value_unlikely_noted" in {p.code for p in outcome.problems}


def test_without_a_name_and_a_day_nothing_is_taken(back: Path) -> None:
    fill(back / BRANCH, GOOD, by=None)
    assert codes(merged(back)) == {"collect.unsigned"}
    fill(back / BRANCH, {key: {"by": "王"} for key in GOOD}, by=None)
    assert merged(back).value.supplements.num_rows == len(GOOD)


def test_rows_that_were_moved_or_changed_are_caught(back: Path) -> None:
    book = load_workbook(back / BRANCH)
    sheet = book["项目补充"]
    rows = sheet_rows(sheet)
    rows[WIND, "stage"]["key"].value = SEWAGE
    rows[WIND, "total_invest_fen"]["code"].value = "loans|balance_fen||required|"
    for row in rows.values():
        row["answer"].value = "在建"
    book.save(back / BRANCH)
    outcome = merged(back)
    assert wrong_at(outcome, "collect.row_altered")
    assert outcome.value.supplements.num_rows == 0


def test_a_row_pasted_from_another_branchs_workbook_is_caught(back: Path) -> None:
    source, target = load_workbook(back / "collect_020201.xlsx"), load_workbook(back / BRANCH)
    row = sheet_rows(source["测算输入"])[SEWAGE, "sewage"]
    other = sheet_rows(target["测算输入"])[WIND, "supply"]
    for name, cell in row.items():
        other[name].value = cell.value
    other["answer"].value = 5
    target.save(back / BRANCH)
    assert "collect.row_altered" in codes(merged(back))


def test_two_files_that_differ_are_a_conflict_and_neither_is_taken(back: Path) -> None:
    shutil.copy(back / BRANCH, back / "copy.xlsx")
    fill(back / BRANCH, GOOD)
    fill(
        back / "copy.xlsx",
        {**GOOD, (WIND, "stage"): {"answer": "在建"}, (WIND, "supply"): {**GOOD[WIND, "supply"], "answer": 238.6e6, "unit": "kWh"}},
    )
    outcome = merged(back)
    assert len(wrong_at(outcome, "collect.conflict")) == 2
    taken = outcome.value.supplements
    assert "stage" not in taken["field"].to_pylist()
    assert taken["field"].to_pylist().count("supply") == 1  # the same amount in another unit is no conflict


def test_an_old_workbook_and_a_stranger_are_told_and_the_rest_goes_on(back: Path, made: tuple[Path, Book], tmp_path: Path) -> None:
    other = replace(made[1], files=())
    sent(other, tmp_path / "other")
    shutil.copy(tmp_path / "other" / BRANCH, back / "old.xlsx")
    (back / "broken.xlsx").write_bytes(b"PK\x03\x04 nothing")
    shutil.copy(made[0].parent / "book.xlsx", back / "book.xlsx")
    fill(back / BRANCH, GOOD)
    outcome = merged(back)
    found = {(p.code, p.where.partition("!")[0]) for p in outcome.problems}
    assert {("collect.other_book", "old.xlsx"), ("ingest.file_damaged", "broken.xlsx"), ("collect.not_ours", "book.xlsx")} <= found
    assert outcome.value.supplements.num_rows == len(GOOD)


def test_branches_that_returned_nothing_are_named(back: Path) -> None:
    (back / "collect_010101.xlsx").unlink()
    told = [p for p in merged(back).problems if p.code == "collect.not_returned"]
    assert [p.params["branch"] for p in told] == ["010101"]


def test_a_folder_without_workbooks_is_refused_and_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        collect.merge([tmp_path], reference=reference())
    assert refused.value.problem.code == "collect.no_files"
    assert [p.code for p in collect.merge([tmp_path / "a.xlsx"], reference=reference()).problems] == ["ingest.file_missing"]


def test_a_document_of_a_project_fills_its_own_column() -> None:
    book = Book(
        AS_OF, loans=table_of("loans", [{"loan_id": "L1", "project_id": "P1"}]), projects=table_of("projects", [{"project_id": "P1"}])
    )
    rows = [
        _row("evidence", "P1", "eia_approval", "环审〔2025〕1号", valid_to=date(2030, 1, 1)),
        _row("projects", "P1", "eia_no", "环审〔2025〕1号"),
        _row("evidence", "L1", "invoice", "发票1"),
    ]
    filled = supplemented(book, table_of("supplements", rows)).value
    assert filled.projects["eia_no"].to_pylist() == ["环审〔2025〕1号"]
    assert filled.evidence.select(["kind", "receipt_no", "project_id"]).to_pylist() == [
        {"kind": "eia_approval", "receipt_no": None, "project_id": "P1"},
        {"kind": "invoice", "receipt_no": "L1", "project_id": None},
    ]


def _row(target: str, key: str, field: str, value: str, **more: object) -> dict[str, object]:
    cell = f"b.xlsx!S!H{abs(hash((key, field))) % 90 + 4}"
    return {
        "target": target,
        "key": key,
        "field": field,
        "value": value,
        "source_cell": cell,
        "filled_by": "李",
        "filled_on": AS_OF,
        **more,
    }


def _book() -> Book:
    loans = [{"loan_id": "L1", "project_id": "P9", "purpose": "经营", "source_sheet": "a.xlsx!S", "source_row": 2}]
    inputs = [
        {"project_id": "P1", "input": "supply", "value": 5.0, "unit": "kWh", "basis": "actual", "year": 2025, "source_cell": "a.xlsx!I!D2"}
    ]
    projects = [{"project_id": "P1", "stage": "operation", "source_sheet": "a.xlsx!P", "source_row": 2}]
    return Book(AS_OF, loans=table_of("loans", loans), projects=table_of("projects", projects), inputs=table_of("inputs", inputs))


def test_a_value_in_the_book_is_kept_unless_it_was_asked_about() -> None:
    rows = [
        _row("projects", "P1", "stage", "construction"),
        _row("loans", "L1", "purpose", "屋顶分布式光伏电站建设", replaces=seal("经营")),
    ]
    outcome = supplemented(_book(), table_of("supplements", rows))
    assert outcome.value.projects["stage"].to_pylist() == ["operation"]
    assert outcome.value.loans["purpose"].to_pylist() == ["屋顶分布式光伏电站建设"]
    assert [p.code for p in outcome.problems] == ["ingest.supplement_replaces", "ingest.supplement_differs"]
    assert outcome.value.cell("a.xlsx!S", 2, "purpose") == rows[1]["source_cell"]


def test_a_project_that_only_loans_name_is_made() -> None:
    rows = [_row("projects", "P9", "total_invest_fen", "6.2", unit="亿CNY"), _row("projects", "P8", "stage", "operation")]
    outcome = supplemented(_book(), table_of("supplements", rows))
    mine = outcome.value.projects.filter(pc.equal(outcome.value.projects["project_id"], "P9")).to_pylist()[0]
    assert mine["total_invest_fen"] == 62_000_000_000
    assert outcome.value.cell(mine["source_sheet"], mine["source_row"], "total_invest_fen") == rows[0]["source_cell"]
    assert [p.code for p in outcome.problems] == ["ingest.supplement_stranger"]


def test_an_input_asked_about_gives_way_and_another_is_kept() -> None:
    from greenfin.ingest.supplements import input_seal

    book = _book()
    answer = {"unit": "kWh", "basis": "actual", "year": 2025}
    kept = supplemented(book, table_of("supplements", [_row("inputs", "P1", "supply", "7", **answer)]))
    assert kept.value.inputs["value"].to_pylist() == [5.0]
    assert [p.code for p in kept.problems] == ["ingest.supplement_differs"]
    print_of = input_seal(book.inputs.to_pylist()[0])
    gone = supplemented(book, table_of("supplements", [_row("inputs", "P1", "supply", "7", replaces=print_of, **answer)]))
    assert gone.value.inputs["value"].to_pylist() == [7.0]


@pytest.mark.parametrize(
    "line",
    [
        "loans,L1,balance_fen,5,CNY,,", "loans,L1,class5,gut,,,", "projects,P1,operating_on,morgen,,,", "inputs,P1,supply,nan,kWh,actual,",
        "inputs,P1,supply,5,吨,actual,", "projects,P1,total_invest_fen,1e400,CNY,,",
        "inputs,P1,nothing,5,kWh,actual,", "secrets,P1,stage,operation,,,",
    ],
)  # fmt: skip
def test_an_edited_file_of_supplements_is_checked_again(tmp_path: Path, line: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"target,key,field,value,unit,basis,year\n{line}\nprojects,P1,stage,operation,,,\n", "utf-8")
    read_back = read_supplements(path)
    assert [p.code for p in read_back.problems] == ["ingest.supplement_unreadable"]
    assert read_back.value.num_rows == 1


def test_a_file_that_holds_no_supplements_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(Refused):
        read_supplements(path)


def test_text_that_would_run_is_words(tmp_path: Path) -> None:
    ask = Ask("-1", "loans", "=1+1", "@cmd", "loans", "purpose", "short", was="+2")
    write_workbook(tmp_path / "a.xlsx", [ask], asked="x", branch="=A1", branch_name="-b", as_of=AS_OF, report="both", due=None)
    rows = sheet_rows(load_workbook(tmp_path / "a.xlsx")["借据补充"])
    cells = rows["=1+1", "purpose"]
    assert all(cells[name].data_type == "s" and cells[name].quotePrefix for name in ("key", "subject", "now"))


def test_file_names_are_safe_and_different() -> None:
    names = file_names(["0101", "a/b", "a\\b", "A_B", "a_b", "", "con", "总行营业部", "." * 90])
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert not any(set(name) & set('/\\:*?"<>|') or ".." in name for name in names.values())


def test_there_is_nothing_to_supplement() -> None:
    book = _book()
    filled = supplemented(book, table_of("supplements", []))
    assert filled.value.loans.equals(book.loans)
    assert isinstance(filled.value.inputs, pa.Table)

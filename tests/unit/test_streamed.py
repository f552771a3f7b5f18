"""A book in batches and shards comes to the same cells, sums and problems as the whole."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections import Counter
from multiprocessing import active_children
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from greenfin import pipeline, run_folder
from greenfin.core.problems import Problem, Refused, info, warning
from greenfin.ingest.batches import NeedsAll
from greenfin.pipeline import Files, Options, RunResult
from greenfin.reference.load import Reference, load
from greenfin.streamed import listed, saving
from greenfin.streamed.plan import copies_of, planned
from greenfin.streamed.problems import Told, problems_of, table_of
from greenfin.streamed.run import Streamed, run
from greenfin.streamed.spool import Spool
from greenfin.streamed.workers import workers
from tests.streamed_books import AS_OF, write_beside, write_book

OPTIONS = Options(policy="working")


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load().whole()


def streamed(files: Files, folder: Path, reference: Reference, *, at_once: int, shards: int) -> Streamed:
    spool = Spool(folder)
    spool.begin({}, resume=False)
    copies = copies_of(files.books, folder.with_name("copies"))
    plan = planned(files, OPTIONS, as_of=AS_OF, at_once=at_once, shards=shards, copies=copies)
    return run(plan, spool, reference=reference, advance=lambda *_: None)


def whole(files: Files, reference: Reference) -> RunResult:
    return pipeline.run(files, OPTIONS, as_of=AS_OF, reference=reference)


def told(problems: list[Problem]) -> Counter[str]:
    return Counter(json.dumps([p.code, p.severity.value, p.where, dict(p.params)], sort_keys=True, default=str) for p in problems)


def assert_same(made: Streamed, expected: RunResult) -> None:
    """Every cell, every sum and every problem."""
    assert {t.id: t for t in made.result.tables.values()} == {t.id: t for t in expected.tables.values()}
    assert made.result.sums == expected.sums
    assert told([p for path in made.problems for p in problems_of(listed.first(path))]) == told(list(expected.problems))
    assert made.loans == len(expected.book.loans)


@pytest.mark.parametrize("case", [(7, 3, 6, 50), (1, 2, 0, 0), (1000, 1, 6, 0), (40, 5, 6, 0)])
def test_batches_and_shards_change_nothing(tmp_path: Path, reference: Reference, case: tuple[int, int, int, int]) -> None:
    at_once, shards, repeated, groups = case
    size = 40 if at_once == 1 else 160
    files = Files(tuple(write_book(tmp_path / "book", loans=size, projects=12, seed=shards, repeated=repeated, groups=groups)))
    assert_same(streamed(files, tmp_path / "work", reference, at_once=at_once, shards=shards), whole(files, reference))


@pytest.mark.parametrize("case", [(7, 3, 50), (40, 5, 0)])
def test_customers_and_rates_beside_a_ledger_change_nothing(tmp_path: Path, reference: Reference, case: tuple[int, int, int]) -> None:
    at_once, shards, groups = case
    paths = write_book(tmp_path / "book", loans=160, projects=12, seed=shards, repeated=6, groups=groups)
    customers, rates = write_beside(tmp_path / "book", paths[0], seed=shards)
    files = Files((*paths, customers), rates=rates)
    expected = whole(files, reference)
    said = {problem.code for problem in expected.problems}
    assert {"ingest.customer_filled", "ingest.customer_differs", "ingest.rate_used", "ingest.rate_missing"} <= said
    assert_same(streamed(files, tmp_path / "work", reference, at_once=at_once, shards=shards), expected)
    assert_same(
        streamed(Files((*paths, customers, rates)), tmp_path / "again", reference, at_once=at_once, shards=shards),
        whole(Files((*paths, customers, rates)), reference),
    )


def test_green_loans_of_a_customer_of_class_a_are_counted_over_all(tmp_path: Path, reference: Reference) -> None:
    paths = write_book(tmp_path / "book", loans=60, projects=6, seed=3)
    customers, _ = write_beside(tmp_path / "book", paths[0], seed=3, classes=("A类", "B类"))
    files = Files((*paths, customers))
    assert "ingest.green_in_class_a" in {problem.code for problem in whole(files, reference).problems}
    first = pq.read_table(customers)["环境风险分类"].to_pylist().index("A类") + 2
    with pytest.raises(NeedsAll, match=rf"customers.parquet!G{first}$"):
        streamed(files, tmp_path / "work", reference, at_once=20, shards=3)


def test_a_ledger_in_text_goes_in_batches_too(tmp_path: Path, reference: Reference) -> None:
    paths = write_book(tmp_path / "book", loans=160, projects=12, seed=4, repeated=6)
    for path in paths:
        rows = pq.read_table(path).to_pylist()
        with path.with_suffix(".csv").open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows([row | {"贷款用途": f'{row["贷款用途"]},"一期"\n'} if row.get("贷款用途") else row for row in rows])
    files = Files(tuple(path.with_suffix(".csv") for path in paths))
    made = streamed(files, tmp_path / "work", reference, at_once=40, shards=3)
    assert made.work.plan.ledgers[0].path.parent.parent == tmp_path / "copies"
    assert_same(made, whole(files, reference))


@pytest.mark.parametrize("text", ["借据号,贷款余额\nJ1,5,6\n", "借据号,借据号\nJ1,5\n", ""])
def test_what_is_not_plainly_a_table_is_no_copy(tmp_path: Path, text: str) -> None:
    (tmp_path / "loans.csv").write_text(text, "utf-8")
    assert copies_of((tmp_path / "loans.csv",), tmp_path / "copies") == {}


def test_what_a_ledger_needs_all_rows_for_is_read_whole(tmp_path: Path) -> None:
    loans, projects, _ = write_book(tmp_path, loans=30, projects=3, seed=1)
    table = pq.read_table(loans)
    names = table.append_column("项目名称", pa.array(["示例光伏项目"] * len(table)))
    pq.write_table(names, loans)
    with pytest.raises(NeedsAll, match="项目名称"):
        planned(Files((loans, projects)), OPTIONS, as_of=AS_OF)


def test_a_total_in_the_middle_is_read_whole(tmp_path: Path, reference: Reference) -> None:
    paths = write_book(tmp_path / "book", loans=30, projects=3, seed=1)
    table = pq.read_table(paths[0])
    total = table.slice(0, 1).to_pylist()[0] | {"借据号": "合计", "机构号": "010101"}
    pq.write_table(pa.concat_tables([table, pa.Table.from_pylist([total], schema=table.schema)]), paths[0])
    with pytest.raises(NeedsAll, match=r"loans.parquet!\w*32"):
        streamed(Files(tuple(paths)), tmp_path / "work", reference, at_once=10, shards=2)


def test_finished_parts_are_not_done_again(tmp_path: Path, reference: Reference) -> None:
    files = Files(tuple(write_book(tmp_path / "book", loans=60, projects=6, seed=2, groups=20)))
    plan = planned(files, OPTIONS, as_of=AS_OF, at_once=20, shards=3)
    spool = Spool(tmp_path / "work")
    spool.begin({"a": 1}, resume=True)

    def broken(step: str, done: int, _parts: int, _loans: int) -> None:
        if (step, done) == ("sum", 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(plan, spool, reference=reference, advance=broken)
    (spool.folder / "shard-000002.partial").mkdir()
    before = {path.name: path.stat().st_mtime_ns for path in spool.folder.glob("span-*")}
    assert spool.begin({"a": 1}, resume=True) > 4
    made = run(plan, spool, reference=reference, advance=lambda *_: None)
    assert {path.name: path.stat().st_mtime_ns for path in spool.folder.glob("span-*")} == before
    assert_same(made, whole(files, reference))
    assert spool.begin({"a": 2}, resume=True) == 0


def _written(made: Streamed, folder: Path) -> dict[str, bytes]:
    saving.save(made, folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_several_processes_write_the_same_bytes(tmp_path: Path, reference: Reference) -> None:
    files = Files(tuple(write_book(tmp_path / "book", loans=160, projects=12, seed=5, repeated=6, groups=50)))
    plan = planned(files, OPTIONS, as_of=AS_OF, at_once=40, shards=4)
    written = []
    for most in (1, 2, 3):
        spool = Spool(tmp_path / f"work-{most}")
        spool.begin({}, resume=False)
        with workers(spool, most) as here:
            made = run(plan, spool, reference=reference, advance=lambda *_: None, each=here.each)
        if most == 2:
            assert_same(made, whole(files, reference))
        written.append(_written(made, tmp_path / f"run-{most}"))
    assert len(written[0]) > 20
    assert written[0] == written[1] == written[2]


def test_lists_of_problems_are_those_of_the_whole(tmp_path: Path, reference: Reference) -> None:
    files = Files(tuple(write_book(tmp_path / "book", loans=160, projects=12, seed=6, repeated=6)))
    in_parts = _written(streamed(files, tmp_path / "work", reference, at_once=40, shards=3), tmp_path / "in_parts")
    run_folder.save(whole(files, reference), tmp_path / "whole")
    listed_whole, recorded_whole = ((tmp_path / "whole" / name).read_bytes() for name in ("problems.csv", "inputs/inputs.json"))
    assert sorted(in_parts["problems.csv"].splitlines()) == sorted(listed_whole.splitlines())
    mine, theirs = json.loads(in_parts["inputs/inputs.json"]), json.loads(recorded_whole)
    assert sorted(map(json.dumps, mine.pop("problems"))) == sorted(map(json.dumps, theirs.pop("problems")))
    assert mine == theirs


def test_a_process_that_was_killed_is_told_and_the_run_goes_on(tmp_path: Path, reference: Reference) -> None:
    files = Files(tuple(write_book(tmp_path / "book", loans=160, projects=12, seed=7, groups=20)))
    plan = planned(files, OPTIONS, as_of=AS_OF, at_once=20, shards=6)
    spool = Spool(tmp_path / "work")
    spool.begin({}, resume=True)

    def killed(step: str, done: int, _parts: int, _loans: int) -> None:
        if (step, done) == ("sum", 2):
            os.kill(active_children()[0].pid or 0, signal.SIGTERM)

    with pytest.raises(Refused) as refused, workers(spool, 2) as here:
        run(plan, spool, reference=reference, advance=killed, each=here.each)
    assert refused.value.problem.code == "run.worker_failed"
    assert dict(refused.value.problem.params) == {"reason": "SIGTERM"}
    assert active_children() == []
    finished = spool.begin({}, resume=True)
    assert 8 + 2 <= finished < 8 + 6
    with workers(spool, 2) as here:
        assert_same(run(plan, spool, reference=reference, advance=lambda *_: None, each=here.each), whole(files, reference))


def test_counts_of_batches_are_added() -> None:
    found = Told()
    found.add([info("ingest.persons_masked", "a.parquet!E1", count=3)])
    found.add([info("ingest.persons_masked", "a.parquet!E1", count=4)])
    found.add([warning("run.nothing_approved", "", policy="strict")])
    found.add([warning("aggregate.project_classes", "P9", n=1, projects="P9", found="1 / 2")])
    found.add([warning("aggregate.project_classes", "P2", n=2, projects="P2, P3", found="3 / 4")])
    kept = {p.code: p for p in found.problems(5)}
    assert kept["ingest.persons_masked"].params["count"] == 7
    assert "run.nothing_approved" not in kept  # one shard of five has nothing approved
    assert kept["aggregate.project_classes"].where == "P2"
    assert dict(kept["aggregate.project_classes"].params) == {"n": 3, "projects": "P2, P3, P9", "found": "3 / 4"}


def test_problems_come_back_from_rows() -> None:
    problems = [warning("ingest.purpose_short", "a!B2", count=3, wanted=30)]
    assert list(problems_of(table_of(problems))) == problems
    assert table_of([]).num_rows == 0


@pytest.mark.parametrize("filled", [0, 1])
def test_a_split_that_no_loan_of_the_book_can_be_put_into_is_unsaid_of_the_whole(tmp_path: Path, reference: Reference, filled: int) -> None:
    """Where only one loan says its industry, most shards have none that does; where none does, no shard has."""
    loans, *rest = write_book(tmp_path / "book", loans=60, projects=6, seed=5)
    table = pq.read_table(loans)
    for at, name in enumerate(table.column_names):
        if name in ("贷款投向行业", "五级分类"):
            said = table[name].drop_null().filter(pc.not_equal(table[name].drop_null(), "9999")).to_pylist()[:filled]
            table = table.set_column(at, name, pa.array([*said, *[None] * (len(table) - filled)], pa.string()))
    pq.write_table(table, loans)
    files = Files((loans, *rest))
    expected = whole(files, reference)
    assert any("unsaid" in one.marks for one in expected.sums.values()) == (not filled)
    assert_same(streamed(files, tmp_path / "work", reference, at_once=20, shards=4), expected)


def test_a_unit_that_is_wrong_in_single_cells_is_told_of_each_of_them(tmp_path: Path, reference: Reference) -> None:
    loans, *rest = write_book(tmp_path / "book", loans=60, projects=6, seed=6)
    table = pq.read_table(loans)
    amounts = ["5吨" if row % 20 == 3 else str(row) for row in range(len(table))]
    table = table.set_column(table.column_names.index("贷款余额"), "贷款余额", pa.array(amounts))
    pq.write_table(table.append_column("平均余额（吨）", pa.array(amounts)), loans)
    files = Files((loans, *rest))
    expected = whole(files, reference)
    places = [problem.where for problem in expected.problems if problem.code == "ingest.unit_wrong"]
    assert [place.partition("!")[2] for place in places] == ["Q1", "H5", "H25", "H45"]
    assert_same(streamed(files, tmp_path / "work", reference, at_once=20, shards=2), expected)


def test_receipts_without_any_plain_letter_or_figure_are_found_twice(tmp_path: Path, reference: Reference) -> None:
    receipts = ["甲字壹号", "乙字贰号", "丙字叁号", "乙字贰号", "甲字壹号", "Ω"]
    rows = {
        "借据号": receipts,
        "客户名称": ["示例实业有限公司"] * 6,
        "贷款用途": ["流动资金"] * 6,
        "贷款余额": [1.0, 2.0, 3.0, 2.5, 1.0, 4.0],
    }
    pq.write_table(pa.table(rows), tmp_path / "loans.parquet")
    files = Files((tmp_path / "loans.parquet",))
    expected = whole(files, reference)
    assert {"ingest.duplicate_equal", "ingest.duplicate_unequal"} <= {problem.code for problem in expected.problems}
    assert expected.sums["loans_balance"].value == 800
    assert_same(streamed(files, tmp_path / "work", reference, at_once=2, shards=3), expected)


def test_what_the_green_loans_do_not_say_is_not_nothing_for_the_shards_without_any(tmp_path: Path, reference: Reference) -> None:
    """Neither customer nor class where the loan is green; both where it is not, so that some shards have only such loans."""
    green = [row % 6 == 0 for row in range(48)]
    rows = {
        "借据号": [f"J{row:04d}" for row in range(48)],
        "客户编号": [None if is_green else f"C{row}" for row, is_green in enumerate(green)],
        "贷款用途": ["建设50兆瓦光伏发电项目，购置组件和逆变器，并网发电" if is_green else "购置住房一套" for is_green in green],
        "贷款余额": [float(row + 1) for row in range(48)],
        "五级分类": [None if is_green else "正常" for is_green in green],
    }
    pq.write_table(pa.table(rows), tmp_path / "loans.parquet")
    files = Files((tmp_path / "loans.parquet",))
    expected = whole(files, reference)
    assert expected.sums["green_balance"].value
    assert (expected.sums["green_customers"].value, expected.sums["green_npl_balance"].value) == (None, None)
    assert_same(streamed(files, tmp_path / "work", reference, at_once=20, shards=12), expected)
    no_green = pa.table(rows).filter(pa.array([not is_green for is_green in green]))
    pq.write_table(no_green, tmp_path / "loans.parquet")
    expected = whole(files, reference)
    assert (expected.sums["green_customers"].value, expected.sums["green_npl_balance"].value) == (0, 0)
    assert_same(streamed(files, tmp_path / "again", reference, at_once=20, shards=12), expected)


def test_one_class_in_columns_by_level_needs_all_rows(tmp_path: Path) -> None:
    rows = {"借据号": ["J1", "J2"], "客户名称": ["示例公司"] * 2, "贷款用途": ["光伏"] * 2, "贷款余额": [1.0, 2.0]}
    levels = {"绿色信贷一级分类": ["1", "2"], "绿色信贷二级分类": ["1.1", None]}
    pq.write_table(pa.table(rows | levels), tmp_path / "loans.parquet")
    with pytest.raises(NeedsAll, match=r"^loans\.parquet$"):
        planned(Files((tmp_path / "loans.parquet",)), OPTIONS, as_of=AS_OF, at_once=1)

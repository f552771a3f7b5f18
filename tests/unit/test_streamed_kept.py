"""What a run in batches holds of its parts is held once: sums, empty columns, the sheets beside the ledger."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from greenfin.core.columns import fitted, schema
from greenfin.core.records import Sum
from greenfin.ingest.book import Sheets
from greenfin.pipeline import Files, Options
from greenfin.streamed import kept
from greenfin.streamed.plan import Plan, planned
from greenfin.streamed.workers import lay, opened


def sums() -> list[Sum]:
    """Some of two projects, between them one of none."""
    found = []
    for project in ("P1", "P2"):
        group = {"project": project}
        found += [
            Sum("green_balance", dict(group), 5, "fen", 1, "loans", "green_fen"),
            Sum("invest", dict(group), None, "fen", 0, "x", "y"),
        ]
        found.append(Sum("benefit", {"output": "co2", "project": project}, 10**30, "gCO2e", 2, "parts", "amount", ("user", "refused")))
        found.append(Sum("loans_count", {}, 7, "count", 7, "loans", "loan_id"))
    return found


def test_sums_come_back_as_they_were_and_their_groups_are_held_once(tmp_path: Path) -> None:
    (tmp_path / kept.SUMS).write_text(json.dumps(kept._of_kinds(sums())), "utf-8")
    found = list(kept.sums_of(tmp_path))
    assert found == sums()
    assert [one.key for one in found] == [one.key for one in sums()]
    assert found[0].keys is found[1].keys
    assert found[0].keys["project"] is found[2].keys["project"]


def test_columns_that_a_table_lacks_share_their_memory() -> None:
    found = fitted(pa.table({"loan_id": ["L1", "L2"]}), "loans")
    assert found.schema == schema("loans")
    assert found["loan_id"].to_pylist() == ["L1", "L2"]
    missing = [column for name, column in zip(found.column_names, found.columns, strict=True) if name != "loan_id"]
    assert all(column.null_count == 2 for column in missing)
    places = {column.chunk(0).buffers()[0].address for column in missing}
    assert len(places) == len({column.type for column in missing})


def plan_of(folder: Path) -> Plan:
    """A ledger in parquet with a list of projects beside it."""
    loans = {"借据号": ["L1", "L2"], "贷款余额（元）": ["1", "2"], "贷款用途": ["光伏", "风电"], "项目编号": ["P1", None]}
    pq.write_table(pa.table(loans), folder / "loans.parquet")
    projects = {"项目编号": ["P1"], "项目名称": ["青坪光伏"], "项目总投资（万元）": ["5"]}
    pq.write_table(pa.table(projects), folder / "projects.parquet")
    files = Files((folder / "loans.parquet", folder / "projects.parquet"))
    return planned(files, Options(), as_of=date(2025, 12, 31), at_once=10)


def names_in(sheets: Sheets) -> list[object]:
    """The cells of the second column."""
    return list(sheets.blocks[0].grid.columns[1])


def test_rows_beside_a_ledger_are_let_go_when_they_were_taken(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    (head,) = plan.sheets.blocks
    assert head.grid.height == 0
    assert plan.layout["projects.parquet"]["project_name"] == "B"
    first = plan.beside.take()
    assert names_in(first) == ["项目名称", "青坪光伏"]
    again = plan.beside.take()
    assert again is not first
    assert names_in(again) == names_in(first)


def test_another_process_is_not_sent_the_rows_beside_a_ledger(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    sent = lay(plan, tmp_path / "sent")
    assert "青坪光伏".encode() not in sent.path.read_bytes()
    assert names_in(opened(sent).beside.take()) == ["项目名称", "青坪光伏"]

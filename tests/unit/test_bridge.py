"""One run under several editions: the bridge on the terminal, in the folder, in the workbook; replayed and guarded."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from greenfin import bridged, run_folder
from greenfin.aggregate.bridge import SHARE
from greenfin.cli.bridged import edition_counts
from greenfin.cli.main import app
from greenfin.cli.session import Session
from greenfin.pipeline import Options
from greenfin.verify import verify
from tests import run_made
from tests.property.test_bridge_laws import EDITIONS
from tests.property.test_bridge_laws import bridged as bridge_of
from tests.run_made import changed

STATISTICS = "green-financing-stat-2020"
GAS: Mapping[str, object] = {"贷款用途": "天然气长输管道及储气调峰设施建设", "贷款投向行业": "4511", "项目编号": None}
SOLAR: Mapping[str, object] = {"贷款用途": "屋顶分布式光伏电站建设", "贷款投向行业": "4416", "项目编号": None}
GENERAL: Mapping[str, object] = {"贷款用途": "流动资金周转", "贷款投向行业": "5211", "项目编号": None}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run under three editions by the command; its folder and what was printed."""
    home = tmp_path_factory.mktemp("bridge")
    book = run_made.book(home / "book.xlsx", GAS, GENERAL, SOLAR)
    words = ["run", str(book), "--as-of", "2025-12-31", "--policy", "working", "--out", str(home / "run"), "--lang", "zh"]
    asked = [word for edition in (EDITIONS[0], STATISTICS, EDITIONS[1]) for word in ("--edition", edition)]
    done = CliRunner().invoke(app, [*words, *asked, "--template", "T01"])
    assert done.exit_code != 2, done.output  # the project lacks a number, which is an error in the data
    return home / "run", done.output


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_terminal_says_both_totals_and_what_lies_between(said: tuple[Path, str]) -> None:
    _, words = said
    assert words.count("绿色余额之桥") == 2
    assert "仅后者为绿色，前者非绿色" in words
    assert "bridge_loans.csv" in words


def test_the_files_add_up_to_the_totals_of_each_edition(said: tuple[Path, str]) -> None:
    folder, _ = said
    tags = pq.read_table(folder / "tags.parquet").to_pylist()
    balance = {row["loan_id"]: row["balance_fen"] for row in pq.read_table(folder / "loans.parquet").to_pylist()}
    lines = _rows(folder / bridged.BRIDGE)
    for edition in (STATISTICS, EDITIONS[1]):
        of = [line for line in lines if line["second"] == edition]
        green = sum(balance[t["loan_id"]] for t in tags if t["edition"] == edition and t["decision"] == "green")
        assert sum(Decimal(line["amount"]) for line in of if line["part"] in ("both", "second")) == Decimal(green) / 100
        assert sum(Decimal(line["amount"]) for line in of) == Decimal(sum(balance.values())) / 100
        assert sum(int(line["receipts"]) for line in of) == len(balance)
    loans = [line for line in _rows(folder / bridged.BRIDGE_LOANS) if line["part"] != "neither"]  # those in review under one alone
    assert {(line["second"], line["part"]) for line in loans} == {(STATISTICS, "second"), (EDITIONS[1], "second")}
    assert all(line["reason"] and line["second_code"] for line in loans)
    assert not any("customer" in name for name in loans[0])


def test_the_official_carbon_mark_is_in_the_loans_and_in_the_bridge(said: tuple[Path, str]) -> None:
    folder, _ = said
    marks = {row["carbon_mark"] for row in pq.read_table(folder / "loans.parquet").to_pylist()}
    assert marks & {"direct", "enabling"}
    both = [line for line in _rows(folder / bridged.BRIDGE) if line["part"] == "both"]
    assert all(Decimal(line["direct"]) + Decimal(line["enabling"]) <= Decimal(line["amount"]) for line in both)
    assert any(Decimal(line["direct"]) + Decimal(line["enabling"]) > 0 for line in both)


def test_the_workbook_has_a_sheet_for_each_pair(said: tuple[Path, str]) -> None:
    folder, _ = said
    book = openpyxl.load_workbook(folder / "disclosure.xlsx")
    sheets = [sheet for sheet in book.worksheets if sheet.title.startswith("B0")]
    assert len(sheets) == 2
    texts = [str(cell.value) for row in sheets[0].iter_rows() for cell in row if cell.value is not None]
    assert any("仅后者为绿色" in text for text in texts)


def test_the_run_replays_and_a_changed_bridge_is_found(said: tuple[Path, str]) -> None:
    folder, _ = said
    assert verify(folder).same
    for name in bridged.FILES:
        raw = (folder / name).read_bytes()
        with changed(folder / name, raw.replace(b"second", b"secund", 1)):
            assert verify(folder).altered == (name,)
        with changed(folder / name, None):
            assert verify(folder).missing == (name,)


def test_a_run_under_one_edition_or_auto_has_no_bridge(tmp_path: Path) -> None:
    book = run_made.book(tmp_path / "book.xlsx")
    for editions in ((), ("auto",), (EDITIONS[0], EDITIONS[0])):
        result = run_made.computed(book, Options(policy="working", templates=("T01",), editions=editions))
        assert result.bridges == ()
        assert run_folder.outputs_of(result) == run_folder.OUTPUTS


def test_json_gives_every_line(tmp_path: Path) -> None:
    book = run_made.book(tmp_path / "book.xlsx", GAS)
    words = ["run", str(book), "--as-of", "2025-12-31", "--policy", "working", "--out", str(tmp_path / "run"), "--json"]
    done = CliRunner().invoke(app, [*words, "--edition", EDITIONS[0], "--edition", EDITIONS[1], "--template", "T01"])
    (bridge,) = json.loads(done.output)["bridges"]
    assert (bridge["first"], bridge["second"]) == EDITIONS
    assert {line["part"] for line in bridge["lines"]} == {"both", "second"}


def _green(code: str, share: int = 1_000_000, **more: Any) -> dict[str, object]:
    return {"decision": "green", "code": code, "share_ppm": share, **more}


NOT_GREEN = {"decision": "not_green", "code": None, "share_ppm": 0}
REVIEW = {"decision": "review", "code": None, "share_ppm": 0}


def test_a_loan_green_in_part_stands_where_it_belongs() -> None:
    """60 % under the first, all under the second: 60 in both, 40 under the second alone, counted once."""
    made, _, _ = bridge_of([(100, _green("4.2.1", 600_000), _green("3.2.2.1")), (50, _green("4.2.1", 600_000), REVIEW)])
    found = {(line.part, line.why): (line.fen, line.receipts) for line in made.lines}
    assert found["both", ""] == (60, 1)
    assert found["second", SHARE] == (40, 0)
    alone = [line for line in made.lines if line.part == "first"]
    assert [(line.fen, line.receipts, line.second_outcome) for line in alone] == [(30, 1, "review")]
    assert [(line.fen, line.receipts) for line in made.lines if line.part == "neither"] == [(20, 0)]


def test_why_a_loan_is_green_under_one_alone() -> None:
    made, _, _ = bridge_of(
        [(1, _green("4.2.1"), REVIEW), (2, NOT_GREEN, _green("3.2.3.3")), (3, REVIEW, NOT_GREEN), (4, NOT_GREEN, NOT_GREEN)]
    )
    rows = {row["loan_id"]: row for row in made.loans.to_pylist()}
    assert set(rows) == {"L0", "L1", "L2"}
    assert rows["L0"]["why"] == "not_decided"
    assert rows["L1"]["why"] in ("class_dropped", "no_counterpart", "scope_unmatched")
    assert rows["L2"]["why"] == ""
    below = NOT_GREEN | {"reason": "tag.threshold_unmet"}
    made, _, _ = bridge_of([(1, _green("4.2.1"), below), (2, below, _green("3.2.3.3"))])
    assert [line.why for line in made.lines if line.part in ("first", "second")] == ["threshold_unmet", "threshold_unmet"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_counts_by_edition_of_tags_alone(lang: Any) -> None:
    tags = pa.table(
        {
            "loan_id": ["a", "b", "a", "b"],
            "edition": ["A", "A", "B", "B"],
            "decision": ["green", "green", "green", "review"],
            "carbon_mark": ["direct", None, "enabling", None],
        }
    )
    first, second, pair = edition_counts(Session(lang, False, None), tags)
    assert ("2" in first, "1" in second, "A" in pair and "B" in pair) == (True, True, True)
    assert list(edition_counts(Session(lang, False, None), tags.slice(0, 2))) == []


def test_tags_under_two_editions_end_with_counts_and_under_one_without(tmp_path: Path) -> None:
    texts = tmp_path / "texts.csv"
    texts.write_text("purpose\n建设50MW光伏电站\n购买办公家具\n", encoding="utf-8")
    counts = "green-finance-2025：绿色 1 笔"
    under = ["--edition", "green-finance-2025"]
    assert counts not in CliRunner().invoke(app, ["tag", str(texts), *under, "--lang", "zh"]).stdout
    shown = CliRunner().invoke(app, ["tag", str(texts), *under, "--edition", STATISTICS, "--lang", "zh"]).stdout
    assert counts in shown
    assert f"green-finance-2025 与 {STATISTICS}：均绿 1 笔" in shown

"""The figures of an evaluation against counts made by hand, and the files of labels it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.core.columns import table_of
from greenfin.core.problems import Refused
from greenfin.ingest import read_labelled
from greenfin.tag.measures import Compared, compared, evaluated, figures

ENTRIES = {"4", "4.2", "4.2.1", "4.2.2", "6.4.7", "1.1.1"}
#        id   label        said         accepted          code     score  kind
ROWS = [
    ("a", "green", "green", "4.2.2", "4.2.2", 0.95, "project"),
    ("b", "green", "green", "4.2.1/4.2.2", "4.2.2", 0.85, "project"),  # not the first, but accepted
    ("c", "green", "green", "4.2.1", "4.2.2", 0.85, "project"),  # wrong leaf, level 2 right
    ("d", "green", "green", "4.2", "4.2.2", 0.75, "trade"),  # a parent counts at its levels, says nothing of the leaf
    ("e", "green", "green", "6.4.7", "4.2.2", 0.75, "trade"),  # wrong at every level
    ("f", "green", "review", "4.2.2", "4.2.2", 0.45, "trade"),
    ("g", "green", "not_green", "4.2.2", "", 0.05, "trade"),
    ("h", "not_green", "green", "", "4.2.2", 0.65, "trade"),
    ("i", "not_green", "not_green", "", "", 0.05, "project"),
    ("j", "not_green", "review", "", "4.2.2", 0.45, "project"),
    ("k", "review", "review", "", "", 0.05, "project"),
    ("l", "review", "green", "", "4.2.2", 0.95, "project"),
]


def by_hand() -> Compared:
    labels = [{"loan_id": i, "decision": want, "entries": acc or None, "kind": kind} for i, want, _, acc, _, _, kind in ROWS]
    tags = [{"loan_id": i, "decision": said, "code": code or None, "score": score} for i, _, said, _, code, score, _ in ROWS]
    return compared(table_of("labels", labels), table_of("tags", tags))


def parts(found: dict[str, Any]) -> tuple[int, int]:
    return found["right"], found["of"]


def test_counts_of_verdicts() -> None:
    found = figures(by_hand())
    assert found["counts"]["green"] == {"green": 5, "not_green": 1, "review": 1}
    assert parts(found["precision"]) == (5, 6)  # l must go to review: no part of precision
    assert parts(found["recall_decided"]) == (5, 6)
    assert parts(found["recall"]) == (5, 7)
    assert parts(found["review_clear"]) == (2, 10)
    assert parts(found["review_all"]) == (3, 12)
    assert parts(found["open_reviewed"]) == (1, 2)
    assert parts(found["open_green"]) == (1, 2)
    assert found["f1_decided"]["value"] == pytest.approx(10 / 12)
    assert found["f1"]["value"] == pytest.approx(10 / 13)


def test_entries_by_level() -> None:
    entry = figures(by_hand())["entry"]
    assert {level: parts(share) for level, share in entry.items()} == {"1": (4, 5), "2": (4, 5), "3": (2, 4), "leaf": (2, 4)}


def test_a_class_for_a_leaf_is_right_above_it_only() -> None:
    labels = [{"loan_id": "a", "decision": "green", "entries": "4.2.2"}]
    entry = figures(compared(table_of("labels", labels), table_of("tags", [{"loan_id": "a", "decision": "green", "code": "4.2"}])))["entry"]
    assert {level: parts(share) for level, share in entry.items()} == {"1": (1, 1), "2": (1, 1), "3": (0, 1), "leaf": (0, 1)}


def test_the_interval_is_wilsons() -> None:
    share = figures(by_hand())["precision"]
    z, p, n = 1.959964, 5 / 6, 6
    middle, half = (p + z * z / 2 / n) / (1 + z * z / n), z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    assert (share["low"], share["high"]) == pytest.approx((middle - half, middle + half), abs=1e-6)


def test_by_group_and_the_worst_mistakes() -> None:
    found = evaluated(by_hand())
    assert found["groups"].keys() == {"kind"}
    assert {kind: share["n"] for kind, share in found["groups"]["kind"].items()} == {"project": 7, "trade": 5}
    assert parts(found["groups"]["kind"]["trade"]["precision"]) == (2, 3)
    assert {"expected": "4.2.1", "given": "4.2.2", "count": 1, "id": "c"} in found["confusions"]
    assert {"expected": "review", "given": "4.2.2", "count": 1, "id": "l"} in found["confusions"]
    assert not [c for c in found["confusions"] if c["id"] in "abd"]


def test_reliability_bins() -> None:
    found = evaluated(by_hand())["reliability"]
    green = {b["from"]: (b["n"], b["right"]) for b in found["by_verdict"]["green"]}
    assert green == {0.6: (1, 0.0), 0.7: (2, 1.0), 0.8: (2, 1.0), 0.9: (2, 0.5)}  # l is decided where it must not be
    assert found["by_verdict"]["review"] == [{"from": 0.4, "to": 0.5, "n": 2, "score": pytest.approx(0.45), "right": 0.5}]
    expected = (1 * 0.65 + 2 * 0.25 + 2 * 0.15 + 2 * 0.45) / 7
    assert found["expected_calibration_error"]["green"] == pytest.approx(expected)


def test_nothing_gives_no_shares() -> None:
    found = evaluated(by_hand().of(np.zeros(len(ROWS), dtype=np.bool_)))
    assert found["overall"]["precision"]["value"] is None
    assert found["overall"]["f1"]["value"] is None
    assert found["reliability"]["expected_calibration_error"]["decided"] is None


# files of labels


def test_green_as_a_flag_blank_is_a_question(tmp_path: Path) -> None:
    path = tmp_path / "real.csv"
    path.write_text("text,label_code,green,source\n光伏电站,ACM0002,1,VCS\n购买住房,,0,own\n绿色贷款,,,own\n燃煤电厂,,maybe,own\n", "utf-8")
    found = read_labelled(path, entries=ENTRIES)
    assert found.value.labels["decision"].to_pylist() == ["green", "not_green", "review"]
    assert found.value.labels["entries"].null_count == 3  # the codes of another catalogue are not ours
    assert [(p.code, p.where) for p in found.problems if p.code.startswith("ingest.label")] == [("ingest.label_unknown", "real.csv!C5")]


@pytest.mark.parametrize("ending", ["xlsx", "parquet", "csv"])
def test_headers_and_words_of_a_bank(tmp_path: Path, ending: str) -> None:
    header = ["编号", "用途", "认定结果", "条目代码", "投向行业", "文本类型"]
    rows = [["A1", "光伏电站", "绿色", "4.2.2；4.2", "4416", "project"], ["A2", "购房", "非绿", None, None, "retail"]]
    rows += [["A3", "绿色项目", "待复核", None, None, "project"], ["A4", "风电场", "", None, None, "project"]]
    rows += [["A5", "风电", "绿色", "9.9.9", None, "project"]]
    path = tmp_path / f"labelled.{ending}"
    write(path, header, rows)
    found = read_labelled(path, entries=ENTRIES)
    labels = found.value.labels
    assert labels["loan_id"].to_pylist() == ["A1", "A2", "A3", "A5"]
    assert labels["decision"].to_pylist() == ["green", "not_green", "review", "green"]
    assert labels["entries"].to_pylist() == ["4.2.2/4.2", None, None, None]
    assert labels["kind"].to_pylist() == ["project", "retail", "project", "project"]
    assert found.value.loans["industry_use"].to_pylist()[0] == "4416"
    assert sorted(p.code for p in found.problems if p.code.startswith("ingest.label")) == [
        "ingest.label_entry_unknown",
        "ingest.label_missing",
    ]


def write(path: Path, header: list[str], rows: list[list[str | None]]) -> None:
    if path.suffix == ".parquet":
        pq.write_table(pa.table({name: pa.array([r[n] for r in rows], pa.string()) for n, name in enumerate(header)}), path)
    elif path.suffix == ".csv":
        path.write_text("".join(",".join(cell or "" for cell in row) + "\n" for row in [header, *rows]), "utf-8")
    else:
        book = Workbook()
        assert book.active is not None
        for row in [header, *rows]:
            book.active.append(row)
        book.save(path)


def test_a_kind_of_text_is_no_kind_of_loan(tmp_path: Path) -> None:
    path = tmp_path / "kinds.csv"
    path.write_text("text,green,kind\n购买设备,0,trade\n", "utf-8")
    assert read_labelled(path, entries=ENTRIES).value.loans["kind"].to_pylist() == [None]


def test_no_labels_are_refused_with_what_was_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("text,source\n光伏电站,x\n", "utf-8")
    with pytest.raises(Refused) as refused:
        read_labelled(path, entries=ENTRIES)
    assert refused.value.problem.code == "ingest.label_column_missing"
    assert "decision" in str(refused.value.problem.params["headers"])


# the command


def ran(*args: object, status: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(app, [str(a) for a in (*args, "--as-of", "2025-12-31", "--json")])
    assert done.exit_code == status, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_command_gives_figures_and_rows(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_text("text,decision,entries\n屋顶分布式光伏电站建设,green,4.2.2\n燃煤电厂建设,非绿,\n看不懂,什么,\n", "utf-8")
    found = ran("tag", "--evaluate", path, "--out", tmp_path / "rows.csv")
    assert found.keys() == {"edition", "model", "interval", "overall", "groups", "reliability", "confusions", "problems"}
    assert found["overall"]["counts"]["green"]["green"] == found["overall"]["counts"]["not_green"]["not_green"] == 1
    assert [p["where"] for p in found["problems"] if p["code"] == "ingest.label_unknown"] == ["known.csv!B4"]
    assert (tmp_path / "rows.csv").read_text("utf-8-sig").splitlines()[0].startswith("id,text,expected,entries,decision")


def test_a_table_of_groups_stays_readable(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_text("text,decision,source\n" + "".join(f"燃煤电厂建设{n},非绿,{'s' * 90}{n}\n" for n in range(40)), "utf-8")
    done = CliRunner().invoke(app, ["tag", "--evaluate", str(path), "--as-of", "2025-12-31", "--lang", "en"])
    assert done.exit_code == 0
    assert "and 28 more groups" in done.output
    assert len(done.output.splitlines()) < 60


def test_decisions_are_evaluated_with_the_book_they_are_about(tmp_path: Path) -> None:
    book, decisions = tmp_path / "book.csv", tmp_path / "decisions.csv"
    book.write_text("借据号,贷款余额（万元）,贷款用途\nL1,100,屋顶分布式光伏电站建设\nL2,100,购买住房\nL3,100,风电场\n", "utf-8")
    edition = "green-finance-2025"
    rows = f"L1,{edition},绿色,4.2.2,张,李\nL2,{edition},非绿,,张,李\nL3,{edition},绿色,4.2.1,张,张\nL9,,非绿,,张,李\n"
    decisions.write_text(f"借据号,目录版本,认定结果,条目代码,经办,复核\n{rows}", "utf-8")
    found = ran("tag", book, "--evaluate", decisions)
    assert found["overall"]["n"] == 2  # the maker checked the third; the fourth is not in the book
    assert {"tag.labels_unchecked", "tag.labels_not_in_book"} <= {p["code"] for p in found["problems"]}
    assert ran("tag", "--evaluate", decisions, status=2)["problems"][0]["code"] == "tag.labels_without_text"


def test_what_cannot_be_done_is_misuse(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("text\n光伏电站\n", "utf-8")
    assert ran("tag", status=2)["problems"][0]["code"] == "cli.needs_one_of"
    assert ran("tag", "--evaluate", path, "--learn", path, status=2)["problems"][0]["code"] == "cli.not_together"
    assert ran("tag", "--learn", path, status=2)["problems"][0]["code"] == "cli.needs_one_of"
    assert ran("tag", "--evaluate", tmp_path / "none.csv", status=2)["problems"][0]["code"] == "ingest.file_missing"
    assert ran("tag", "--evaluate", path, status=2)["problems"][0]["code"] == "ingest.label_column_missing"
    assert ran("tag", "--evaluate", path, "--edition", "auto", status=2)["problems"][0]["code"] == "cli.not_one_of"

"""The JSON of each command has the keys that the contract promises, and every refusal is one JSON object too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import run_made

PROBLEM = {"code", "severity", "where", "message", "params"}
TAG = {"id", "text", "edition", "decision", "code", "name_zh", "name_en", "share", "basis", "carbon_mark", "score", "runner_up"}
FACTOR = {"id", "region", "value", "unit", "data_year", "found", "source"}


def greenfin(*args: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    words = [sys.executable, "-m", "greenfin.cli.main", *map(str, args)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})})
    assert "Traceback" not in done.stderr + done.stdout
    return done


def shown(*args: object, status: int = 0) -> dict[str, Any]:
    """Standard output as the one JSON object it must be."""
    done = greenfin(*args, "--json")
    assert done.returncode == status, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    assert all(problem.keys() >= PROBLEM for problem in found.get("problems", ()))
    return found


def test_tag(tmp_path: Path) -> None:
    (tmp_path / "texts.csv").write_text("用途\n建设光伏发电站\n购买住房\n", "utf-8")
    found = shown("tag", tmp_path / "texts.csv", "--text", "用途")
    assert [tag.keys() >= TAG | {"evidence", "needs"} for tag in found["tags"]] == [True, True]
    assert [tag["id"] for tag in found["tags"]] == ["2", "3"]  # rows as the file numbers them, the header being the first
    evidence = next(tag for tag in found["tags"] if tag["evidence"])["evidence"][0]
    assert evidence.keys() >= {"kind", "text", "start", "end", "rule"}


def test_measure() -> None:
    found = shown("measure", "cbrc-pwr", "supply=1.2亿千瓦时", "--region", "CN-JS", "--on", "2025-12-31")
    assert found.keys() >= {"method", "outputs", "inputs", "conventions", "factors", "attribution", "problems"}
    assert found["attribution"] is None
    assert all(output.keys() >= {"value", "unit", "low", "high"} for output in found["outputs"].values())
    assert all(factor.keys() >= FACTOR for factor in found["factors"])


def test_footprint(tmp_path: Path) -> None:
    months = "".join(f"总部,2025-{month:02d},用电量,100,千瓦时\n" for month in range(1, 13))
    (tmp_path / "ops.csv").write_text(f"场所,月份,能源种类,数量,单位\n{months}", "utf-8")
    done = greenfin("footprint", tmp_path / "ops.csv", "--year", "2025", "--json")
    found = json.loads(done.stdout)
    assert done.returncode in (0, 1)
    assert found.keys() >= {"year", "scopes", "total", "items", "intensity", "coverage", "problems"}
    assert found["scopes"].keys() == {"1", "2_location", "2_market", "3"}
    assert all(item.keys() >= {"site", "item", "quantity", "unit", "factor", "co2e"} for item in found["items"])


def test_method_show_and_factor_find() -> None:
    method = shown("method", "show", "CBRC-PWR")
    assert method.keys() >= {"id", "name_zh", "name_en", "source", "evidence", "inputs", "factors", "conventions", "outputs"}
    inputs = {"name", "dimension", "unit", "name_zh", "required", "low", "high"}
    assert all(given.keys() >= inputs for given in method["inputs"])
    assert shown("factor", "find", "grid.avg", "--region", "CN-SC", "--on", "2025-12-31").keys() >= {"factor", "found", "passed_over"}


def test_why_and_verify(tmp_path: Path) -> None:
    run = run_made.saved(run_made.book(tmp_path / "book.xlsx"), tmp_path / "run").folder
    tree = shown("why", run, "T01!green_balance.current")
    while tree:
        assert tree.keys() >= {"cell", "value", "unit", "how", "parts", "source"}
        tree = tree["parts"][0] if tree["parts"] else {}
    assert shown("verify", run) == {**shown("verify", run), "same": True, "differences": [], "altered": []}
    (run / "disclosure.pdf").write_bytes(b"")
    found = shown("verify", run, status=1)
    assert (found["same"], found["altered"]) == (False, ["disclosure.pdf"])


@pytest.mark.parametrize(
    "args",
    [
        ("footprint", "ops.csv", "--year", "abc"),
        ("footprint", "ops.csv", "--year", "99999"),
        ("run",),
        ("run", "book.xlsx", "--as-of", "2025-12-31", "--unknown"),
        ("measure", "CBRC-PWR", "supply=1MWh", "supply=2MWh"),
        ("measure", "CBRC-PWR", "supply=1MWh", "--region", "nowhere"),
        ("check-data", "--policy", "lenient"),
        ("why", "run", "cell", "--limit", "-3"),
    ],
)
def test_misuse_is_one_json_object_too(args: tuple[str, ...]) -> None:
    assert shown(*args, status=2)["problems"]


def test_bytes_that_are_no_text() -> None:
    done = subprocess.run([sys.executable, "-m", "greenfin.cli.main", "tag", b"b\xff.csv", "--json"], capture_output=True, check=False)
    assert done.returncode == 2
    assert json.loads(done.stdout)["problems"][0]["code"] == "cli.not_text"


def test_without_a_locale() -> None:
    done = greenfin(
        "run", "不存在.xlsx", "--as-of", "2025-12-31", env={"LC_ALL": "C", "LANG": "", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    )
    assert done.returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="/dev/full")
def test_output_that_cannot_be_written() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "greenfin.cli.main", "method", "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_a_reader_that_stops_reading() -> None:
    words = [sys.executable, "-m", "greenfin.cli.main", "catalogue", "show", "green-finance-2025"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert b"Traceback" not in running.stderr.read()

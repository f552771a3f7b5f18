"""The command line is a contract: JSON alone on standard output, exit status, both languages, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.cli.session import MOST_OF_A_CODE, Session
from greenfin.core.problems import warning


def greenfin(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    return subprocess.run([sys.executable, "-m", "greenfin.cli.main", *args], cwd=cwd, capture_output=True, text=True, check=False)


def loaded(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """Standard output as the one JSON object it must be."""
    assert "Traceback" not in done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    heavy = "pandas pyarrow streamlit reportlab openpyxl pint numpy sqlmodel"
    code = f"import sys; import greenfin.cli.main; print([m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "args",
    [
        ("factor", "list"),
        ("factor", "show", "grid.avg"),
        ("factor", "find", "grid.avg", "--region", "CN-SC", "--on", "2025-12-31"),
        ("catalogue", "list"),
        ("catalogue", "show", "green-finance-2025", "4.2.2"),
        ("catalogue", "search", "光伏"),
        ("catalogue", "crosswalk", "green-industry-2019", "3.2.1", "green-finance-2025"),
        ("method", "list"),
        ("method", "show", "CBRC-PWR"),
        ("measure", "CBRC-PWR", "supply=1.2亿千瓦时", "--region", "CN-JS", "--on", "2025-12-31"),
        ("check-data",),
    ],
)
def test_json_is_one_object_and_nothing_else(args: tuple[str, ...]) -> None:
    done = greenfin(*args, "--json")
    assert done.returncode == 0, done.stderr
    assert loaded(done)


def test_measure_gives_the_contracts_keys() -> None:
    shown = loaded(greenfin("measure", "cbrc-pwr", "supply=1.2亿千瓦时", "--region", "CN-JS", "--on", "2025-12-31", "--json"))
    assert {"method", "outputs", "inputs", "conventions", "factors", "attribution", "problems"} <= shown.keys()
    grid = next(f for f in shown["factors"] if f["id"] == "grid.avg")  # type: ignore[attr-defined]  # plain JSON
    assert shown["outputs"]["co2"]["value"] == pytest.approx(120_000 * grid["value"], rel=1e-9)  # type: ignore[index]  # plain JSON


@pytest.mark.parametrize("args", [("measure", "CBRC-PWR", "supply=1kWh"), ("factor", "find", "grid.avg")])
def test_an_unknown_region_is_refused_alike_and_near_ones_named(args: tuple[str, ...]) -> None:
    done = greenfin(*args, "--region", "CN-JX-", "--on", "2025-12-31", "--json")
    assert done.returncode == 2
    (problem,) = loaded(done)["problems"]  # type: ignore[misc]  # plain JSON
    assert problem["code"] == "reference.no_such_region"
    assert "CN-JX" in problem["params"]["near"].split(", ")


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("measure", "CBRC-PWR", "supply"), "supply"),
        (("measure", "CBRC-PWR", "supply=多"), "多"),
        (("measure", "CBRC-PWR", "supply=5光年"), "光年"),
        (("measure", "NOTHING", "supply=5MWh"), "NOTHING"),
        (("factor", "show", "grid.av"), "grid.avg"),
        (("catalogue", "show", "green-finance-1999"), "green-finance-2025"),
        (("catalogue", "show", "green-finance-2025", "4.2.222"), "4.2.2"),
        (("run", "missing.xlsx", "--as-of", "2025-12-31"), "missing.xlsx"),
        (("run", "missing.xlsx", "--as-of", "昨天"), "昨天"),
        (("why", "nowhere", "T01!x.current"), "nowhere"),
        (("verify", "nowhere"), "nowhere"),
        (("check-data", "--data", "nowhere"), "nowhere"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_misuse_exits_2_with_words(args: tuple[str, ...], word: str, lang: str, tmp_path: Path) -> None:
    done = greenfin(*args, "--lang", lang, cwd=tmp_path)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_a_fault_of_the_program_shows_no_traceback(tmp_path: Path) -> None:
    code = "import sys, greenfin.cli.main as m, greenfin.cli.data as d\nd.Guard = None\nsys.argv = ['greenfin', 'factor', 'list']\nm.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "TypeError" in done.stderr


@pytest.mark.parametrize("written", ["2025-12-31", "2025/12/31", "20251231", "2025.12.31", " 2025-12-31 "])
def test_a_day_as_people_write_it(written: str) -> None:
    from datetime import date

    from greenfin.cli.asked import day_of

    assert day_of("--as-of", written) == date(2025, 12, 31)


@pytest.mark.parametrize("written", ["2025-02-30", "31.12.2025", "2025-12", "2025123", "20251231x", "2025-12/31"])
def test_what_is_no_day_is_refused(written: str) -> None:
    from greenfin.cli.asked import day_of
    from greenfin.core.problems import Refused

    with pytest.raises(Refused):
        day_of("--as-of", written)


def test_rows_written_out_are_their_owners_alone(tmp_path: Path) -> None:
    out = tmp_path / "tags.csv"
    out.write_text("old", "utf-8")
    out.chmod(0o644)
    source = tmp_path / "texts.csv"
    source.write_text("id,贷款用途\n1,风电场项目建设\n", "utf-8")
    assert CliRunner().invoke(app, ["tag", str(source), "--out", str(out)]).exit_code == 0
    assert out.stat().st_mode & 0o077 == 0


def test_of_one_code_only_so_many_stand_in_the_json() -> None:
    session = Session("en", True, None)
    many = [warning("ingest.purpose_missing", f"b.xlsx!s!A{n}") for n in range(MOST_OF_A_CODE + 7)]
    told = session.problems_json([*many, warning("ingest.no_loans", "b.xlsx")])
    assert len(told) == MOST_OF_A_CODE + 2
    assert told[-1]["params"] == {"found": "ingest.purpose_missing", "n": 7}


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", ["绿色", "4.2.2 太阳能利用设施建设和运营", "屋顶光伏电站"]), ("en", ["green", "4.2.2 Solar energy facility construction"])],
)
def test_one_sentence_is_tagged_and_told_in_words(lang: str, words: list[str]) -> None:
    done = CliRunner().invoke(app, ["tag", "--text", "建设100兆瓦屋顶光伏电站", "--lang", lang])
    assert done.exit_code == 0
    assert [word for word in words if word not in done.stdout] == []
    assert ("太阳能" in done.stdout) is (lang == "zh")
    found = json.loads(CliRunner().invoke(app, ["tag", "--text", "购买设备", "--json"]).stdout)
    assert [(tag["decision"], tag["text"]) for tag in found["tags"]] == [("not_green", "购买设备")]

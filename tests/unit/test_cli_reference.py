"""What an officer reads of the reference data on the command line: names, reasons and documents in the language asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from greenfin.cli.aligned import aligned, width
from greenfin.cli.main import app
from greenfin.reference.load import load, snapshot


def said(*args: str, lang: str) -> Result:
    """The command, run in this process."""
    return CliRunner().invoke(app, [*args, "--lang", lang])


@pytest.mark.parametrize(
    ("args", "zh", "en"),
    [
        (("factor", "find", "grid.avg", "--region", "510100", "--on", "2025-12-31"), "四川 (CN-SC)", "Sichuan (CN-SC)"),
        (("factor", "find", "grid.avg", "--region", "西藏", "--on", "2025-12-31"), "取自上级地区", "wider region"),
        (("factor", "find", "grid.avg", "--region", "51", "--on", "2025-06-30"), "2025-12-31 起才可用", "only from 2025-12-31"),
        (("factor", "list", "柴油", "密度"), "柴油密度", "Diesel density"),
        (("factor", "list", "diesel", "density"), "柴油密度", "Diesel density"),
        (("factor", "show", "grid.ets"), "未核对：未见原文", "not verified: document not seen"),
        (("catalogue", "list"), "2025-10-01 起", "from 2025-10-01"),
        (("catalogue", "search", "wind", "power"), "风力发电设施建设和运营", "Wind power facility"),
        (("catalogue", "search", "no-such-thing"), "没有条目含有", "no entry holds"),
        (("catalogue", "show", "green-finance-2025", "4.2.1"), "4415 风力发电", "direct carbon benefit"),
        (("catalogue", "crosswalk", "green-industry-2019", "1.1.5", "green-finance-2025"), "没有对应条目", "no counterpart"),
        (("catalogue", "crosswalk", "green-finance-2025", "9.1.1", "green-industry-2019"), "没有对应条目", "no counterpart"),
        (("catalogue", "crosswalk", "green-industry-2019", "3.2.2", "green-finance-2025"), "4.2.2", "4.2.2"),
    ],
)
def test_what_is_read(args: tuple[str, ...], zh: str, en: str) -> None:
    for lang, words in (("zh", zh), ("en", en)):
        done = said(*args, lang=lang)
        assert done.exit_code == 0, done.output
        assert words in done.output
        assert "{" not in done.output


def test_nothing_found_says_since_when_there_is_something() -> None:
    done = said("factor", "find", "grid.avg", "--region", "CN", "--on", "2022-06-30", lang="en")
    assert done.exit_code == 1
    assert "2024-04-12" in done.output


def test_a_place_with_a_power_system_of_its_own_says_so() -> None:
    done = said("factor", "find", "grid.avg", "--region", "香港", "--on", "2025-12-31", lang="zh")
    assert done.exit_code == 1
    assert "电力系统独立" in done.output


def test_a_place_not_known_is_not_answered_for_the_country() -> None:
    done = said("factor", "find", "grid.avg", "--region", "某地", lang="zh")
    assert done.exit_code == 2
    assert "某地" in done.output


def test_check_data_is_short_and_names_what_strict_blanks() -> None:
    done = said("check-data", lang="en")
    assert done.exit_code == 0
    assert len(done.output.splitlines()) < 50
    assert "CBRC-NEV" in done.output
    assert "strict policy leaves" not in said("check-data", "--policy", "working", lang="en").output
    assert said("check-data", "--policy", "lenient", lang="en").exit_code == 2


def test_check_data_tells_every_kind_of_fault_with_its_line(tmp_path: Path) -> None:
    snapshot(load(), tmp_path)
    grid = tmp_path / "factors/values/grid.csv"
    lines = grid.read_text("utf-8").splitlines()
    broken = [lines[0], *(line.replace("tCO2/MWh", "klonk") for line in lines[1:])]
    grid.write_text("\n".join(broken) + "\n", "utf-8")
    (tmp_path / "taxonomy/methods.csv").write_text("edition,entry,method,from,until,note\ngreen-finance-2025,4.2.1,NONE,,,\n", "utf-8")
    done = CliRunner().invoke(app, ["check-data", "--data", str(tmp_path), "--lang", "en"])
    assert done.exit_code == 2
    assert "factors/values/grid.csv:2" in done.output
    assert "taxonomy/methods.csv:2" in done.output
    assert "NONE" in done.output
    assert len(done.output.splitlines()) < 60


def test_columns_stand_under_each_other_in_both_scripts() -> None:
    lines = list(aligned([("四川", "1"), ("Sichuan", "2"), ("", "3")]))
    assert {width(line[:-1]) for line in lines} == {9}
    assert list(aligned([])) == []

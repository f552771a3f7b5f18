"""A command starts with what it needs and no more."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import pytest
import typer
from typer.exceptions import TyperException

from greenfin._version import __version__
from greenfin.cli import main
from greenfin.cli.plain import take_plainly
from greenfin.messages import LANGUAGES, codes, helps

HEAVY = {"pydantic", "pandas", "pyarrow", "polars", "sklearn", "openpyxl", "sqlalchemy", "streamlit", "reportlab", "scipy.stats"}


def _commands(of: typer.Typer) -> set[str]:
    return {*(c.name or "" for c in of.registered_commands), *(g.name or "" for g in of.registered_groups)}


@pytest.mark.parametrize(("room", "listed"), main._COMMANDS.items())
def test_each_module_has_the_commands_listed_for_it(room: str, listed: tuple[str, ...]) -> None:
    alone = typer.Typer()
    import_module(f"greenfin.cli.{room}").register(alone)
    assert _commands(alone) == set(listed)


def test_one_command_comes_alone_and_an_unknown_one_with_all() -> None:
    assert _commands(main.app_of("measure")) == {"measure"}
    assert _commands(main.app_of("retag")) == {"roll-forward", "retag"}
    everything = {name for listed in main._COMMANDS.values() for name in listed}
    assert _commands(main.app_of("--help")) == _commands(main.app_of("no-such-command")) == _commands(main.app) == everything


def _ended(command: Any, words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str, str]:
    try:
        code: object = command(words, prog_name="greenfin", standalone_mode=True)
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr()
    return code, said.out, said.err


ASKED = ("", "--help", "--version", "--version tag", "tga", "--hlep", "-- factor list --help", "-- review aprove")


@pytest.mark.parametrize("asked", ASKED)
def test_the_command_line_that_only_names_its_commands_answers_as_the_whole_one(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = asked.split()
    whole = typer.main.get_command(main.app_of())
    assert _ended(main.named(), words, capsys) == _ended(whole, words, capsys)


def test_the_words_of_the_help_are_those_of_all_words() -> None:
    for lang in LANGUAGES:
        assert helps(lang) == {code: words for code, words in codes(lang).items() if code.startswith("help.")}


def test_the_command_is_there_without_its_script() -> None:
    done = subprocess.run([sys.executable, "-m", "greenfin", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"greenfin {__version__}\n"


def test_the_help_loads_no_command() -> None:
    code = "import sys\nfrom greenfin.cli import main\nmain.named()\nprint([m for m in sys.modules if m.startswith('greenfin.cli.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["['greenfin.cli.plain',", "'greenfin.cli.session',", "'greenfin.cli.main']"]


def test_measuring_one_project_loads_no_library_of_whole_books() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['greenfin', 'measure', 'CBRC-PWR', 'supply=100000MWh', '--region', 'CN-SC', '--json']\n"
        "from greenfin.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert ended.code == 0, ended.code\n"
        "print('\\n'.join(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("{")
    assert not HEAVY & set(done.stdout.split("\n"))


def test_plain_arguments_are_read_as_typer_reads_them(tmp_path: Path) -> None:
    def command() -> Any:
        app = typer.Typer()

        @app.command()
        def keep(
            more: Annotated[list[str] | None, typer.Argument()] = None,
            place: Annotated[Path | None, typer.Option("--place")] = None,
            many: Annotated[list[Path] | None, typer.Option("--many")] = None,
            n: Annotated[int, typer.Option("--n")] = 3,
            is_so: Annotated[bool, typer.Option("--so")] = False,
        ) -> None:
            kept.append((more, place, many, n, is_so))

        @app.command()
        def name(name: Annotated[str, typer.Argument()], of: Annotated[str | None, typer.Option("--of")] = None) -> None:
            kept.append((name, of))

        return typer.main.get_command(app)

    kept: list[tuple[object, ...]] = []
    for words in (
        ["keep"],
        ["keep", "b=1", "c=2", "--place", str(tmp_path), "--many", "x", "--many", "y", "--n", "4", "--so"],
        ["name", "甲", "--of", ""],
        ["name", "a b"],
    ):
        ours = command()
        take_plainly(ours)
        for each in (command(), ours):
            each(words, standalone_mode=False)
        assert kept[-1] == kept[-2]
        assert [type(part) for part in kept[-1]] == [type(part) for part in kept[-2]]
    for wrong in (["keep", "--n", "many"], ["name"], ["keep", "--place"]):
        with pytest.raises(TyperException):
            ours(wrong, standalone_mode=False)


@pytest.mark.slow
def test_one_call_takes_less_than_five_times_what_importing_numpy_takes() -> None:
    call = ["-c", "from greenfin.cli.main import main; main()", "measure", "CBRC-PWR", "supply=100000MWh", "--region", "CN-SC", "--json"]
    spent: dict[str, list[float]] = {"call": [], "numpy": []}
    for _ in range(9):
        for name, words in (("call", call), ("numpy", ["-c", "import numpy"])):
            before = os.times()
            subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=True)
            after = os.times()
            spent[name].append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert median(spent["call"]) < 5 * median(spent["numpy"])

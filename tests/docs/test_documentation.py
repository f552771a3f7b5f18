"""The documents say what the program does: commands, words, columns, methods, cells; README blocks run."""

from __future__ import annotations

import importlib.util
import itertools
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer
from typer.testing import CliRunner

from greenfin.cli.main import app
from tests.people_of_a_bank import cheap_hashing

ROOT = Path(__file__).parents[2]


def _make_docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / ".ci" / "make_docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_pages_are_up_to_date() -> None:
    stale = [
        name
        for name, text in _make_docs().pages().items()
        if not (ROOT / "docs" / "reference" / name).exists() or (ROOT / "docs" / "reference" / name).read_text("utf-8") != text
    ]
    assert not stale, f"run python .ci/make_docs.py: {stale}"


def test_every_command_is_in_the_readme_or_the_command_page() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
    for command in (
        "demo",
        "run",
        "tag",
        "measure",
        "footprint",
        "why",
        "verify",
        "check-data",
        "ui",
        "factor find",
        "catalogue search",
        "method show",
        "ingest",
        "collect",
        "roll-forward",
        "retag",
        "dossier",
        "review propose",
        "review evidence add",
        "user add",
        "db backup",
        "audit verify",
    ):
        assert f"`greenfin {command}`" in page


def test_the_guide_explains_every_finding_of_an_audit() -> None:
    page = (ROOT / "docs" / "guides" / "record.md").read_text("utf-8")
    code = "".join(path.read_text("utf-8") for path in (ROOT / "greenfin" / "store").glob("*.py"))
    assert not [finding for finding in set(re.findall(r'error\("(audit\.\w+)"', code)) if f"`{finding}`" not in page]


def test_links_between_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    links = [(page, target) for page in pages for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8"))]
    assert not [f"{page.relative_to(ROOT)} -> {target}" for page, target in links if not (page.parent / target).exists()]


def test_the_architecture_names_every_room() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    package = ROOT / "greenfin"
    rooms = [f"{p.parent.name}/" for p in package.glob("*/__init__.py")] + [p.name for p in package.glob("*.py")]
    assert not [room for room in rooms if f"`{room}" not in page]


GUIDES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
BLOCK = re.compile(r"^```(sh run|python run|text|(?:csv|txt) \S+)\n(.*?)^```", re.S | re.M)
ASSIGNED = re.compile(r"[A-Z_]+=")


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one empty folder, block by block: ``csv NAME`` (or ``txt NAME``) is written there, the lines of ``sh run`` are run and exit 0 or 1
    (problems in the data; 2 after ``!``), ``python run`` is a program, and every line of the ``text`` after them was printed by them
    (``…`` leaves something out). ``NAME=value`` before a command holds for it alone, ``export NAME=value`` from there on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(typer, "get_app_dir", lambda name: str(tmp_path / "config" / name))  # where log-ins are kept
    cheap_hashing(monkeypatch)
    printed = None
    for kind, body in BLOCK.findall(page.read_text("utf-8")):
        if kind == "sh run":
            printed = "".join(_run(line, monkeypatch) for line in body.strip().splitlines())
        elif kind == "python run":
            printed = _run_program(body)
        elif kind == "text" and printed is not None:
            assert not _not_printed(body, printed)
            printed = None
        elif kind.startswith(("csv ", "txt ")):
            (tmp_path / kind.split()[1]).write_text(body, encoding="utf-8")


def _at_home(text: str) -> str:
    return text.replace("examples/small_bank", (ROOT / "examples" / "small_bank").as_posix())


def _run_program(text: str) -> str:
    done = subprocess.run([sys.executable, "-c", _at_home(text)], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _run(line: str, lasting: pytest.MonkeyPatch) -> str:
    """What a command prints; it runs in this process, so that the reference data is read once for all pages."""
    words = shlex.split(_at_home(line))
    if words[0] == "export":
        lasting.setenv(*words[1].split("=", 1))
        return ""
    is_refused = words[0] == "!"
    words = words[is_refused:]
    assigned = [word.split("=", 1) for word in itertools.takewhile(ASSIGNED.match, words)]
    words = words[len(assigned) :]
    assert words[0] == "greenfin"
    done = CliRunner().invoke(app, words[1:], env={"LC_ALL": "zh_CN.UTF-8", **dict(assigned)})
    assert done.exit_code in ((2,) if is_refused else (0, 1)), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert done.output.strip()
    return done.output if is_refused else done.stdout


def _not_printed(shown: str, printed: str) -> list[str]:
    """The pieces shown (lines, or what stands between ``…``) that were not printed, spaces aside."""
    text = " ".join(printed.split())
    pieces = [" ".join(piece.split()) for line in shown.splitlines() for piece in line.split("…")]
    return [piece for piece in pieces if piece not in text]

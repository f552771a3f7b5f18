"""The documents say what the program does: commands, words, columns, methods, cells; README blocks run."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

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
    ):
        assert f"`greenfin {command}`" in page


def test_links_between_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    links = [(page, target) for page in pages for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8"))]
    assert not [f"{page.relative_to(ROOT)} -> {target}" for page, target in links if not (page.parent / target).exists()]


def _shell_blocks() -> list[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    return re.findall(r"```sh run\n(.*?)```", text, re.S)


@pytest.mark.parametrize("block", _shell_blocks())
def test_readme_blocks_run(block: str, tmp_path: Path) -> None:
    """Blocks marked ``sh run`` are run in an empty folder; each line must exit 0 or 1 (problems in the data)."""
    example = ROOT / "examples" / "small_bank"
    for line in block.strip().splitlines():
        words = line.replace("examples/small_bank", str(example)).split()
        assert words[0] == "greenfin"
        done = subprocess.run(
            [sys.executable, "-m", "greenfin.cli.main", *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 1), done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout.strip()

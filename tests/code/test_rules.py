"""Rules of the house that ruff cannot say."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from greenfin._version import __version__
from greenfin.messages import codes

ROOT = Path(__file__).parents[2]
PACKAGE = sorted((ROOT / "greenfin").rglob("*.py"))
CJK = re.compile(r"[\u4e00-\u9fff]")
MAKERS = {"error", "warning", "info", "Problem"}
ADDED_WITH_THE_CELL = {"ingest": {"column"}}  # cell readers do not know their column; the sheet reader adds it


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in PACKAGE:
        yield path, ast.parse(path.read_text("utf-8"))


def _docstrings(tree: ast.Module) -> set[int]:
    owners = (n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef))
    return {id(o.body[0].value) for o in owners if o.body and isinstance(o.body[0], ast.Expr)}


def test_no_chinese_literals_in_code() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CJK.search(node.value) and id(node) not in _docstrings(tree)
    ]
    assert not found, "words shown to people live in data files: " + ", ".join(found[:20])


def test_files_have_one_reason_to_change() -> None:
    long = {str(p.relative_to(ROOT)): n for p in PACKAGE if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert not long


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "manager", "misc"])
def test_no_rooms_without_a_name(name: str) -> None:
    assert not [p for p in PACKAGE if name in (p.stem, p.parent.name)]


def _codes_used() -> dict[str, tuple[str, ast.Call]]:
    used: dict[str, tuple[str, ast.Call]] = {}
    for path, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
                if name in MAKERS and re.fullmatch(r"[a-z_]+\.[a-z0-9_.]+", node.args[0].value):
                    used[node.args[0].value] = (f"{path.relative_to(ROOT)}:{node.lineno}", node)
    return used


def _slots(text: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_problem_has_words_in_both_languages() -> None:
    missing = {code: place for code, (place, _) in _codes_used().items() for lang in ("zh", "en") if code not in codes(lang)}  # type: ignore[arg-type]  # both are Lang
    assert not missing


def test_words_have_equal_slots_and_the_same_codes() -> None:
    zh, en = codes("zh"), codes("en")
    assert zh.keys() == en.keys()
    assert not {c: (_slots(zh[c]), _slots(en[c])) for c in zh if _slots(zh[c]) != _slots(en[c])}


def test_problems_give_the_slots_that_their_words_need() -> None:
    lacking: dict[str, set[str]] = {}
    for code, (place, call) in _codes_used().items():
        given = {k.arg for k in call.keywords if k.arg}
        if any(k.arg is None for k in call.keywords) or code not in codes("en"):
            continue  # **params: cannot be seen from here
        given |= ADDED_WITH_THE_CELL.get(code.split(".")[0], set())
        if not _slots(codes("en")[code]) <= given | {"where"}:
            lacking[f"{place} {code}"] = _slots(codes("en")[code]) - given
    assert not lacking


def test_the_words_of_a_code_are_written_once() -> None:
    for lang in ("zh", "en"):
        seen: dict[str, str] = {}
        for path in sorted((ROOT / "greenfin" / "messages").glob(f"{lang}*.toml")):
            for code in tomllib.loads(path.read_text("utf-8")):
                assert code not in seen, f"{code} in {path.name} and {seen[code]}"
                seen[code] = path.name


def test_no_row_loops_over_tables() -> None:
    pattern = re.compile(r"\.iterrows\(|\.itertuples\(|\.apply\([^)]*axis=1")
    assert not [str(p) for p in PACKAGE if pattern.search(p.read_text("utf-8"))]


def test_nothing_evaluates_text_or_unpickles() -> None:
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec", "__import__", "compile"}
    ]
    pickles = re.compile(r"^\s*(import|from) (pickle|marshal|shelve|dill|cloudpickle)|ForkingPickler", re.M)
    found = {path.relative_to(ROOT / "greenfin").as_posix() for path in PACKAGE if pickles.search(path.read_text("utf-8"))}
    assert not calls
    assert found <= {"streamed/workers.py"}  # what a run has laid in its own folder, for the processes it started itself


def test_one_version() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"] == __version__


def test_the_lock_names_no_path_of_a_machine() -> None:
    assert not re.search(r"file://|/(?:root|home|work|opt)/", (ROOT / "uv.lock").read_text("utf-8"))

"""Pages draw: no arithmetic on figures and no HTML in them. Places in a list and heights of boxes may be counted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[2] / "greenfin" / "ui" / "pages").glob("*.py"))
NO_FIGURES = {"_times() + 1", "datetime.now(UTC) - begun"}  # how often a form was filled from a file; how long a wait has been
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
CALLED = {"sum", "round", "divmod", "pow", "abs"}


def _is_text(node: ast.expr) -> bool:
    """Whether it is seen to be text or HTML: a literal, or what ``markup`` or ``say`` returns."""
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) or _is_text(node.orelse)
    if isinstance(node, ast.Call):
        called = node.func
        is_ours = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id.startswith("markup")
        return is_ours or (isinstance(called, ast.Name) and called.id in {"say", "str"})
    return isinstance(node, ast.JoinedStr | ast.List | ast.ListComp | ast.Tuple) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _is_path(node: ast.BinOp) -> bool:
    """Whether a division joins a path: below a folder by its name, or before a literal name."""
    left = node.left
    is_folder = (
        (isinstance(left, ast.Attribute) and left.attr == "folder")
        or (isinstance(left, ast.Name) and left.id in {"folder", "below"})
        or (isinstance(left, ast.Call) and isinstance(left.func, ast.Name) and left.func.id == "Path")
    )
    return isinstance(node.op, ast.Div) and (is_folder or _is_text(node.right))


def _is_place(node: ast.expr) -> bool:
    """Whether it counts places in a list or a box on the page: constants, ``len`` and where a list begins, without division."""
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.Div | ast.FloorDiv | ast.Pow) and _is_place(node.left) and _is_place(node.right)
    if isinstance(node, ast.Name):
        return node.id.isupper() or node.id in {"start", "number"}
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "len"
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def _is_sum(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        joins = (
            (isinstance(node.op, ast.Add | ast.Mult) and _is_text(node))
            or _is_path(node)
            or _is_place(node)
            or ast.unparse(node) in NO_FIGURES
        )
        return isinstance(node.op, ARITHMETIC) and not joins
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ARITHMETIC) and not _is_text(node.value)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLED


def _sums(tree: ast.AST) -> Iterator[str]:
    return (
        f"line {node.lineno}: {ast.unparse(node)}" for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt) and _is_sum(node)
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_hold_no_arithmetic(path: Path) -> None:
    assert not list(_sums(ast.parse(path.read_text("utf-8"))))


def test_arithmetic_is_found() -> None:
    assert not list(_sums(ast.parse("start + SIZE\nnumber % len(columns)\n_LINE * (len(shown) + 1)")))
    bad = "x = a + b\ny = 100 * a / b\nz = sum(a)\nw += 1"
    assert len(list(_sums(ast.parse(bad)))) == 5
    assert not list(_sums(ast.parse("x = markup.heading(a) + markup.table(b)\ny = f'{a}' + b\nz = folder / 'run.json'")))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_write_no_html_and_run_no_script(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "unsafe_allow_html" not in text
    assert "<div" not in text
    assert "<span" not in text
    assert "unsafe_allow_javascript" not in text

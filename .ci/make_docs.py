"""Write ``docs/reference`` out of the program itself: commands, problem codes, columns, methods, cells. A test holds them up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from greenfin.cli.main import app
from greenfin.core.columns import columns
from greenfin.messages import codes
from greenfin.methods import registry
from greenfin.reference.load import load

ROOT = Path(__file__).parents[1]


def _row(*cells: object) -> str:
    return "| " + " | ".join(("" if c is None else str(c)).replace("|", "\\|").replace("\n", " ") for c in cells) + " |"


def _table(header: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> list[str]:
    return [_row(*header), _row(*("---" for _ in header)), *(_row(*r) for r in rows), ""]


def _commands() -> list[str]:
    root = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        "Exit status: 0 no error, 1 errors in the user's data (the result is still written), 2 misuse or an unreadable file.",
        "",
    ]

    def walk(command: object, name: str) -> None:
        members = getattr(command, "commands", None)
        if members:
            for sub, member in members.items():
                walk(member, f"{name} {sub}")
            return
        lines.extend([f"## `{name}`", "", str(getattr(command, "help", "")), ""])
        params = getattr(command, "params", [])
        rows = (
            (", ".join(f"`{o}`" for o in p.opts), getattr(p, "help", "") or "", "" if p.default in (None, False) else p.default)
            for p in params
        )
        lines.extend(_table(("option", "meaning", "default"), rows))

    walk(root, "greenfin")
    return lines


def _problems() -> list[str]:
    zh, en = codes("zh"), codes("en")
    rows = ((f"`{c}`", zh[c], en[c]) for c in sorted(zh) if not c.startswith(("help.", "step.", "severity.", "ui.")))
    return ["# Words", "", "Problem codes are stable; the words may change.", "", *_table(("code", "中文", "English"), rows)]


def _columns() -> list[str]:
    rows = ((c.table, f"`{c.name}`", c.dtype, c.unit, c.zh, c.en) for c in columns())
    return ["# Columns", "", *_table(("table", "column", "type", "unit", "中文", "meaning"), rows)]


def _methods() -> list[str]:
    lines = ["# Methods", ""]
    for declared in registry.METHODS.values():
        shown = registry.method_json(declared)
        lines += [f"## {shown['id']} {shown['name_zh']}", "", f"{shown['name_en']}. {shown['source']} ({shown['evidence']})", ""]
        rows = (
            (f"`{i['name']}`", i["name_zh"], i["unit"], "yes" if i["required"] else "", i.get("low"), i.get("high"))
            for i in shown["inputs"]
        )
        lines += _table(("input", "中文", "unit", "required", "low", "high"), rows)
    return lines


def _cells() -> list[str]:
    lines = ["# Cells", "", "Row and column ids are a promise: `T01!co2_reduction.current`.", ""]
    for template in load().templates.values():
        lines += [f"## {template.id} {template.title_zh}", ""]
        lines += ["columns: " + ", ".join(f"`{c.id}`" for c in template.columns), ""]
        lines += _table(("row", "中文", "English", "unit"), ((f"`{r.id}`", r.zh, r.en, r.unit) for r in template.rows))
    return lines


PAGES = {"commands.md": _commands, "words.md": _problems, "columns.md": _columns, "methods.md": _methods, "cells.md": _cells}


def pages() -> dict[str, str]:
    """File name -> text of every page."""
    return {name: "\n".join(make()).rstrip() + "\n" for name, make in PAGES.items()}


def main() -> int:
    """Write the pages."""
    folder = ROOT / "docs" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

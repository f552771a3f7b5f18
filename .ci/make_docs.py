"""Write ``docs/reference`` out of the program itself and its tests: commands, problem codes, columns, methods, cells, permissions, dirt.

A test holds the pages up to date.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from greenfin.cli.main import app
from greenfin.core.columns import columns
from greenfin.ingest import vocabulary
from greenfin.ingest.blocks import find_block
from greenfin.ingest.cells import is_blank
from greenfin.ingest.files import read_grids
from greenfin.ingest.rows import body_of
from greenfin.messages import codes
from greenfin.methods import registry
from greenfin.reference.load import load
from greenfin.store.permissions import Actor, actions, may, roles

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the tests

if TYPE_CHECKING:
    from tests.dirt.kinds import Expected, Kind
    from tests.dirt.layouts import Layout


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


def _inputs() -> list[str]:
    """The columns of every sheet a user fills in, and the names of method inputs and operations items."""
    words = tomllib.loads((ROOT / ".ci" / "inputs.toml").read_text("utf-8"))
    examples = _examples(tuple(words["sheets"]))
    lines = [words["title"], "", *words["intro"], ""]
    for kind, (zh, en, note) in words["sheets"].items():
        lines += [f"## {zh} / {en}", "", note, ""]
        ordered = sorted(_fields_of(kind), key=lambda f: list(vocabulary.fields()).index(f))
        lines += _table(tuple(words["columns"]), (_input_row(kind, f, words, examples.get((kind, f), "")) for f in ordered))
    for prefix, title in (("input.", "## 项目的测算输入 / Inputs of methods"), ("item.", "## 能源与资源 / Items of operations")):
        listed = [m for m in vocabulary.measures().values() if m.id.startswith(prefix)]
        rows = ((m.zh, f"`{m.id.removeprefix(prefix)}` {m.en}", m.default_unit, "、".join(m.units), _aliases(m.id, m.zh)) for m in listed)
        lines += [title, "", words["measures_zh"], f"*{words['measures_en']}*", "", *_table(tuple(words["measure_columns"]), rows)]
    return lines


def _fields_of(kind: str) -> list[str]:
    return [f for f in vocabulary.allowed(kind) if f in vocabulary.fields() and not f.startswith(("input.", "item.", "period.", "result."))]


def _input_row(kind: str, field: str, words: Mapping[str, Any], example: str) -> tuple[object, ...]:
    read = vocabulary.fields()[field]
    zh, en = _names(kind, field)
    written = words["kinds"][read.kind] + (
        ": " + "、".join(list(vocabulary.words_of(field))[:6]) if read.kind in ("word", "choice", "choices") else ""
    )
    return zh, en, _required(kind, field, words), written, read.unit, _aliases(field, zh), example


_GROUP = 8  # a longer one says only what makes a sheet of its kind


def _required(kind: str, field: str, words: Mapping[str, Any]) -> str:
    shape = vocabulary.kinds()[kind]
    groups = [*shape.must, *(g for g in shape.needs if not any(set(g) & set(m) for m in shape.must))]
    group = next((g for g in groups if field in g), ())
    together = "、".join(_names(kind, member)[0] for member in group)
    return words["yes"] if group == (field,) else f"{words['one_of']}（{together}）" if 0 < len(group) <= _GROUP else ""


def _names(kind: str, field: str) -> tuple[str, str]:
    """The header to write, and what it means (not how it is kept: a share is written 60 %, kept in millionths)."""
    own = {c.field: (c.zh, c.en) for c in columns() if c.table == vocabulary.kinds()[kind].table}
    named = _listed(field)
    zh, en = own.get(field) or (named[0], next((n for n in named if n.isascii()), ""))
    return zh, en.split(" in millionths")[0]


def _listed(field: str) -> list[str]:
    """The headers a field is known by, as the dictionary lists them."""
    lines = (ROOT / "greenfin" / "ingest" / "aliases.csv").read_text("utf-8").splitlines()[1:]
    return [alias.strip('"') for found, _, alias in (line.partition(",") for line in lines) if found == field]


def _aliases(field: str, but: str) -> str:
    return "、".join([name for name in _listed(field) if name != but and not name.isascii()][:4])


def _examples(kinds: tuple[str, ...]) -> dict[tuple[str, str], str]:
    """(kind of sheet, field) -> the first cell of that column in the example bank's files."""
    found: dict[tuple[str, str], str] = {}
    files = (ROOT / "examples" / "small_bank" / name for name in ("book.xlsx", "decisions.xlsx", "prior.xlsx"))
    blocks = (find_block(grid, wanted=kinds) for file in files for grid in read_grids(file).value)
    for block in (b for b in blocks if b):
        for field, place in block.places.items():
            cell = next((c for c in body_of(block).cells(place.column) if not is_blank(c)), "")
            found.setdefault((block.kind, field), f"{cell:.15g}" if isinstance(cell, float) else str(cell)[:30])
    return found


def _words(page: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = tomllib.loads((ROOT / ".ci" / "pages.toml").read_text("utf-8"))[page]
    return found


def _permissions() -> list[str]:
    words, zh, en = _words("permissions"), codes("zh"), codes("en")
    roles = list(next(iter(actions().values())).scopes)
    header = (words["action"], *(f"{zh[f'role.{role}']} `{role}`" for role in roles))
    rows = ((f"{a.zh} / {a.en} `{a.id}`", *(words["scopes"][a.scopes[role]] for role in roles)) for a in actions().values())
    named = [f"- `{role}`: {zh[f'role.{role}']} / {en[f'role.{role}']}" for role in roles]
    return [words["title"], "", *words["intro"], "", *named, "", *_table(header, rows)]


def _front_end() -> list[str]:
    """The pages of the front end, and the roles that see each."""
    from greenfin.ui.frame import menu

    words, zh, en = _words("front_end"), codes("zh"), codes("en")
    lines = [words["title"], "", *words["intro"], ""]
    rows = (
        (
            f"{zh[f'ui.group.{entry.group}']} / {en[f'ui.group.{entry.group}']}",
            f"{zh[entry.title_code]} / {en[entry.title_code]}",
            "`/`" if entry.id == menu.HOME else f"`/{entry.url_path}`",
            " ".join(f"`{action}`" for action in entry.permissions),
            " ".join(words[need] for need, is_needed in (("run", entry.needs_run), ("store", entry.needs_store)) if is_needed),
            " ".join(f"`{role}`" for role in roles() if all(may(Actor("", role, ("*",)), action) for action in entry.permissions)),
        )
        for entry in menu.there()
    )
    return [*lines, *_table(tuple(words["columns"]), rows)]


def _dirt() -> list[str]:
    """The kinds of dirt, in which layouts each is tried and what must come of it, as the tests hold it."""
    from tests.dirt.test_dirt import KINDS, LAYOUTS, PAIRS, fits

    words = _words("dirt")
    lines = [words["title"], "", *words["intro"], "", words["counted"].format(kinds=len(KINDS), layouts=len(LAYOUTS), pairs=len(PAIRS)), ""]
    layouts = ((f"`{of.id}`", of.zh, _written(of), len(of.columns), _heads(of), sum(fits(kind, of) for kind in KINDS)) for of in LAYOUTS)
    lines += [words["layouts"], "", *_table(tuple(words["layout_columns"]), layouts)]
    kinds = (_dirt_row(kind, [of for of in LAYOUTS if fits(kind, of)], LAYOUTS, words) for kind in KINDS)
    return [*lines, words["kinds"], "", *_table(tuple(words["kind_columns"]), kinds)]


def _written(layout: Layout) -> str:
    return layout.kind if layout.kind != "csv" else f"csv {layout.encoding}"


def _heads(layout: Layout) -> str:
    return "、".join(head for _, head in layout.columns[:4])


def _dirt_row(kind: Kind, fit: list[Layout], every: tuple[Layout, ...], words: Mapping[str, Any]) -> tuple[str, ...]:
    from tests.dirt.kinds import ROW, VALUES
    from tests.dirt.layouts import truth

    sheets = [layout.sheet_of(truth()) for layout in fit]
    found = [kind.spoil(sheet) for sheet in sheets]
    cell = sheets[0].body[ROW][sheets[0].at(_spoilt(kind, found[0]))] if kind in VALUES else None
    outcomes = list(dict.fromkeys(_outcome(expected, words) for expected in found))
    shown = outcomes[0] + (words["by_unit"] if len(outcomes) > 1 else "")
    told = ", ".join(f"`{code}`" for code in dict.fromkeys(code for expected in found for code in expected.codes))
    return f"`{kind.id}`", kind.zh, "" if cell is None else f"`{cell}`", _tried(fit, every, words), shown, told


def _spoilt(kind: Kind, expected: Expected) -> str:
    """The role of the cell that was spoilt."""
    return expected.at[1] if expected.at else next((role for _, role in expected.values), kind.roles[0])


def _tried(fit: list[Layout], every: tuple[Layout, ...], words: Mapping[str, Any]) -> str:
    missing = [layout.id for layout in every if layout not in fit]
    if not missing:
        return str(words["all"].format(n=len(fit)))
    return words["all_but"].format(n=len(fit), missing=" ".join(missing)) if len(missing) < len(fit) else " ".join(of.id for of in fit)


def _outcome(expected: Expected, words: Mapping[str, Any]) -> str:
    """What comes of the spoilt row, in words."""
    if expected.rejected:
        return str(words["rejected"])
    roles = dict.fromkeys(role for _, role in expected.values)
    read = []
    for role in roles:
        values = list(dict.fromkeys(value for (_, of), value in expected.values.items() if of == role))
        if values != [...]:
            read.append(words["roles"][role] + (words["empty"] if values == [None] else words["reads"].format(value=_shown(role, values))))
    gone = [words["gone"]] if expected.gone else []
    told = [words["told"]] if expected.codes else []
    return "，".join([*gone, *read, *told]) or str(words["right"])


def _shown(role: str, values: list[object]) -> str:
    plain = [f"{value / 100:,.2f} 元" if role in ("amount", "balance") and isinstance(value, int) else str(value) for value in values]
    return "、".join(plain)


PAGES = {
    "inputs.md": _inputs,
    "commands.md": _commands,
    "words.md": _problems,
    "columns.md": _columns,
    "methods.md": _methods,
    "cells.md": _cells,
    "permissions.md": _permissions,
    "front-end.md": _front_end,
    "dirt.md": _dirt,
}


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

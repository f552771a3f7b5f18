"""Nothing that a user meets is left out of the documents: pages, commands, options, problem codes and columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from greenfin.cli.main import app
from greenfin.core.columns import columns
from greenfin.messages import LANGUAGES, Lang, codes, say
from greenfin.ui.frame import menu

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
KINDS = ("green-finance", "esg-team", "loan-officer", "administrator")
READMES: dict[Lang, Path] = {"zh": ROOT / "README.zh-CN.md", "en": ROOT / "README.md"}


def _guide(kind: str, lang: Lang) -> Path:
    return DOCS / "guides" / (f"browser-{kind}.md" if lang == "zh" else f"en/{kind}.md")


def _guides(lang: Lang) -> str:
    return "\n".join(_guide(kind, lang).read_text("utf-8") for kind in KINDS)


def _reference(name: str) -> str:
    return (DOCS / "reference" / name).read_text("utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_user_has_a_guide_with_pictures_in_both_languages(kind: str, lang: Lang) -> None:
    text = _guide(kind, lang).read_text("utf-8")
    other = _guide(kind, "en" if lang == "zh" else "zh")
    assert other.name in text
    assert "![" in text or (kind, lang) == ("administrator", "en")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("entry", menu.there(), ids=lambda entry: entry.id)
def test_every_page_is_in_a_guide_and_in_the_reference(entry: menu.Entry, lang: Lang) -> None:
    shown = say(entry.title_code, lang)
    assert shown in _guides(lang)
    assert shown in _reference("front-end.md")


def _commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    def walk(command: object, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        members = getattr(command, "commands", None)
        if members:
            for sub, member in members.items():
                yield from walk(member, f"{name} {sub}")
        else:
            yield name, tuple(option for param in getattr(command, "params", []) for option in param.opts if option.startswith("--"))

    return walk(typer.main.get_command(app), "greenfin")


def test_every_command_and_option_is_in_the_reference() -> None:
    page = _reference("commands.md")
    sections = dict(re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", page, re.S | re.M))
    missing = [f"{name} {option}" for name, options in _commands() for option in options if f"`{option}`" not in sections.get(name, "")]
    assert not missing


def test_every_problem_code_is_in_the_reference() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "greenfin").rglob("*.py"))
    found = set(re.findall(r'\b(?:error|warning|info)\(\s*"([\w.]+)"', source))
    page = _reference("words.md")
    assert len(found) > 300
    assert not [code for code in sorted(found) if code in codes("zh") and not code.startswith("ui.") and f"`{code}`" not in page]


def test_every_refusal_of_the_front_end_is_worded() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "greenfin" / "ui").rglob("*.py"))
    found = set(re.findall(r'\berror\(\s*"([\w.]+)"', source))
    assert found
    assert not [code for code in found if code not in codes("zh")]


def test_every_column_is_in_the_reference() -> None:
    page = _reference("columns.md")
    assert not [f"{c.table}.{c.name}" for c in columns() if f"| {c.table} | `{c.name}` |" not in page]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_readme_leads_to_every_guide(lang: Lang) -> None:
    text = READMES[lang].read_text("utf-8")
    guides = {path.name for path in (DOCS / "guides").glob("*.md")} if lang == "zh" else {f"en/{kind}.md" for kind in KINDS}
    assert not [name for name in sorted(guides) if name not in text]


def test_pictures_are_few_and_small_and_all_shown() -> None:
    pictures = list((DOCS / "pictures").glob("*"))
    shown = "".join(path.read_text("utf-8") for path in [*READMES.values(), *DOCS.rglob("*.md")])
    assert pictures
    assert not [path.name for path in pictures if path.name not in shown]
    assert sum(path.stat().st_size for path in pictures) < 600_000

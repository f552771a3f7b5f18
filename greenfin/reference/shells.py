"""Shells of a report (``disclosure_templates/shells/*.yaml``): chapters and sections with the tables and the answers each holds.

``tables.yaml`` names every table of a report with what a bank needs for it, ``standards.yaml`` the standards of the index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from greenfin.core.problems import Problem, error
from greenfin.reference.strict_yaml import Block, Reader, read_block

FOLDER = "disclosure_templates"
TABLE = "T"  # a name of a table begins so, that of an item of the questionnaire with Q


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter or a section: ``holds`` are tables (``T02``), items (``Q05``) and fields (``Q04.board``) in their order."""

    id: str
    zh: str
    en: str
    holds: tuple[str, ...] = ()
    sections: tuple[Chapter, ...] = ()

    def all_held(self) -> Iterator[str]:
        """What it and its sections hold, in order."""
        yield from self.holds
        for section in self.sections:
            yield from section.all_held()

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables in it and in its sections."""
        return tuple(name for name in self.all_held() if name.startswith(TABLE))


@dataclass(frozen=True, slots=True)
class Shell:
    """The chapters of a report as a guideline lists them."""

    id: str
    title_zh: str
    title_en: str
    basis_zh: str
    basis_en: str
    basis_verified: str
    chapters: tuple[Chapter, ...]
    where: str = ""

    def chapter_of(self, name: str) -> Chapter | None:
        """The chapter that holds a table or an item (or a part of it)."""
        return next((c for c in self.chapters if any(held.split(".")[0] == name for held in c.all_held())), None)


@dataclass(frozen=True, slots=True)
class Named:
    """A table of a report, whether this release fills it or not, with what a bank needs for it."""

    id: str
    zh: str
    en: str
    needs_zh: str
    needs_en: str


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard that the index lists by heading; ``verified`` as for a factor, ``headings`` are Chinese ones in English."""

    id: str
    zh: str
    en: str
    verified: str
    headings: Mapping[str, str] = field(default_factory=dict)


def read_shells(root: Path) -> tuple[Mapping[str, Shell], tuple[Problem, ...]]:
    """All chapter lists by id and everything wrong with their files. ``root`` is the data folder. Never raises."""
    problems: list[Problem] = []
    found: dict[str, Shell] = {}
    for path in sorted((root / FOLDER / "shells").glob("*.yaml")):
        block = read_block(path, problems)
        if block is not None:
            shell = _shell(block, problems)
            found[shell.id] = shell
    return found, tuple(problems)


def _shell(block: Block, problems: list[Problem]) -> Shell:
    reader = Reader(block, problems)
    title_zh, title_en = reader.words("title")
    basis = Reader(reader.inner("basis") or Block(block.where), problems)
    zh, en = basis.words("document")
    verified = basis.text("verified")
    basis.done()
    chapters = tuple(_chapter(b, problems) for b in reader.blocks("chapters"))
    made = Shell(reader.text("id"), title_zh, title_en, zh, en, verified, chapters, block.where)
    reader.done()
    return made


def _chapter(block: Block, problems: list[Problem]) -> Chapter:
    reader = Reader(block, problems)
    sections = tuple(_chapter(b, problems) for b in reader.blocks("sections"))
    made = Chapter(reader.text("id"), reader.text("zh"), reader.text("en"), reader.texts("holds"), sections)
    reader.done()
    return made


def read_named(root: Path) -> tuple[Mapping[str, Named], tuple[Problem, ...]]:
    """The tables of a report by id. Never raises."""
    problems: list[Problem] = []
    found = {}
    for reader in _listed(root, "tables", problems):
        zh, en = reader.words("title")
        needs = reader.words("needs")
        name = reader.text("id")
        found[name] = Named(name, zh, en, *needs)
        reader.done()
    return found, tuple(problems)


def read_standards(root: Path) -> tuple[Mapping[str, Standard], tuple[Problem, ...]]:
    """The standards of the index by id, in their order. Never raises."""
    problems: list[Problem] = []
    found = {}
    for reader in _listed(root, "standards", problems):
        zh, en = reader.words("title")
        name = reader.text("id")
        found[name] = Standard(name, zh, en, reader.text("verified"), reader.pairs("headings"))
        reader.done()
    return found, tuple(problems)


def _listed(root: Path, name: str, problems: list[Problem]) -> Iterator[Reader]:
    block = read_block(root / FOLDER / f"{name}.yaml", problems)
    if block is None:
        return
    reader = Reader(block, problems)
    for inner in reader.blocks(name):
        yield Reader(inner, problems)
    reader.done()


def wrong_shells(shells: Mapping[str, Shell], named: Mapping[str, Named], fields: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    """Whatever a shell holds that there is not, holds twice or leaves out; ``fields`` are those of each item."""
    wanted = {*named, *(f"{item}.{name}" for item, names in fields.items() for name in names)}
    for shell in shells.values():
        held = [one for chapter in shell.chapters for name in chapter.all_held() for one in _spread(name, fields)]
        for name in sorted({one for one in held if one not in wanted}):
            yield error("template.held_unknown", shell.where, name=name)
        for name in sorted({one for one in held if held.count(one) > 1}):
            yield error("template.held_twice", shell.where, name=name)
        if left := sorted(wanted.difference(held)):
            yield error("template.held_not", shell.where, name=", ".join(left))


def wrong_references(referring: Mapping[tuple[str, str], Mapping[str, str]], standards: Mapping[str, Standard]) -> Iterator[Problem]:
    """Every reference (of a table or item and its file) to a standard that the index does not know."""
    for (name, where), references in referring.items():
        for standard in references:
            if standard not in standards:
                yield error("template.standard_unknown", where, name=name, found=standard, known=", ".join(standards))


def _spread(name: str, fields: Mapping[str, tuple[str, ...]]) -> list[str]:
    """A whole item as its fields."""
    return [f"{name}.{field}" for field in fields[name]] if name in fields else [name]

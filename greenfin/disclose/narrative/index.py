"""T37: under which heading of each standard the report answers, and where (by heading: no numbers of paragraphs)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from greenfin.disclose.front import Both, Index
from greenfin.messages.words import LANGUAGES, say
from greenfin.reference.load import Reference
from greenfin.reference.shells import Shell

TABLE = "T37"
_PARTED = re.compile(r"; |, (?=GRI )")


def made(shell: Shell, reference: Reference, *, shown: Collection[str], has_answers: bool) -> Index:
    """One line for each standard and heading: the chapter, and the tables and items there, with the anchor of the first."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, standard, heading in _pairs(reference):
        if name in shown or (has_answers and name in reference.questions):
            found.setdefault((standard, heading), []).append(name)
    order = {name: at for at, name in enumerate(reference.standards)}
    lines = sorted(found.items(), key=lambda pair: order.get(pair[0][0], len(order)))
    named = reference.named[TABLE]
    heads = tuple(
        (say(f"narrative.index.{key}", "zh"), say(f"narrative.index.{key}", "en")) for key in ("standard", "heading", "where", "page")
    )
    texts = tuple(_line(standard, heading, names, shell, reference) for (standard, heading), names in lines)
    return Index((f"{TABLE} {named.zh}", f"{TABLE} {named.en}"), heads, texts)


def _pairs(reference: Reference) -> Iterator[tuple[str, str, str]]:
    for name, references in (
        *((t.id, t.references) for t in reference.templates.values()),
        *((i.id, i.references) for i in reference.questions.values()),
    ):
        for standard, headings in references.items():
            for heading in _PARTED.split(headings):
                yield name, standard, heading


def _line(standard: str, heading: str, names: list[str], shell: Shell, reference: Reference) -> tuple[tuple[Both, ...], str]:
    known = reference.standards.get(standard)
    title = (known.zh, known.en) if known else (standard, standard)
    chapters = list(dict.fromkeys(c for name in names if (c := shell.chapter_of(name))))
    zh, en = (
        say(
            "narrative.index.at",
            lang,
            chapter=say("disclose.between", lang).join(c.zh if lang == "zh" else c.en for c in chapters),
            names=", ".join(names),
        )
        for lang in LANGUAGES
    )
    return (title, (heading, heading), (zh, en)), anchor(names[0], shell)


def anchor(name: str, shell: Shell) -> str:
    """Where a table or an item stands."""
    if name.startswith("T"):
        return f"table-{name}"
    for chapter in shell.chapters:
        if any(held.split(".")[0] == name for held in chapter.holds):
            return f"chapter-{chapter.id}"
        for section in chapter.sections:
            if any(held.split(".")[0] == name for held in section.holds):
                return f"section-{section.id}"
    return ""

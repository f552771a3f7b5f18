"""The report's chapters: what the bank says in words, the tables in their places, and why a table is not there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from greenfin.core.problems import Outcome, Problem, info, warning
from greenfin.core.records import Answer, Cell, Table
from greenfin.disclose import printed
from greenfin.disclose.front import Both, Chapter, Heading, Index, Part, Prose, Register, Shown
from greenfin.disclose.narrative import asked, binding, index
from greenfin.disclose.narrative.filling import Filler
from greenfin.messages.words import LANGUAGES, Lang, say
from greenfin.reference.load import Reference
from greenfin.reference.questions import Field, Item
from greenfin.reference.shells import Chapter as Planned
from greenfin.reference.shells import Shell

NOT_APPLICABLE = "not_applicable"
_SPOKEN = ("language", "wanted", "question")  # what a problem says in the language of the text
NAMED = 4  # signs of a question that a heading above it already says


@dataclass(frozen=True, slots=True)
class Narrative:
    """The chapters of a report and what its cover says of its making."""

    chapters: tuple[Chapter, ...] = ()
    prepared_by: Both = ("", "")
    prepared_on: Both = ("", "")


def _tables_bound(answers: Sequence[Answer]) -> tuple[str, ...]:
    return tuple(sorted({cell.partition("!")[0] for cell in binding.cells_named(answer.text for answer in answers)}))


class Builder(Protocol):
    """Makes further tables of the same run."""

    def __call__(self, *, templates: Sequence[str]) -> Outcome[tuple[Table, ...]]: ...


def narrated(
    tables: Sequence[Table],
    answers: Sequence[Answer] | None,
    *,
    reference: Reference,
    shell: str,
    lang: str,
    is_selection: bool,
    build: Builder,
) -> Outcome[Narrative]:
    """The chapters of a run's report; prose may be bound to cells of tables that the run does not show, which ``build`` makes."""
    shown = {table.id: table for table in tables}
    others = [name for name in _tables_bound(answers or ()) if name in reference.templates and name not in shown]
    more = build(templates=others).value if others else ()
    cells = {cell.id: cell for table in (*tables, *more) for cell in table.cells.values()}
    return tell(reference.shells[shell], answers, reference=reference, tables=shown, cells=cells, lang=lang, is_selection=is_selection)


def tell(
    shell: Shell,
    answers: Sequence[Answer] | None,
    *,
    reference: Reference,
    tables: Mapping[str, Table],
    cells: Mapping[str, Cell],
    lang: str,
    is_selection: bool,
) -> Outcome[Narrative]:
    """The chapters of the shell. ``answers`` None: there is no file of answers, and the report has tables alone.

    ``cells`` are those that prose may be bound to, ``is_selection`` says that only the tables asked for are wanted. Never raises.
    """
    found = asked.of(answers or (), reference.questions)
    file = re.split("[:!]", answers[0].where)[0] if answers else ""
    languages = printed.languages(lang)
    telling = _Telling(reference, found, tables, cells, languages, has_answers=answers is not None, is_selection=is_selection, file=file)
    chapters = [telling.chapter(planned, shell) for planned in shell.chapters]
    told = tuple(chapter for chapter in chapters if chapter.parts)
    by, on = (telling.fact("Q01", name) for name in ("prepared_by", "prepared_on"))
    return Outcome(Narrative(told, by, on), (*_once(telling.filler.problems), *telling.notes()))


def _once(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Each problem once: what lacks or is wrong in one place for both languages of a report is one problem that names both."""
    found: dict[tuple[object, ...], Problem] = {}
    for one in problems:
        same = (one.code, one.where, *sorted((name, str(value)) for name, value in one.params.items() if name not in _SPOKEN))
        first = found.setdefault(same, one)
        said = [str(each.params["language"]) for each in (first, one) if "language" in each.params]
        if said and said[-1] not in said[0].split(" / "):
            found[same] = replace(first, params={**first.params, "language": " / ".join(said)})
    yield from found.values()


@dataclass(slots=True)
class _Telling:
    """One report under telling."""

    reference: Reference
    answers: asked.Answers
    tables: Mapping[str, Table]
    cells: Mapping[str, Cell]
    languages: tuple[Lang, ...]
    has_answers: bool
    is_selection: bool
    file: str = ""
    absent: dict[str, str] = field(default_factory=dict)
    others: list[Problem] = field(default_factory=list)
    filler: Filler = field(init=False)

    def __post_init__(self) -> None:
        self.filler = Filler(partial(asked.meant, cells=self.cells, answers=self.answers))

    def notes(self) -> Iterator[Problem]:
        yield from self.others
        if self.absent:
            yield info("narrative.tables_absent", "", tables=", ".join(self.absent), n=len(self.absent))

    # what addresses hold

    def fact(self, item: str, name: str) -> Both:
        """A short answer for the cover; empty where there is none."""
        question = self.answers.items[item].field(name) if item in self.answers.items else None
        if question is None or not self.answers.found.get((item, name, 0, "")):
            return ("", "")
        zh, en = (self._short((item, name, 0, ""), question, lang, quiet=True) for lang in LANGUAGES)
        return zh, en

    # chapters

    def chapter(self, planned: Planned, shell: Shell) -> Chapter:
        parts = list(self._parts(planned.holds, shell, level=1, title=planned.zh))
        for section in planned.sections:
            inner = list(self._parts(section.holds, shell, level=2, title=section.zh))
            if inner:
                parts += [Heading((section.zh, section.en), 1, f"section-{section.id}"), *inner]
        return Chapter(planned.zh, planned.en, planned.tables, tuple(parts), f"chapter-{planned.id}")

    def _parts(self, holds: Sequence[str], shell: Shell, *, level: int, title: str) -> Iterator[Part]:
        for name in holds:
            if name == index.TABLE:
                yield from self._index(shell)
            elif name in self.reference.named:
                yield from self._table(name)
            elif self.has_answers:
                item, _, only = name.partition(".")
                yield from self._item(self.reference.questions[item], only, level=level, title=title)

    def _index(self, shell: Shell) -> Iterator[Index]:
        if not self.is_selection or self.has_answers:
            yield index.made(shell, self.reference, shown=set(self._shown()), has_answers=self.has_answers)

    def _shown(self) -> Iterator[str]:
        return (name for name, table in self.tables.items() if has_figures(table))

    # tables

    def _table(self, name: str) -> Iterator[Part]:
        table, why = self.tables.get(name), (name, NOT_APPLICABLE, 0, "")
        declared = self.answers.at(why, "zh", either=True)
        if table is not None and has_figures(table):
            if declared is not None:
                self.others.append(warning("narrative.declared_though_filled", declared.where, table=name))
            yield Shown(name)
        elif not self.is_selection or self.has_answers or table is not None:
            zh, en = (self._why_absent(name, lang) for lang in LANGUAGES)
            self.absent[name] = en
            yield Prose((zh, en), "absent")

    def _why_absent(self, name: str, lang: Lang) -> str:
        known = self.reference.named[name]
        title, needs = (known.zh, known.needs_zh) if lang == "zh" else (known.en, known.needs_en)
        declared = self.answers.at((name, NOT_APPLICABLE, 0, ""), lang, either=True)
        if declared is not None:
            reason = self._said(declared, lang) if lang in self.languages else declared.text
            return say("narrative.not_applicable", lang, table=name, title=title, reason=reason)
        state = "no_data" if name in self.tables else "not_asked" if name in self.reference.templates else "not_filled"
        return say(f"narrative.{state}", lang, table=name, title=title, needs=needs)

    # answers

    def _item(self, item: Item, only: str, *, level: int, title: str) -> Iterator[Part]:
        fields = [f for f in item.fields if f.is_shown and only in ("", f.id)]
        if not only and not self.answers.is_said(item.id):
            yield Prose(self._each(partial(self._empty, item.id, item, self._where((item.id, "", 0, "")))))
            return
        facts = [f for f in fields if f.kind not in ("prose", "register")]
        if facts:
            yield from self._facts(item, facts)
        for one in (f for f in fields if f.kind in ("prose", "register")):
            if one.kind == "register":
                yield from self._register(item, one)
            elif self._is_wanted(item, one):
                if len(one.zh) < NAMED or one.zh not in title:
                    yield Heading((one.zh, one.en), level)
                yield Prose(self._each(partial(self._prose, (item.id, one.id, 0, ""), one)))

    def _is_wanted(self, item: Item, question: Field) -> bool:
        return question.is_required or self.answers.is_said(item.id, question.id)

    def _each(self, words: Callable[[Lang], str]) -> Both:
        """The words in the languages of the report."""
        zh, en = (words(lang) if lang in self.languages else "" for lang in LANGUAGES)
        return zh, en

    def _facts(self, item: Item, facts: Sequence[Field]) -> Iterator[Part]:
        wanted = [one for one in facts if self._is_wanted(item, one)]
        rows = tuple(((one.zh, one.en), self._each(partial(self._short, (item.id, one.id, 0, ""), one))) for one in wanted)
        if rows:
            yield Register((item.zh, item.en), (("", ""), ("", "")), rows, has_heads=False)

    def _register(self, item: Item, question: Field) -> Iterator[Part]:
        found = self.answers.rows.get((item.id, question.id), ())
        if not found:
            if question.is_required:
                yield Prose(
                    self._each(partial(self._empty, f"{item.id}.{question.id}", question, self._where((item.id, question.id, 0, ""))))
                )
            return
        heads = tuple((c.zh, c.en) for c in question.columns)
        rows = tuple(tuple(self._entry((item.id, question.id, at, c.id), c) for c in question.columns) for at in found)
        numbers = tuple(at for at, c in enumerate(question.columns) if c.kind in ("number", "quantity"))
        yield Register((question.zh, question.en), heads, rows, numbers)

    def _entry(self, place: asked.Place, column: Field) -> Both:
        if not column.is_required and not any(a.text.strip() for a in self.answers.found.get(place, {}).values()):
            return ("", "")
        read = self._prose if column.kind == "prose" else self._short
        return self._each(partial(read, place, column))

    def _prose(self, place: asked.Place, question: Field, lang: Lang) -> str:
        answer = self.answers.at(place, lang)
        return self._said(answer, lang) if answer else self._empty(_named(place), question, self._where(place), lang)

    def _said(self, answer: Answer, lang: Lang) -> str:
        name = _named((answer.item, answer.field, answer.row, answer.column))
        return self.filler.text(answer.text, lang=lang, where=answer.where, item=name)

    def _short(self, place: asked.Place, question: Field, lang: Lang, *, quiet: bool = False) -> str:
        answer = self.answers.at(place, lang, either=True)
        if answer is None:
            return "" if quiet else self._empty(_named(place), question, self._where(place), lang)
        if question.kind == "text" and not quiet:
            return self.filler.name(answer.text, lang=lang, where=answer.where, item=_named(place))
        known = asked.value_of(answer.text, question, lang)
        if known is None:
            if quiet:
                return ""
            kind = say(f"narrative.kind.{question.kind}", lang)
            return self.filler.mark(
                "narrative.value_wrong", lang=lang, where=answer.where, item=_named(place), found=answer.text, wanted=kind
            )
        if known.words is not None or known.value is None:
            return known.words or ""
        unit = printed.unit_text(known.unit, lang)
        return printed.joined(printed.number(known.value, known.decimals), unit)

    def _where(self, place: asked.Place) -> str:
        return self.answers.where(place, self.file)

    def _empty(self, name: str, asking: Field | Item, where: str, lang: Lang) -> str:
        words = asking.zh if lang == "zh" else asking.en
        return self.filler.mark("narrative.slot_empty", lang=lang, where=where, item=name, question=words, language=lang)


def has_figures(table: Table) -> bool:
    """Whether a table has at least one figure, or words that the run made."""
    return any(cell.value is not None or cell.text for cell in table.cells.values())


def _named(place: asked.Place) -> str:
    """A place as bindings write it."""
    item, name, row, column = place
    return ".".join(filter(None, (item, name, str(row or ""), column)))

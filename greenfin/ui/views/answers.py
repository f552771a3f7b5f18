"""The questionnaire of a report: places to fill, answers as the bank writes them, and what a text reads as. No streamlit here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import yaml

from greenfin import disclose
from greenfin.core.problems import Problem
from greenfin.core.records import Answer, Cell
from greenfin.disclose import printed
from greenfin.disclose.narrative import asked, binding
from greenfin.disclose.narrative.filling import Filler
from greenfin.ingest.questionnaire_answers import NOT_APPLICABLE, TABLES
from greenfin.messages import LANGUAGES, Lang, say
from greenfin.pipeline import DEFAULT_TEMPLATES, RunResult
from greenfin.reference.questions import Field, Item
from greenfin.ui.views.said import in_words

WORDS = ("prose", "text")
Place = tuple[str, str, int, str]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place to fill: its question, how to answer it, its kind, the languages it is asked in, and the text in each."""

    place: Place
    label: str
    hint: str
    kind: str
    unit: str
    is_required: bool
    options: tuple[tuple[str, str], ...]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Register:
    """A list to fill, row by row: its columns, and in each row the text by ``column`` or ``column:lang``."""

    item: str
    field: str
    label: str
    columns: tuple[tuple[str, str, str, tuple[str, ...]], ...]  # key, label, kind, options
    rows: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A binding of a text: as it is written, and what it reads as; ``is_wrong``: it reads as nothing."""

    written: str
    value: str
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text reads as in the report, its bindings, and what is wrong with it."""

    text: str
    bound: tuple[Bound, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """An item of the questionnaire: how many of its required questions have an answer."""

    id: str
    title: str
    answered: int
    required: int


def languages_of(answers: Sequence[Answer], report_lang: str) -> tuple[str, ...]:
    """The languages that words are asked in: both where the report or an answer has both, else one text without a language."""
    return tuple(LANGUAGES) if report_lang == "both" or any(one.lang for one in answers) else ("",)


def progress(items: Mapping[str, Item], answers: Sequence[Answer], lang: Lang) -> tuple[Progress, ...]:
    """Every item with its state."""
    said = {(one.item, one.field) for one in answers if one.text.strip()}
    found = []
    for item in items.values():
        required = [f.id for f in item.fields if f.is_required]
        found.append(
            Progress(item.id, printed.pick(item.zh, item.en, lang), sum((item.id, name) in said for name in required), len(required))
        )
    return tuple(found)


def slots(item: Item, answers: Sequence[Answer], lang: Lang, *, languages: tuple[str, ...]) -> tuple[Slot | Register, ...]:
    """The places of an item, in their order."""
    texts = {(a.item, a.field, a.row, a.column, a.lang): a.text for a in answers}
    return tuple(
        _register(item, one, answers, lang, languages)
        if one.kind == "register"
        else _slot((item.id, one.id, 0, ""), one, texts, lang, languages)
        for one in item.fields
    )


def _slot(place: Place, one: Field, texts: Mapping[Any, str], lang: Lang, languages: tuple[str, ...]) -> Slot:
    asked_in = languages if one.kind in WORDS else ("",)
    held = {name: texts.get((*place, name), "") for name in asked_in}
    whole = texts.get((*place, ""), "")
    if whole and "" not in held:
        held = {name: text or whole for name, text in held.items()}
    if not whole and "" in held:
        held[""] = next((texts[*place, name] for name in LANGUAGES if texts.get((*place, name))), "")
    options = tuple((o[0], printed.pick(o[1], o[2], lang)) for o in one.options)
    hint = printed.pick(one.hint_zh, one.hint_en, lang)
    return Slot(place, printed.pick(one.zh, one.en, lang), hint, one.kind, one.unit, one.is_required, options, held)


def _register(item: Item, one: Field, answers: Sequence[Answer], lang: Lang, languages: tuple[str, ...]) -> Register:
    columns = []
    for column in one.columns:
        names = languages if column.kind in WORDS else ("",)
        options = tuple(printed.pick(o[1], o[2], lang) for o in column.options)
        for name in names:
            title = (
                printed.pick(column.zh, column.en, lang)
                + (f" · {language_words(name)}" if name else "")
                + (f" ({column.unit})" if column.unit else "")
            )
            columns.append((f"{column.id}:{name}" if name else column.id, title, column.kind, options))
    own = [a for a in answers if (a.item, a.field) == (item.id, one.id)]
    rows: dict[int, dict[str, str]] = {a.row: {} for a in sorted(own, key=lambda a: a.row)}
    kinds = {column.id: column.kind for column in one.columns}
    for a in own:
        for name in (a.lang,) if a.lang or kinds.get(a.column) not in WORDS else languages:
            rows[a.row][f"{a.column}:{name}" if name and name in languages else a.column] = a.text
    return Register(item.id, one.id, printed.pick(one.zh, one.en, lang), tuple(columns), tuple(rows.values()))


def with_text(answers: Sequence[Answer], place: Place, lang: str, text: str) -> tuple[Answer, ...]:
    """The answers with another text in a place; the one without a language gives way to those with one, and the other way round."""
    own = [a for a in answers if (a.item, a.field, a.row, a.column) == place]
    stays = [a for a in own if a.lang != lang and bool(a.lang) == bool(lang)]
    was = next((a for a in own if a.lang == lang), None)
    made = replace(was, text=text) if was else Answer(*place[:2], text, lang=lang, row=place[2], column=place[3])
    return (*(a for a in answers if a not in own), *stays, *([made] if text.strip() else []))


def with_rows(answers: Sequence[Answer], item: str, field: str, rows: Iterable[Mapping[str, object]]) -> tuple[Answer, ...]:
    """The answers with other rows in a list; a row without any text is left out."""
    others = [a for a in answers if (a.item, a.field) != (item, field)]
    texts = [{key: str(value).strip() for key, value in row.items() if value is not None and str(value).strip()} for row in rows]
    made = [
        Answer(item, field, text, lang=key.partition(":")[2], row=at, column=key.partition(":")[0])
        for at, row in enumerate((row for row in texts if row), 1)
        for key, text in row.items()
    ]
    return (*others, *made)


def as_yaml(answers: Sequence[Answer], items: Mapping[str, Item]) -> str:
    """The answers as the file that ``greenfin answers`` reads."""
    root: dict[str, Any] = {}
    order = {name: at for at, name in enumerate(items)}
    for one in sorted(answers, key=lambda a: (order.get(a.item, len(order)), a.item)):
        if not one.text.strip():
            continue
        if one.field == NOT_APPLICABLE and one.item not in items:
            _put(root.setdefault(TABLES, {}), one.item, one)
        elif one.row:
            rows = root.setdefault(one.item, {}).setdefault(one.field, [])
            rows.extend({} for _ in range(one.row - len(rows)))
            _put(rows[one.row - 1], one.column, one)
        else:
            _put(root.setdefault(one.item, {}), one.field, one)
    for entry in (found for held in root.values() for found in held.values() if isinstance(found, list)):
        entry[:] = [row for row in entry if row]
    return yaml.safe_dump(root, allow_unicode=True, sort_keys=False, width=100)


def _put(held: dict[str, Any], name: str, one: Answer) -> None:
    if one.lang:
        known = held.get(name)
        held[name] = {**(known if isinstance(known, dict) else {}), one.lang: one.text}
    else:
        held[name] = one.text


# what texts read as


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads texts against the cells of a run and the bank's own facts."""

    cells: Mapping[str, Cell]
    answers: asked.Answers

    def read(self, text: str, lang: Lang) -> Reading:
        """What a text reads as: its numbers from cells, those bound to none marked."""
        filler = self._filler()
        whole = filler.text(text, lang=lang, where="", item="")
        return Reading(whole, tuple(self._bindings(text, lang)), tuple(in_words(problem, lang) for problem in filler.problems))

    def _filler(self) -> Filler:
        return Filler(partial(asked.meant, cells=self.cells, answers=self.answers))

    def _bindings(self, text: str, lang: Lang) -> Iterator[Bound]:
        for piece in binding.pieces(text):
            if isinstance(piece, binding.Literal):
                continue
            written = _written(piece)
            filler = self._filler()
            value = filler.text(written, lang=lang, where="", item="")
            yield Bound(written, value, bool(filler.problems))


def _written(piece: binding.Binding | binding.Broken) -> str:
    if isinstance(piece, binding.Broken):
        return piece.text
    decimals = "" if piece.decimals is None else str(piece.decimals)
    rest = ",".join(filter(None, (piece.unit, decimals)))
    return "{" + piece.address + (f":{rest}" if rest else "") + "}"


def reader_of(result: RunResult, answers: Sequence[Answer]) -> Reader:
    """A reader over the cells of a run."""
    items = result.reference.questions
    cells = {cell.id: cell for table in result.tables.values() for cell in table.cells.values()}
    return Reader(cells, asked.of(answers, items))


def checked(result: RunResult, answers: Sequence[Answer]) -> tuple[Problem, ...]:
    """What is wrong with the answers as the report would tell them. Nothing else of the run is worked out again."""
    inputs, options = result.inputs, result.options
    build = partial(disclose.build, result.reference, result.sums, prior=inputs.prior, policy=result.policy, as_of=result.as_of)
    told = disclose.narrated(
        list(result.tables.values()),
        tuple(answers),
        reference=result.reference,
        shell=options.shell,
        lang=options.report_lang,
        is_selection=not set(DEFAULT_TEMPLATES) <= set(options.templates),
        build=partial(build, edition=result.edition, facts=result.facts, answers=tuple(answers)),
    )
    return told.problems


def problems_by_item(problems: Iterable[Problem], lang: Lang) -> Mapping[str, tuple[str, ...]]:
    """What is wrong with the answers, by item, in words."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        item = str(problem.params.get("item", "")).partition(".")[0]
        if item:
            found.setdefault(item, []).append(in_words(problem, lang))
    return {item: tuple(dict.fromkeys(words)) for item, words in found.items()}


def language_words(name: str) -> str:
    """A language as it calls itself."""
    return say("ui.this_language", "en" if name == "en" else "zh")


def unit_hint(slot: Slot, lang: Lang) -> str:
    """How a value is to be written."""
    parts = [slot.hint, say("ui.answers.in_unit", lang, unit=printed.unit_text(slot.unit, lang)) if slot.unit else ""]
    return " ".join(part for part in parts if part)

"""Answers that two people filled in at once, put together. No streamlit here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from greenfin.core.records import Answer
from greenfin.disclose import printed
from greenfin.messages import Lang, say
from greenfin.reference.questions import Item

Question = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Merged:
    """The answers of both; ``clashes``: questions that both answered otherwise than before, with what the other wrote. Mine stay there."""

    answers: tuple[Answer, ...]
    clashes: tuple[tuple[Question, str], ...]


def merged(before: Iterable[Answer], mine: Iterable[Answer], theirs: Iterable[Answer], *, lang: Lang) -> Merged:
    """What I changed since ``before``, and else what they have. A list counts as one answer."""
    old, own, other = (_by_question(each) for each in (before, mine, theirs))
    found, clashes = list[Answer](), list[tuple[Question, str]]()
    for question in dict.fromkeys((*other, *own, *old)):
        was, is_mine, is_theirs = (_said(each.get(question, ())) for each in (old, own, other))
        found += (other if is_mine == was else own).get(question, ())
        if was not in (is_mine, is_theirs) and is_mine != is_theirs:
            clashes.append((question, _told(other.get(question, ()), lang)))
    return Merged(tuple(found), tuple(clashes))


def same(one: Iterable[Answer], other: Iterable[Answer]) -> bool:
    """Whether they say the same, in whatever order and from whatever file."""
    first, second = ({q: _said(each) for q, each in _by_question(answers).items()} for answers in (one, other))
    return first == second


def _by_question(answers: Iterable[Answer]) -> Mapping[Question, Sequence[Answer]]:
    found: dict[Question, list[Answer]] = {}
    for one in answers:
        if one.text.strip():
            found.setdefault((one.item, one.field), []).append(one)
    return found


def _said(answers: Sequence[Answer]) -> frozenset[tuple[object, ...]]:
    return frozenset((one.lang, one.row, one.column, one.text) for one in answers)


def _told(answers: Sequence[Answer], lang: Lang) -> str:
    """What they wrote, or that they took it out."""
    return say("ui.answers.sentences", lang).join(one.text for one in answers) or say("ui.answers.taken_out", lang)


def called(question: Question, items: Mapping[str, Item], lang: Lang) -> str:
    """A question by its item and its words."""
    item = items.get(question[0])
    field = next((one for one in item.fields if one.id == question[1]), None) if item else None
    return f"{question[0]} {printed.pick(field.zh, field.en, lang)}" if field else " ".join(question)

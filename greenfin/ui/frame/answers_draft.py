"""Answers as they stand on the page: kept over its drawings, over a log-in that expires, beside what somebody else saves meanwhile."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import streamlit as st

from greenfin import ingest
from greenfin.core.records import Answer
from greenfin.messages import Lang
from greenfin.pipeline import RunResult
from greenfin.store import answered
from greenfin.store.answered import Version
from greenfin.ui.frame.desk import Desk
from greenfin.ui.frame.held_disclosure import MOST_UNSAVED, unsaved
from greenfin.ui.views import answers as views
from greenfin.ui.views.answers import Register, Slot
from greenfin.ui.views.answers_merged import Merged, merged, same

FILE = "answers.yaml"
_MARK = 8


class Draft:
    """The answers as they stand on the page, and the saved version they began with."""

    def __init__(self, desk: Desk, result: RunResult) -> None:
        self.key = f"answers-{desk.run().folder}"
        self.period, self.items = result.as_of.isoformat(), result.reference.questions
        self.held = desk.actor.user if desk.actor else "", str(desk.run().folder)
        if self.key not in st.session_state:
            left = unsaved().get(self.held)
            answers, base = left[:2] if left else _begun(desk, result, self.period)
            st.session_state[self.key] = answers, base
            st.session_state[f"{self.key}-saved"] = left[2] if left else answers
            st.session_state[f"{self.key}-left"] = bool(left)
        self.answers, self.base = st.session_state[self.key]
        self.result, self.times = result, int(st.session_state.get(f"{self.key}-times", 0))

    def box(self, *names: object) -> str:
        """The key of a box: of this run alone, and another one once the answers of somebody else were put in."""
        return "-".join(map(str, (*names, sha256(self.key.encode()).hexdigest()[:_MARK], self.times)))

    def text(self, slot: Slot, lang: str, text: str) -> None:
        self._set(views.with_text(self.answers, slot.place, lang, text))

    def rows(self, register: Register, rows: Sequence[Mapping[str, object]]) -> None:
        self._set(views.with_rows(self.answers, register.item, register.field, rows))

    @property
    def is_saved(self) -> bool:
        """Whether the record holds them as they stand here."""
        return bool(self.base.sha256) and same(st.session_state[f"{self.key}-saved"], self.answers)

    @property
    def is_left_over(self) -> bool:
        """Whether it goes on from answers that the reader left unsaved."""
        return bool(st.session_state.get(f"{self.key}-left")) and self.held in unsaved()

    def saved(self, version: Version) -> None:
        st.session_state[self.key] = (self.answers, version)
        st.session_state[f"{self.key}-saved"] = self.answers
        self.base = version
        unsaved().pop(self.held, None)

    def let_go(self) -> None:
        """Begin anew from what is saved."""
        unsaved().pop(self.held, None)
        st.session_state.pop(self.key, None)
        st.session_state[f"{self.key}-times"] = self.times + 1

    def join(self, theirs: tuple[Answer, ...], version: Version, lang: Lang) -> Merged:
        """Put in what somebody else has saved since; what is on the page goes on from there."""
        found = merged(st.session_state[f"{self.key}-saved"], self.answers, theirs, lang=lang)
        st.session_state[self.key] = (found.answers, version)
        st.session_state[f"{self.key}-saved"] = theirs
        st.session_state[f"{self.key}-times"] = self.times + 1
        self._hold(found.answers, version)
        return found

    def _set(self, answers: tuple[Answer, ...]) -> None:
        if answers != self.answers:
            self.answers = answers
            st.session_state[self.key] = (answers, self.base)
            self._hold(answers, self.base)

    def _hold(self, answers: tuple[Answer, ...], base: Version) -> None:
        """For the case that the log-in expires, or the page is loaded anew, before they are saved."""
        found, saved = unsaved(), st.session_state[f"{self.key}-saved"]
        found.pop(self.held, None)
        if not same(answers, saved):
            found[self.held] = (answers, base, saved)
        for oldest in list(found)[:-MOST_UNSAVED]:
            found.pop(oldest, None)


def _begun(desk: Desk, result: RunResult, period: str) -> tuple[tuple[Answer, ...], Version]:
    """The last version that was saved, else what the run was made with."""
    if desk.store and desk.actor:
        version = answered.latest(desk.store, desk.actor, period)
        if version.sha256:
            content = answered.read_answers_of(desk.store, desk.actor, version)
            return read_answers(content, result), version
    return result.inputs.answers or (), Version()


def read_answers(content: bytes, result: RunResult) -> tuple[Answer, ...]:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / FILE
        file.write_bytes(content)
        return ingest.read_answers(file, questions=result.reference.questions, tables=result.reference.named).value

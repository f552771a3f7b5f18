"""From files to the record as proposals, or to a run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import streamlit as st

from greenfin import pipeline
from greenfin.core.problems import Problem, Refused, Severity
from greenfin.disclose import write_rows
from greenfin.entered import enter_book
from greenfin.messages import Lang, say
from greenfin.pipeline import Files, Options
from greenfin.store import answered
from greenfin.store.exporting import as_file, decisions_table
from greenfin.store.foreseen import Lot, last_entered
from greenfin.ui.frame import held_review, making, markup
from greenfin.ui.frame.desk import Desk
from greenfin.ui.frame.given import Given, unpacked
from greenfin.ui.views import entering
from greenfin.ui.views.entering import Coming
from greenfin.ui.views.imports import STRICT, Beside, Looked, counts, policies
from greenfin.ui.views.said import tell

_TABLES = ["xlsx", "csv", "txt", "parquet"]
_FOR_RUN = {"prior": _TABLES, "restatements": _TABLES, "bank": ["yaml", "yml"]}


def draw(desk: Desk, given: Given, looked: Looked) -> None:
    """What can be made of the files, and the progress of what is being made."""
    lang = desk.lang
    if looked.refused:
        st.error(say("ui.import.no_book", lang))
        return
    day = given.as_of or looked.as_of
    if day is None:
        st.info(say("ui.import.as_of_first", lang), icon=":material/event:")
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.html(markup.heading(say("ui.import.to_record", lang)) + markup.paragraph(say("ui.import.to_record_hint", lang), "gf-reason"))
        if desk.store is None or not desk.may("import_book"):
            st.caption(say("ui.import.not_yours", lang))
        elif looked.loans is not None:
            _offer_record(desk, given, looked.loans, day)
    with right:
        st.html(markup.heading(say("ui.import.to_run", lang)) + markup.paragraph(say("ui.import.to_run_hint", lang), "gf-reason"))
        _offer_run(desk, given, day)


def _offer_record(desk: Desk, given: Given, loans: pa.Table, day: date) -> None:
    """What would come of the book, and the way into the record: where loans leave, once the reader has said that he has seen it."""
    lang, found = desk.lang, _coming(desk, given, loans)
    st.html(markup.listing([say(f"ui.import.lot.{name}", lang) for name in entering.HEADINGS], found.rows, "gf-list gf-lots"))
    is_seen = True
    if found.leave.loans:
        st.warning(markup.plain(found.warns), icon=":material/logout:")
        is_seen = st.checkbox(markup.plain(found.asks), key=f"import-leave-{given.key}-{found.leave.loans}-{found.leave.fen}-{lang}")
    why_not = None if is_seen else say("ui.import.leave_first", lang)
    if st.button(say("ui.import.enter", lang), type="primary", key="import-enter", disabled=not is_seen, help=why_not):
        _watched(lang, lambda told: _enter(desk, given, day, told, leave=found.leave))


def _coming(desk: Desk, given: Given, loans: pa.Table) -> Coming:
    """Kept until another book is looked at or entered. Raises Refused."""
    store, actor = desk.record()
    key = (given.key, last_entered(store), actor, desk.lang)
    kept = st.session_state.get("import-coming")
    if isinstance(kept, tuple) and kept[0] == key and isinstance(kept[1], Coming):
        return kept[1]
    found = entering.coming(store, actor, loans, desk.lang)
    st.session_state["import-coming"] = (key, found)
    return found


def _offer_run(desk: Desk, given: Given, day: date) -> None:
    lang = desk.lang
    if desk.store is not None and not desk.may("register_run"):
        st.caption(say("ui.import.not_yours", lang))
        return
    offered = policies(desk.actor)
    policy = st.radio(
        say("ui.fact.policy", lang), offered, format_func=lambda name: say(f"ui.import.policy.{name}", lang), key=f"import-policy-{lang}"
    )
    with st.popover(say("ui.import.for_run", lang), icon=":material/attach_file:"):
        boxes = [(name, say(f"ui.import.{name}", lang), kinds) for name, kinds in _FOR_RUN.items()]
        sent = [(name, st.file_uploader(words, type=kinds, key=f"import-{name}")) for name, words, kinds in boxes]
    if st.button(say("ui.import.run", lang), key="import-run"):
        more = [(name, one) for name, one in sent if one is not None]
        _watched(lang, lambda told: _run(desk, replace(given, beside=(*given.beside, *more)), day, str(policy), told))


def _watched(lang: Lang, do: Callable[[Callable[[str], None]], tuple[str, tuple[Problem, ...]]]) -> None:
    """Do it and say which step it is at, how long it has taken, and what came of it."""
    with st.status(say("ui.import.working", lang), expanded=True) as status:
        begun = datetime.now(UTC)

        def told(step: str) -> None:
            passed = (datetime.now(UTC) - begun).total_seconds()
            st.write(say("ui.import.step", lang, step=say(f"step.{step}", lang), seconds=f"{passed:.1f}"))

        try:
            words, problems = do(told)
        except Refused as refused:
            status.update(label=say("ui.import.failed", lang), state="error")
            st.error(markup.plain(f"{refused.problem.where} {tell(refused.problem, lang)}".strip()), icon=":material/block:")
            return
        status.update(label=say("ui.import.finished", lang), state="complete")
    st.success(markup.plain(words))
    found = counts(problems)
    st.caption(say("ui.import.problems_met", lang, errors=found[Severity.ERROR.value], warnings=found[Severity.WARNING.value]))
    for problem in (p for p in problems if p.code.startswith("store.")):
        st.warning(markup.plain(tell(problem, lang)))


def _files(books: list[Path], beside: Beside) -> Files:
    others = {one.name: getattr(beside, one.name) for one in fields(beside)}
    return Files(tuple(books), **others)


def _enter(desk: Desk, given: Given, day: date, told: Callable[[str], None], *, leave: Lot) -> tuple[str, tuple[Problem, ...]]:
    store, actor = desk.record()
    with unpacked(given) as (books, beside):
        before = partial(entering.as_confirmed, leave=leave)
        done = enter_book(
            store, actor, _files(books, beside), as_of=day, reference=held_review.reference(), progress=told, before=before
        )  # fmt: skip
    made = done.value.entered
    words = say(
        "review.imported",
        desk.lang,
        book=done.value.book.id[:12],
        loans=done.value.book.loans,
        new=made.new,
        same=made.same,
        changed=made.changed,
        gone=made.gone,
    )
    return words, done.problems


def _run(desk: Desk, given: Given, day: date, policy: str, told: Callable[[str], None]) -> tuple[str, tuple[Problem, ...]]:
    with unpacked(given) as (books, beside), tempfile.TemporaryDirectory(prefix="greenfin-run-") as folder:
        files = _of_record(desk, _files(books, beside), Path(folder), day=day, policy=policy)
        result = pipeline.run(files, Options(policy=policy), as_of=day, reference=held_review.reference(), progress=told)
    told("write")
    saved = making.kept(desk, result)
    return say("ui.import.run_made", desk.lang, run=saved.id), result.problems


def _of_record(desk: Desk, files: Files, folder: Path, *, day: date, policy: str) -> Files:
    """With what a run takes from the record: the answers that were saved for its day, and for a strict one the decisions in force."""
    if desk.store is None or desk.actor is None:
        return files
    if policy == STRICT:
        files = replace(files, decisions=folder / "decisions.csv")
        write_rows(as_file(decisions_table(desk.store, desk.actor, as_of=day)), folder / "decisions.csv")
    saved = answered.latest(desk.store, desk.actor, day.isoformat())
    if saved.sha256:
        files = replace(files, answers=folder / "answers.yaml")
        (folder / "answers.yaml").write_bytes(answered.read_answers_of(desk.store, desk.actor, saved))
    return files

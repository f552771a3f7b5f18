"""The questionnaire: filled in on the page, read as the report will tell it, kept as a file of answers."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin import pipeline
from greenfin.core.problems import Refused
from greenfin.messages import Lang, say
from greenfin.pipeline import RunResult
from greenfin.store import answered
from greenfin.ui.frame import lists, making, markup
from greenfin.ui.frame.answers_draft import FILE, Draft, read_answers
from greenfin.ui.frame.choosing import select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views import answers as views
from greenfin.ui.views.answers import Reader, Register, Slot
from greenfin.ui.views.answers_merged import called

_MADE, _JOINED = "answers-made", "answers-joined"


def show(desk: Desk, result: RunResult) -> None:
    """Draw the part. Raises Refused."""
    lang, items = desk.lang, result.reference.questions
    draft = Draft(desk, result)
    answers = draft.answers
    languages = views.languages_of(answers, result.options.report_lang)
    state = {one.id: one for one in views.progress(items, answers, lang)}
    wrong = views.problems_by_item(views.checked(result, answers), lang)
    shown = {name: f"{one.id} {one.title}" for name, one in state.items()}
    st.html(lists.ways([_way(one, len(wrong.get(name, ())), lang) for name, one in state.items()]))
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    name = select(left, "answers-item", list(items), lang=lang, label=say("ui.answers.item", lang), shown=shown.__getitem__)
    _kept(desk, right, draft)
    _told(draft, lang)
    _remade(desk, result, draft)
    reader = views.reader_of(result, answers)
    may_write = desk.store is None or desk.may("answer")
    for slot in views.slots(items[name], answers, lang, languages=languages):
        if isinstance(slot, Register):
            _register(slot, draft, may_write)
        else:
            _slot(slot, draft, reader, may_write, lang)
    if set(draft.answers) != set(answers):  # what stands above was worked out before the reader's change
        st.rerun()
    if wrong.get(name):
        st.html(
            markup.heading(say("ui.answers.wrong", lang)) + lists.listing([], [lists.Line((lists.Item(words),)) for words in wrong[name]])
        )


def _way(state: views.Progress, wrong: int, lang: Lang) -> tuple[str, str, str]:
    """An item to be clicked: how far it is."""
    words = f"{state.id} {state.answered}/{state.required}" + (f" · {say('ui.answers.wrong_n', lang, n=wrong)}" if wrong else "")
    return f"item:{state.id}", words, "failed" if wrong else "passed" if state.answered == state.required else "warning"


def _kept(desk: Desk, place: DeltaGenerator, draft: Draft) -> None:
    lang = desk.lang
    content = views.as_yaml(draft.answers, draft.items).encode()
    with place:
        save, load = st.columns(2)
    load.download_button(
        FILE, content, file_name=FILE, mime="application/yaml", icon=":material/download:", on_click="ignore", width="stretch"
    )
    if desk.store is None or desk.actor is None:
        return
    if draft.base.sha256:
        place.caption(say("ui.answers.saved_by", lang, who=draft.base.actor, at=draft.base.at[:16].replace("T", " ")))
    if desk.may("answer") and save.button(say("ui.answers.save", lang), icon=":material/save:", type="primary", width="stretch"):
        try:
            draft.saved(answered.save_answers(desk.store, desk.actor, content, period=draft.period, based_on=draft.base.sha256))
        except Refused as refused:
            if refused.problem.code != "store.answers_changed":
                raise
            _join(desk, draft)
        st.toast(say("ui.answers.saved", lang), icon=":material/check_circle:")


def _join(desk: Desk, draft: Draft) -> None:
    """Somebody else has saved since: his answers beside those of the page, to be looked at and saved once more."""
    store, actor = desk.record()
    version = answered.latest(store, actor, draft.period)
    theirs = read_answers(answered.read_answers_of(store, actor, version), draft.result)
    found = draft.join(theirs, version, desk.lang)
    st.session_state[_JOINED] = (draft.key, version.actor, found.clashes)
    st.rerun()


def _told(draft: Draft, lang: Lang) -> None:
    """That the page goes on from what was left unsaved, and what was put in of somebody else's, until the answers are saved."""
    if draft.is_left_over:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(say("ui.answers.left_over", lang), icon=":material/history:")
            st.button(say("ui.answers.let_go", lang), icon=":material/undo:", key="answers-let-go", on_click=draft.let_go)
    of, who, clashes = st.session_state.get(_JOINED, ("", "", ()))
    if of != draft.key:
        return
    if draft.is_saved:
        del st.session_state[_JOINED]
        return
    st.warning(markup.plain(say("ui.answers.joined", lang, who=who)), icon=":material/group:")
    if clashes:
        heads = [say(f"ui.answers.clash.{name}", lang) for name in ("question", "theirs")]
        st.html(markup.listing(heads, [(called(question, draft.items, lang), text) for question, text in clashes]))


def _remade(desk: Desk, result: RunResult, draft: Draft) -> None:
    """Where the saved answers are not those of the run: the run made again with them, as a run of its own."""
    lang = desk.lang
    if made := str(st.session_state.pop(_MADE, "")):
        st.success(markup.plain(say("ui.import.run_made", lang, run=made)), icon=":material/check_circle:")
    said, in_run = (views.as_yaml(answers, draft.items) for answers in (draft.answers, result.inputs.answers or ()))
    if not draft.is_saved or said == in_run or not desk.may("register_run"):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(say("ui.answers.not_in_run", lang), width="stretch")
        if st.button(say("ui.answers.remake", lang), icon=":material/refresh:", key="answers-remake"):
            with st.spinner(say("ui.computing", lang), show_time=True):
                inputs = replace(result.inputs, answers=read_answers(said.encode(), result))
                saved = making.kept(desk, pipeline.compute(inputs, result.options, reference=result.reference))
            st.session_state[_MADE] = saved.id
            st.rerun()


def _slot(slot: Slot, draft: Draft, reader: Reader, may_write: bool, lang: Lang) -> None:
    label = slot.label + ("" if slot.is_required else f" {say('ui.answers.optional', lang)}")
    columns = st.columns(len(slot.texts))
    for place, (name, text) in zip(columns, slot.texts.items(), strict=True):
        words = f"{label} · {views.language_words(name)}" if name else label
        with place:
            key = draft.box("answer", *slot.place, name)
            found = _box(slot, name, words, key=key, may_write=may_write, lang=lang)
            if found != text:
                draft.text(slot, name, found)
            if slot.kind in views.WORDS and found.strip():
                _reading(reader, found, "en" if name == "en" else "zh" if name == "zh" else lang, lang)


def _box(slot: Slot, name: str, words: str, *, key: str, may_write: bool, lang: Lang) -> str:
    """What stands in the box of a place in a language."""
    label, text = words, slot.texts[name]
    hint = markup.plain(views.unit_hint(slot, lang)) or None
    if slot.kind == "choice":
        shown = dict(slot.options)
        known = next((id_ for id_, said in slot.options if text in (id_, said)), None)
        at = list(shown).index(known) if known else None
        return st.selectbox(label, list(shown), index=at, format_func=shown.__getitem__, key=key, disabled=not may_write, help=hint) or ""
    if slot.kind == "prose":
        return st.text_area(label, text, key=key, disabled=not may_write, help=hint, height="content")
    return st.text_input(label, text, key=key, disabled=not may_write, help=hint)


def _reading(reader: Reader, text: str, of: Lang, lang: Lang) -> None:
    """What the text reads as, with its bindings; only where it has something to read."""
    found = reader.read(text, of)
    if not found.bound and not found.problems:
        return
    st.html(lists.prose(found.text, [(one.written, one.value, one.is_wrong) for one in found.bound]))


def _register(register: Register, draft: Draft, may_write: bool) -> None:
    config = {
        key: st.column_config.SelectboxColumn(label, options=list(options)) if options else st.column_config.TextColumn(label)
        for key, label, _, options in register.columns
    }
    st.html(markup.heading(register.label))
    words = {key: pa.array([row.get(key, "") for row in register.rows], pa.string()) for key, *_ in register.columns}
    key = draft.box("register", register.item, register.field)
    held = st.session_state.setdefault(f"{key}-began", pa.table(words))  # words even where there is no row yet
    found = st.data_editor(
        held, column_config=config, num_rows="dynamic", key=key, disabled=not may_write, width="stretch", hide_index=True
    )
    made = found.to_pylist()
    draft.rows(register, made)

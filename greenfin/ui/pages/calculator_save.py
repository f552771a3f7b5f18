"""A calculation kept: as a file that opens again and that a run takes, with the project's evidence in the record, as a page of paper."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.core.problems import Outcome, Refused
from greenfin.messages import Lang, say
from greenfin.ui.frame import held_calculator as held
from greenfin.ui.frame import markup
from greenfin.ui.frame.desk import Desk
from greenfin.ui.pages.calculator_kept import chosen, fill, kept, text
from greenfin.ui.views.calculator import Answer, Asked
from greenfin.ui.views.calculator_saved import BASES, calculations_of, filled_by, opened, saved, sheet
from greenfin.ui.views.said import tell

_MOST = 1 << 20


def show(desk: Desk, asked: Asked, result: Answer) -> None:
    """Draw what can be done with a calculation."""
    lang = desk.lang
    has_result = bool(result.shown and result.shown["outputs"])
    with st.expander(say("ui.calculator.save", lang), expanded=bool(kept("project")), icon=":material/save:"):
        number, basis, pdf = st.columns([3, 2, 2], vertical_alignment="bottom")
        project = text(number, "project", say("ui.calculator.project", lang), lang=lang)
        kinds = {name: say(f"ui.calculator.basis.{name}", lang) for name in BASES}
        kind = chosen(basis, "basis", kinds, lang=lang, label=say("ui.calculator.basis", lang))
        if has_result:
            _print(pdf, asked, result, lang)
            _keep(desk, asked, result, project=project, basis=kind)
        if not (has_result and project):
            st.caption(say(f"ui.calculator.save_needs_{'project' if has_result else 'result'}", lang))
        if project:
            _open_kept(desk, project)
        _open(lang)


def _print(place: DeltaGenerator, asked: Asked, result: Answer, lang: Lang) -> None:
    """The fact sheet: made when asked for."""
    shown = result.shown or {}

    def made() -> bytes:
        return sheet(shown, held.reference(), asked=asked, lang=lang)[0]

    name = f"{asked.method.replace('/', '-')}.pdf"
    place.download_button(
        say("ui.calculator.sheet", lang), made, file_name=name, mime="application/pdf", icon=":material/picture_as_pdf:", on_click="ignore",
        width="stretch",
    )  # fmt: skip


def _keep(desk: Desk, asked: Asked, result: Answer, *, project: str, basis: str) -> None:
    """The file: to download, and into the record where there is one and the reader may; neither before it is said of which project."""
    lang = desk.lang
    made = saved(asked, result.shown or {}, project=project, basis=basis) if project else Outcome(b"")
    for problem in made.problems:
        st.html(markup.paragraph(tell(problem, lang), "gf-wrong"))
    left, right = st.columns(2)
    name = f"{project}-{asked.method}.csv".replace("/", "-")
    left.download_button(
        say("ui.calculator.download", lang), made.value, file_name=name, mime="text/csv", icon=":material/download:", on_click="ignore",
        help=say("ui.calculator.download_hint", lang), width="stretch", disabled=not project,
    )  # fmt: skip
    may = desk.store is not None and desk.may("attach_evidence")
    if may and right.button(say("ui.calculator.keep", lang), icon=":material/inventory_2:", width="stretch", disabled=not project):
        try:
            _attach(desk, made.value, name, project)
        except Refused as refused:
            st.error(markup.plain(tell(refused.problem, lang)), icon=":material/block:")


def _attach(desk: Desk, data: bytes, name: str, project: str) -> None:
    from greenfin.store.calculations import KIND
    from greenfin.store.evidence import Link, add_evidence

    store, actor = desk.record()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "calculation.csv"
        place.write_bytes(data)
        sha = add_evidence(store, actor, place, kind=KIND, links=(Link(project=project),), name=name)
    st.success(markup.plain(say("ui.calculator.kept", desk.lang, project=project, sha=sha[:12])), icon=":material/check_circle:")


def _open(lang: Lang) -> None:
    """A file that was saved, put back into the form once."""
    file = st.file_uploader(say("ui.calculator.open", lang), type=["csv"], key="calculator-file")
    if file is None or st.session_state.get("calculator-opened") == file.file_id:
        return
    st.session_state["calculator-opened"] = file.file_id
    _fill_from(file.getvalue()[:_MOST], lang)


def _fill_from(data: bytes, lang: Lang) -> None:
    try:
        asked, project = opened(data)
    except Refused as refused:
        st.error(tell(refused.problem, lang))
        return
    fill(filled_by(asked, project))
    st.rerun()


def _open_kept(desk: Desk, project: str) -> None:
    """The calculations of a project that the record has, the newest first, to be put back into the form."""
    from greenfin.store.calculations import read_calculation

    if desk.store is None or not desk.may("read_evidence"):
        return
    store, actor = desk.record()
    names = calculations_of(store, actor, project)
    if not names:
        return
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    sha = left.selectbox(
        say("ui.calculator.in_record", desk.lang), list(names), format_func=names.__getitem__, key=f"calculator-in-{project}"
    )
    if sha and right.button(say("ui.calculator.open_kept", desk.lang), icon=":material/folder_open:", width="stretch"):
        _fill_from(read_calculation(store, actor, sha).data[:_MOST], desk.lang)

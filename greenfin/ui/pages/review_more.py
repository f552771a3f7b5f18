"""Beside the keys: papers to be attached, the dossier, and one act over all loans that are alike."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa
import streamlit as st

from greenfin.core.problems import Refused
from greenfin.disclose.dossier import write_dossier
from greenfin.dossier import dossier_of, trail_in
from greenfin.messages import Lang, say
from greenfin.run_folder import Saved
from greenfin.store.evidence import Link, add_evidence, evidence_rules, may_open, read_evidence
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, may
from greenfin.store.queue import QueueRow, whole_page
from greenfin.ui.frame import held, held_review, markup
from greenfin.ui.frame.desk import Desk
from greenfin.ui.frame.sitting import Pressed, Sitting
from greenfin.ui.frame.uploads import Sent, on_disk
from greenfin.ui.pages import review_silent
from greenfin.ui.views import review_acts as acts
from greenfin.ui.views.review import WINDOWS, filter_of, lines_of, presets
from greenfin.ui.views.review_loan import Paper, paper
from greenfin.ui.views.said import tell

_LINE, _MOST_HIGH = 35, 360  # pixels
MOST_ALIKE = 500


def papers(doer: acts.Doer, sitting: Sitting, row: QueueRow, needs: Sequence[tuple[str, str]]) -> None:
    """The way to attach a document to the loan or its project. ``needs``: what it may answer, by id and words."""
    lang, role = doer.lang, doer.actor.role
    if not may(doer.actor, "attach_evidence", row.tag.branch):
        why = say("ui.review.unoffered.role", lang, role=say(f"role.{role}", lang), action=say("action.attach_evidence", lang))
        review_silent.draw(sitting, [("P", say("ui.review.unoffered", lang, key="P", why=why))])
    elif st.button(say("ui.review.attach", lang), icon=":material/attach_file:", key="review-attach", shortcut="P"):

        @st.dialog(say("ui.review.attach", doer.lang))
        def dialog() -> None:
            _paper(doer, sitting, row, needs)

        dialog()


def _paper(doer: acts.Doer, sitting: Sitting, row: QueueRow, needs: Sequence[tuple[str, str]]) -> None:
    lang, tag = doer.lang, row.tag
    with st.form(f"paper-{tag.receipt}", border=False):
        most = acts.most_megabytes()
        sent = st.file_uploader(say("ui.review.attach_file", lang, most=most), max_upload_size=most)
        kind = st.selectbox(say("ui.review.attach_kind", lang), list(evidence_rules().kinds), format_func=partial(paper, lang=lang))
        words = {"": say("ui.review.attach_any", lang), **dict(needs)}
        need = st.selectbox(say("ui.review.attach_need", lang), list(words), format_func=words.__getitem__)
        first, last = st.columns(2)
        valid_from = first.date_input(say("ui.review.attach_from", lang), value=None, format="YYYY-MM-DD")
        valid_to = last.date_input(say("ui.review.attach_to", lang), value=None, format="YYYY-MM-DD")
        why_not = None if tag.project else say("ui.review.attach_no_project", lang)
        for_all = st.checkbox(say("ui.review.attach_project", lang), disabled=not tag.project, help=why_not)
        asked = st.form_submit_button(say("ui.review.attach", lang), type="primary")
    if asked and sent is None:
        st.error(say("ui.review.attach_no_file", lang), icon=":material/attach_file:")
    if asked and sent is not None:
        link = Link(project=tag.project, need=need) if for_all and tag.project else Link(receipt=tag.receipt, need=need)
        _attach(doer, sent, link, kind=kind, valid_from=valid_from, valid_to=valid_to)
        sitting.forget()
        st.rerun()


def _attach(doer: acts.Doer, sent: Sent, link: Link, *, kind: str, valid_from: date | None, valid_to: date | None) -> None:
    try:
        with on_disk([sent]) as (path,):
            add_evidence(doer.store, doer.actor, path, kind=kind, links=[link], valid_from=valid_from, valid_to=valid_to)
    except Refused as refused:
        st.error(markup.plain(tell(refused.problem, doer.lang)))
        st.stop()
    st.toast(say("ui.review.attached", doer.lang), icon=":material/check:")


def originals(doer: acts.Doer, row: QueueRow, kept: Sequence[Paper]) -> None:
    """The papers themselves, each once; of one that is gone or altered, what is wrong with it."""
    once = {one.sha256: one for one in kept}.values()
    for one in once:
        if one.wrong:
            st.error(markup.plain(one.wrong), icon=":material/block:")
    if not may_open(doer.actor, row.tag.branch):
        return
    with st.container(horizontal=True, gap="small"):
        for one in once:
            if one.wrong:
                continue
            st.download_button(
                markup.plain(one.name),
                partial(read_evidence, doer.store, doer.actor, one.sha256),
                file_name=one.name,
                mime="application/octet-stream",
                key=f"review-original-{one.sha256}",
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
            )


def dossier(desk: Desk, doer: acts.Doer, sitting: Sitting, receipt: str) -> None:
    """The loan's dossier as a PDF, made when it is asked for; without a run that has the loan there is none."""
    lang, saved = desk.lang, desk.saved
    if saved is None or not held_review.in_run(saved, receipt):
        why = say("ui.review.no_dossier", lang)
        review_silent.draw(sitting, [("D", say("ui.review.unoffered", lang, key="D", why=why))])
        if saved is not None:
            st.caption(why)
        return
    st.download_button(
        say("ui.review.dossier", lang),
        partial(_dossier, doer.store, doer.actor, saved, receipt, lang),
        file_name=f"dossier-{''.join(sign if sign.isalnum() else '-' for sign in receipt)}.pdf",
        mime="application/pdf",
        key=f"dossier-{receipt}",
        on_click="ignore",
        icon=":material/picture_as_pdf:",
        shortcut="D",
    )


def _dossier(store: Store, actor: Actor, saved: Saved, receipt: str, lang: Lang) -> bytes:
    result = held.result(saved.folder, saved.id)
    trail = trail_in(store, actor, receipt, run=saved, reference=result.reference, lang=lang)
    copies = held_review.copies(store.files, saved.record["made_of"]["edition"])
    page = dossier_of(result, receipt, run=saved.id, lang=lang, trail=trail, copies=copies)
    with tempfile.TemporaryDirectory(prefix="greenfin-dossier-") as folder:
        place = Path(folder) / "dossier.pdf"
        write_dossier(page, place)
        return place.read_bytes()


def together(doer: acts.Doer, sitting: Sitting, row: QueueRow, open_: acts.Open) -> None:
    """Open the list of all loans that stand as this one does, to be decided at once."""
    lang = doer.lang

    @st.dialog(say("ui.review.together", lang), width="large")
    def dialog() -> None:
        _together(doer, sitting, row, open_)

    dialog()


def _together(doer: acts.Doer, sitting: Sitting, row: QueueRow, open_: acts.Open) -> None:
    lang = doer.lang
    wanted = filter_of(sitting.asked, doer.actor, like=row)
    rows = acts.one_kind(whole_page(doer.store, doer.actor, wanted, limit=MOST_ALIKE, windows=WINDOWS).rows, row)
    shown = lines_of(doer.store, doer.actor, rows, lang=lang)
    st.caption(say("ui.review.together_hint", lang, n=len(rows), most=MOST_ALIKE))
    names = [say(f"ui.review.column.{name}", lang) for name in ("take", "receipt", "purpose", "amount", "branch")]
    columns: dict[str, list[object]] = {
        names[0]: [True] * len(shown),
        names[1]: [line.receipt for line in shown],
        names[2]: [line.purpose for line in shown],
        names[3]: [line.amount for line in shown],
        names[4]: [line.branch for line in shown],
    }
    height = min(_LINE * (len(shown) + 1) + 3, _MOST_HIGH)
    edited = st.data_editor(
        pa.table(columns),
        hide_index=True,
        disabled=names[1:],
        height=height,
        key=f"together-{row.tag.receipt}",
    )
    taken = tuple(one for one, is_taken in zip(rows, edited.column(0).to_pylist(), strict=True) if is_taken)
    mode = st.pills(
        say("ui.review.together_act", lang),
        acts.at_once(row, open_),
        format_func=lambda act: say(f"ui.review.key.{act}", lang, verdict="", entry=row.proposal_code),
        key=f"together-act-{row.tag.receipt}",
    )
    offered = presets(mode or "", lang)
    reason = st.selectbox(say("ui.review.together_reason", lang), offered, accept_new_options=True) if offered else ""
    why_not = None if mode and taken else say("ui.review.together_first", lang)
    if st.button(say("ui.review.together_do", lang, n=len(taken)), type="primary", disabled=why_not is not None, help=why_not):
        given = reason or (say("ui.review.reason.agree", lang) if mode == "agree" else "")
        sitting.press(Pressed(str(mode), taken, row.proposal_code if mode == "green" else "", str(given)))
        st.rerun()

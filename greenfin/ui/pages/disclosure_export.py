"""What a run gives away: workbook, report, data, assurance pack. Read or made only when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from greenfin.messages import say
from greenfin.pipeline import RunResult
from greenfin.run_folder import Saved
from greenfin.store.sign_off import note_export
from greenfin.ui.frame import held_disclosure, markup
from greenfin.ui.frame.desk import Desk

_FILES = {
    "disclosure.xlsx": (":material/table_view:", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "disclosure.pdf": (":material/picture_as_pdf:", "application/pdf"),
    "disclosure.docx": (":material/article:", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "tables.json": (":material/data_object:", "application/json"),
    "problems.csv": (":material/report:", "text/csv"),
}
_ZIP = "application/zip"


def show(desk: Desk, _result: RunResult) -> None:
    """Draw the part. Raises Refused where the reader may not export, and for an altered run."""
    saved, lang = desk.run(), desk.lang
    if not desk.may("export"):
        st.info(say("ui.export.not_allowed", lang), icon=":material/lock:")
        return
    st.caption(say("ui.export.said", lang, run=saved.id))
    for file, (icon, mime) in _FILES.items():
        if (saved.folder / file).is_file():
            _row(
                desk,
                file,
                icon=icon,
                mime=mime,
                content=(saved.folder / file).read_bytes,
                words=say(f"ui.export.{file.partition('.')[2]}", lang),
            )
    csv_name = f"{saved.id}-tables.zip"
    _row(
        desk,
        csv_name,
        icon=":material/csv:",
        mime=_ZIP,
        content=partial(held_disclosure.csv_files, saved.folder),
        words=say("ui.export.tables", lang),
    )
    _pack(desk, saved)


def _row(desk: Desk, file: str, *, icon: str, mime: str, content: Callable[[], bytes], words: str) -> None:
    left, right = st.columns([1, 2], vertical_alignment="center")
    asked = partial(given, desk, file, content)
    left.download_button(file, asked, file_name=file, mime=mime, icon=icon, on_click="ignore", width="stretch", key=f"export-{file}")
    right.html(markup.paragraph(words, "gf-reason"))


def given(desk: Desk, file: str, content: Callable[[], bytes]) -> bytes:
    """The file, and a line in the log of the record that it was taken."""
    if desk.store and desk.actor:
        note_export(desk.store, desk.actor, f"{desk.run().id}/{file}", files=1)
    return content()


def _pack(desk: Desk, saved: Saved) -> None:
    lang, wanted = desk.lang, f"pack-{saved.id}"
    left, right = st.columns([1, 2], vertical_alignment="center")
    if st.session_state.get(wanted) != str(saved.folder):
        if left.button(say("ui.export.make_pack", lang), icon=":material/verified:", width="stretch", key="make-pack"):
            st.session_state[wanted] = str(saved.folder)
            st.rerun()
        right.html(markup.paragraph(say("ui.export.pack", lang), "gf-reason"))
        return
    with st.spinner(say("ui.export.packing", lang)):
        content, sha = held_disclosure.packed(saved.folder, saved.id)
    name = f"{saved.id}-pack.zip"
    asked = partial(given, desk, name, lambda: content)
    left.download_button(name, asked, file_name=name, mime=_ZIP, icon=":material/verified:", on_click="ignore", width="stretch", key="pack")
    right.html(markup.paragraph(say("ui.export.packed", lang, sha=sha), "gf-reason"))

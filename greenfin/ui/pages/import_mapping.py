"""The columns as they were recognised, corrected in place, and the mapping kept for the next month."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.core.problems import Refused
from greenfin.ingest.kept_mappings import fitting, keep, kept
from greenfin.ingest.mapping import SavedMapping
from greenfin.messages import Lang, say
from greenfin.store.evidence import plain_name
from greenfin.ui.frame import markup
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views import imports
from greenfin.ui.views.imports import Looked, Sheet
from greenfin.ui.views.said import tell

_LINE, _MOST_HIGH = 35, 460  # pixels
_LETTER, _FIELD, _UNIT = 70, 340, 110
_MAIN = "loans"


def home(desk: Desk) -> Path:
    """Where the bank's mappings are kept: with the record's files, else beside the runs."""
    return desk.store.files if desk.store else desk.place


def chosen(desk: Desk, names: Sequence[str], place: DeltaGenerator) -> str:
    """The mapping to read by, as text: what was corrected on this page, else the kept one that was chosen; empty: none."""
    lang, place_of = desk.lang, home(desk)
    own = st.session_state.get("import-corrected")
    if isinstance(own, tuple) and own[0] == tuple(names):
        return str(own[1])
    known = {path.name: path for path in kept(place_of)}
    fits = fitting(place_of, names)
    if not known:
        return ""
    none = say("ui.import.no_mapping", lang)
    options = [none, *known]
    first = options.index(fits.name) if fits else 0
    name = place.selectbox(say("ui.import.kept_mapping", lang), options, index=first, key=f"import-kept-{'|'.join(names)}-{lang}")
    return known[name].read_text("utf-8") if name in known else ""


def draw(desk: Desk, looked: Looked, names: Sequence[str]) -> None:
    """Each sheet with its columns; what is changed is read again at once."""
    lang, changed = desk.lang, looked.mapping
    for n, sheet in enumerate(looked.sheets):
        unknown = say("ui.import.unknown", lang, n=sheet.unknown) if sheet.unknown else ""
        title = " · ".join(part for part in (sheet.title, unknown) if part)
        with st.expander(markup.plain(title), expanded=bool(sheet.kind == _MAIN or sheet.unknown)):
            st.html(markup.paragraph(sheet.told, "gf-reason"))
            if sheet.columns:
                changed = imports.corrected(changed, n, _edited(sheet, n, lang))
    st.caption(say("ui.import.units_hint", lang))
    again, keeping = st.columns([1, 2], vertical_alignment="bottom")
    if changed != looked.mapping and again.button(say("ui.import.read_again", lang), type="primary", key="import-again"):
        _take(changed, names, lang)
    with keeping.popover(say("ui.import.keep", lang), icon=":material/save:"):
        _keep(desk, changed, lang)


def _edited(sheet: Sheet, number: int, lang: Lang) -> list[tuple[str, str]]:
    """The field and unit of each column as the reader has them now."""
    offered = imports.offered(sheet.kind, lang)
    words = {field: shown for shown, field in offered.items()}
    names = [say(f"ui.import.column.{name}", lang) for name in ("letter", "header", "field", "unit", "near")]
    table = pa.table(
        {
            names[0]: [c.letter for c in sheet.columns],
            names[1]: [c.header for c in sheet.columns],
            names[2]: [words.get(c.field, c.field) for c in sheet.columns],
            names[3]: [c.unit for c in sheet.columns],
            names[4]: [c.near for c in sheet.columns],
        }
    )
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=[names[0], names[1], names[4]],
        column_config={
            names[0]: st.column_config.TextColumn(width=_LETTER),
            names[2]: st.column_config.SelectboxColumn(options=list(offered), required=True, width=_FIELD),
            names[3]: st.column_config.TextColumn(width=_UNIT),
        },
        height=min(_LINE * (len(sheet.columns) + 1) + 3, _MOST_HIGH),
        key=f"mapping-{number}-{sheet.name}-{lang}",
    )
    fields = [offered.get(str(shown), column.field) for shown, column in zip(edited.column(2).to_pylist(), sheet.columns, strict=True)]
    return list(zip(fields, [str(unit or "").strip() for unit in edited.column(3).to_pylist()], strict=True))


def _take(changed: SavedMapping, names: Sequence[str], lang: Lang) -> None:
    """Read the files by the corrected mapping, where it holds."""
    try:
        text = imports.as_text(changed, lang)
    except Refused as refused:
        st.error(markup.plain(tell(refused.problem, lang)), icon=":material/block:")
        return
    st.session_state["import-corrected"] = (tuple(names), text)
    st.rerun()


def _keep(desk: Desk, changed: SavedMapping, lang: Lang) -> None:
    """Keep the mapping for the next time, or take it along."""
    try:
        text = imports.as_text(changed, lang)
    except Refused as refused:
        st.error(markup.plain(tell(refused.problem, lang)), icon=":material/block:")
        return
    stem = st.text_input(say("ui.import.keep_name", lang), value=Path(changed.name).stem, max_chars=60, key="import-keep-name")
    if st.button(say("ui.import.keep_here", lang), type="primary", key="import-keep"):
        try:
            made = keep(home(desk), changed, stem=plain_name(stem or "mapping"), comment=say("inspect.mapping_comment", lang))
        except Refused as refused:
            st.error(markup.plain(tell(refused.problem, lang)), icon=":material/block:")
            return
        st.success(say("ui.import.kept", lang, name=made.name))
    st.download_button(say("ui.import.keep_file", lang), text, file_name="mapping.yaml", on_click="ignore", key="import-keep-file")

"""Import: files looked at, columns and units corrected, problems by cell, then into the record or into a run."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import streamlit as st

from greenfin.core.problems import Refused
from greenfin.ingest.marked import mark_copies
from greenfin.messages import Lang, say
from greenfin.ui.frame import held_review, markup, sections
from greenfin.ui.frame.desk import Desk
from greenfin.ui.frame.given import Given, unpacked
from greenfin.ui.frame.uploads import Sent
from greenfin.ui.pages import import_mapping, import_out
from greenfin.ui.views import imports
from greenfin.ui.views.imports import Looked
from greenfin.ui.views.said import tell

BOOKS = ["xlsx", "xlsm", "csv", "txt", "dat", "parquet"]
TABLES = ["xlsx", "csv", "txt", "parquet"]
_BESIDE = {"rates": TABLES, "controls": TABLES, "supplements": TABLES, "mapping": ["yaml", "yml"]}


def show(desk: Desk) -> None:
    """Draw the page. Raises Refused."""
    lang = desk.lang
    st.html(markup.paragraph(say("ui.import.hint", lang), "gf-reason"))
    given = _given(desk)
    if not given.books:
        st.session_state.pop("import-seen", None)
        st.session_state.pop("import-corrected", None)
        return
    looked = _looked(given, lang)
    if looked is None:
        return
    _sum_up(looked, lang)
    if looked.refused and given.as_of is None:
        st.info(say("ui.import.as_of_first", lang), icon=":material/event:")
    sheets, found, out = sections.tabs("import", ("sheets", "problems", "out"), lang)
    with sheets:
        import_mapping.draw(desk, looked, given.names)
    with found:
        _problems(given, looked, lang)
    with out:
        import_out.draw(desk, given, looked)


def _given(desk: Desk) -> Given:
    """The file boxes."""
    lang = desk.lang
    left, right = st.columns([5, 3], gap="medium")
    books = left.file_uploader(say("ui.import.books", lang), type=BOOKS, accept_multiple_files=True, key="import-books")
    as_of = right.date_input(say("ui.import.as_of", lang), value=None, format="YYYY-MM-DD", key="import-as-of")
    beside: list[tuple[str, Sent]] = []
    with right.popover(say("ui.import.beside", lang), icon=":material/attach_file:", width="stretch"):
        for name, kinds in _BESIDE.items():
            sent = st.file_uploader(say(f"ui.import.{name}", lang), type=kinds, key=f"import-{name}")
            if sent is not None:
                beside.append((name, sent))
    given = Given(tuple(books or ()), tuple(beside), as_of if isinstance(as_of, date) else None)
    own = any(name == "mapping" for name, _ in beside)
    text = "" if own or not books else import_mapping.chosen(desk, given.names, right)
    return Given(given.books, given.beside, given.as_of, text)


def _looked(given: Given, lang: Lang) -> Looked | None:
    """The files as understood, kept while they are the same; None where they cannot be, which is said."""
    key = (given.key, lang)
    seen = st.session_state.get("import-seen")
    if isinstance(seen, tuple) and seen[0] == key:
        return seen[1] if isinstance(seen[1], Looked) else None
    try:
        with st.spinner(say("ui.import.looking", lang), show_time=True), unpacked(given) as (books, beside):
            looked = imports.look(books, beside, as_of=given.as_of, reference=held_review.reference(), lang=lang)
    except Refused as refused:
        st.error(markup.plain(f"{Path(refused.problem.where).name} {tell(refused.problem, lang)}".strip()), icon=":material/block:")
        return None
    st.session_state["import-seen"] = (key, looked)
    return looked


def _sum_up(looked: Looked, lang: Lang) -> None:
    counts = imports.counts(looked.problems)
    words = [(say("ui.import.sheets", lang, n=len(looked.sheets)), "info")]
    words += [(say(f"ui.count.{kind}s", lang, n=counts[kind]), kind) for kind in ("error", "warning") if counts[kind]]
    unknown = imports.unknown_columns(looked.sheets)
    words += [(say("ui.import.unknown", lang, n=unknown), "warning")] if unknown else []
    st.html(markup.element("p", "".join(markup.chip(text, css) + " " for text, css in words)))


def _problems(given: Given, looked: Looked, lang: Lang) -> None:
    """The problems by cell, and the same workbook with its cells marked."""
    if not looked.problems:
        st.success(say("ui.no_problems", lang))
        return
    for n, name in enumerate(given.names):
        st.download_button(
            say("ui.import.marked", lang, file=name),
            partial(_marked, given, looked, n, lang),
            file_name=f"{Path(name).stem}.marked.xlsx",
            key=f"marked-{n}",
            on_click="ignore",
            icon=":material/download:",
        )
    found = imports.lines(looked.problems, lang)
    headings = [say(f"ui.problem_column.{name}", lang) for name in ("severity", "where", "code", "words")]
    with st.container(key="import-problems"):
        st.html(markup.listing(headings, ((one.severity_words, one.where, one.code, one.words) for one in found), "gf-list gf-tight"))
    if len(found) < len(looked.problems):
        st.caption(say("ui.import.more_problems", lang, n=len(looked.problems) - len(found)))


def _marked(given: Given, looked: Looked, which: int, lang: Lang) -> bytes:
    with unpacked(given) as (books, _):
        made = mark_copies([books[which]], looked.problems, books[which].parent / "marked", lang=lang, headers=looked.headers)
        return made.value[0].path.read_bytes()

"""The run's problems by code, one by one, and as a file."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from greenfin.messages import Lang, say
from greenfin.run_folder import Saved
from greenfin.ui import held, markup, paging
from greenfin.ui.views_problems import FILE, Group, problems

SIZE = 20


def show(saved: Saved, lang: Lang) -> None:
    """Draw the page. Raises Refused where the run's folder is damaged."""
    groups = held.groups(saved.folder, saved.id, lang)
    if not groups:
        st.success(say("ui.no_problems", lang), icon=":material/check_circle:")
        return
    severity, code = _filters(saved, groups, lang)
    shown = [g for g in groups if severity in (None, g.severity) and code in (None, g.code)]
    headings = [say(f"ui.problem_column.{name}", lang) for name in ("severity", "code", "count", "words")]
    st.html(markup.listing(headings, [(g.severity_words, g.code, str(g.count), g.words) for g in shown]))
    _one_by_one(saved, lang, severity or "", code or "")


def _filters(saved: Saved, groups: Sequence[Group], lang: Lang) -> tuple[str | None, str | None]:
    words = {g.severity: g.severity_words for g in groups}
    left, middle, right = st.columns([1, 2, 1], vertical_alignment="bottom")
    severity = left.selectbox(
        say("ui.problem_column.severity", lang),
        list(words),
        index=None,
        format_func=words.__getitem__,
        placeholder=say("ui.all", lang),
        key="problem-severity",
    )
    codes = [g.code for g in groups if severity in (None, g.severity)]
    code = middle.selectbox(say("ui.problem_column.code", lang), codes, index=None, placeholder=say("ui.all", lang), key="problem-code")
    data = (saved.folder / FILE).read_bytes()
    right.download_button(FILE, data, file_name=FILE, mime="text/csv", icon=":material/download:", on_click="ignore", width="stretch")
    return severity, code


def _one_by_one(saved: Saved, lang: Lang, severity: str, code: str) -> None:
    what = f"{severity} {code}"
    found = problems(saved.folder, lang, code=code, severity=severity, start=paging.start_of("problems", what), size=SIZE)
    st.html(markup.heading(say("ui.each_problem", lang)))
    headings = [say(f"ui.problem_column.{name}", lang) for name in ("severity", "where", "words")]
    st.html(markup.listing(headings, [(line.severity_words, line.where, line.words) for line in found.lines]))
    paging.draw("problems", what, found.span, lang)

"""The run's problems by code, one by one, and as a file."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from greenfin.messages import Lang, say
from greenfin.run_folder import Saved
from greenfin.ui import held, markup, paging
from greenfin.ui.choosing import select
from greenfin.ui.views_problems import FILE, Group, problems

SIZE = 20


def show(saved: Saved, lang: Lang) -> None:
    """Draw the page. Raises Refused where the run's folder is damaged."""
    groups = held.groups(saved.folder, saved.id, lang)
    if not groups:
        st.success(say("ui.no_problems", lang), icon=":material/check_circle:")
        return
    severity, code = _filters(saved, groups, lang)
    shown = [g for g in groups if severity in ("", g.severity) and code in ("", g.code)]
    headings = [say(f"ui.problem_column.{name}", lang) for name in ("severity", "code", "count", "words")]
    st.html(markup.listing(headings, [(g.severity_words, g.code, str(g.count), g.words) for g in shown], "gf-list gf-tight"))
    _one_by_one(saved, lang, severity, code)


def _filters(saved: Saved, groups: Sequence[Group], lang: Lang) -> tuple[str, str]:
    words = {g.severity: g.severity_words for g in groups}
    left, middle, right = st.columns([1, 2, 1], vertical_alignment="bottom")
    every = say("ui.all", lang)
    label = say("ui.problem_column.severity", lang)
    severity = select(left, "problem-severity", list(words), lang=lang, label=label, shown=words.__getitem__, none=every)
    codes = list(dict.fromkeys(g.code for g in groups if severity in ("", g.severity)))
    code = select(middle, "problem-code", codes, lang=lang, label=say("ui.problem_column.code", lang), none=every)
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

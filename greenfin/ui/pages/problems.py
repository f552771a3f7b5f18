"""The run's problems as one list, errors first, by severity and kind, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from greenfin.messages import Lang, say
from greenfin.run_folder import Saved
from greenfin.ui.frame import held, linked, lists, paging
from greenfin.ui.frame.choosing import asked_once, choose, select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.pages.disclosure_export import given
from greenfin.ui.views.problems import FILE, Group, ProblemLine, kinds, problems, severities

SIZE = 20


def show(desk: Desk) -> None:
    """Draw the page. Raises Refused where the run's folder is damaged."""
    saved, lang = desk.run(), desk.lang
    groups = held.groups(saved.folder, saved.id, lang)
    if not groups:
        st.success(say("ui.no_problems", lang), icon=":material/check_circle:")
        return
    go = linked.clicked("problems")
    if go.startswith("code:"):
        choose("problem-code", go.removeprefix("code:"), lang)
    for name in ("severity", "code"):
        if wanted := asked_once(name):
            choose(f"problem-{name}", wanted, lang)
    severity, code = _filters(desk, groups)
    _listed(saved, lang, severity, code)


def _filters(desk: Desk, groups: Sequence[Group]) -> tuple[str, str]:
    lang = desk.lang
    left, middle, right = st.columns([1, 2, 1], vertical_alignment="bottom")
    every = say("ui.all", lang)
    label = say("ui.problem_column.severity", lang)
    words = severities(groups)
    severity = select(left, "problem-severity", list(words), lang=lang, label=label, shown=words.__getitem__, none=every)
    named = kinds(groups, severity)
    label = say("ui.problem_column.code", lang)
    code = select(middle, "problem-code", list(named), lang=lang, label=label, shown=named.__getitem__, none=every)
    if desk.may("export"):
        asked = partial(given, desk, FILE, (desk.run().folder / FILE).read_bytes)
        right.download_button(FILE, asked, file_name=FILE, mime="text/csv", icon=":material/download:", on_click="ignore", width="stretch")
    return severity, code


def _listed(saved: Saved, lang: Lang, severity: str, code: str) -> None:
    """One problem a line; a click on its code shows all of that kind."""
    what = f"{severity} {code}"
    start = paging.start_of("problems", what)
    found = problems(held.problems(saved.folder, saved.id), lang, code=code, severity=severity, start=start, size=SIZE)
    headings = [say(f"ui.problem_column.{name}", lang) for name in ("severity", "code", "where", "words")]
    with st.container(key="problem-list"):
        st.html(lists.listing(headings, [_line(one, code) for one in found.lines], tight=(0, 1)))
    paging.draw("problems", what, found.span, lang)


def _line(one: ProblemLine, chosen: str) -> lists.Line:
    kind = lists.Item(one.code, go="" if one.code == chosen else f"code:{one.code}")
    where = lists.Item(one.where, href=one.leads_to)
    return lists.Line((lists.Item("", one.severity_words, one.severity), kind, where, lists.Item(one.words)))

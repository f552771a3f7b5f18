"""Disclosure: tables as they print, why a cell is what it is, checks, answers, restatements, the register, sign-off, export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from greenfin.core.records import Table
from greenfin.disclose.printed import word
from greenfin.messages import Lang, say
from greenfin.pipeline import RunResult
from greenfin.run_folder import Saved
from greenfin.ui.frame import held, held_disclosure, linked, lists, markup, paging, sections
from greenfin.ui.frame.choosing import asked_once, choose, select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.pages import disclosure_answers, disclosure_export, disclosure_registers, disclosure_signing
from greenfin.ui.views import tables as views_tables
from greenfin.ui.views.checks import FAILED, Held, Report
from greenfin.ui.views.span import Span, begin

PAGE = "disclosure"
SIZE = 20
_PLACES = 3
_CSS = {"passed": "passed", "failed": "failed", "none": "info"}
_WITH_STORE = ("published", "signing")


def show(desk: Desk) -> None:
    """Draw the page. Raises Refused where the run's folder is damaged."""
    saved, lang = desk.run(), desk.lang
    go = linked.clicked(PAGE)
    if wanted := asked_once("cell"):
        linked.hold(PAGE, "cell", "")
        go = f"cell:{wanted}"
    with st.spinner(say("ui.computing", lang)):
        result = held.result(saved.folder, saved.id)
    if not result.tables:
        st.info(say("ui.no_tables", lang))
        return
    _jump(held_disclosure.tables(saved.folder, saved.id), go, lang)
    if go.startswith("item:"):
        choose("answers-item", go.removeprefix("item:"), lang)
    parts: Mapping[str, Callable[[Desk, RunResult], None]] = {
        "tables": _tables,
        "checks": _checks,
        "answers": disclosure_answers.show,
        "restated": disclosure_registers.restated,
        "published": disclosure_registers.published,
        "signing": disclosure_signing.show,
        "export": disclosure_export.show,
    }
    there = [name for name in parts if desk.store or name not in _WITH_STORE]
    parts[sections.chosen(PAGE, there, lang)](desk, result)


def _jump(tables: Mapping[str, Table], go: str, lang: Lang) -> None:
    """A click on a cell, wherever it is named, turns to its table."""
    cell = linked.kept(PAGE, "cell", go)
    table = cell.partition("!")[0]
    if go.startswith("cell:") and cell and table in tables:
        sections.turn_to(PAGE, "tables", lang)
        choose("table", table, lang)


def _tables(desk: Desk, result: RunResult) -> None:
    saved, lang = desk.run(), desk.lang
    left, right = st.columns([3, 2])
    tables = held_disclosure.tables(saved.folder, saved.id)
    titles = {name: views_tables.title_of(table, lang) for name, table in tables.items()}
    name = select(left, "table", list(titles), lang=lang, label=say("ui.table", lang), shown=titles.__getitem__)
    view = held_disclosure.sheet(saved.folder, saved.id, name, lang)
    report = held_disclosure.checks(saved.folder, saved.id, lang)
    view = views_tables.doubted(view, {cell for check in report.checks for cell, _ in check.problems})
    other = _other(desk, right)
    if other:
        with st.spinner(say("ui.computing", lang)):
            theirs = held_disclosure.tables(other.folder, other.id)
        if name in theirs:
            there = held_disclosure.sheet(other.folder, other.id, name, lang)
            view = views_tables.beside(view, there, str(other.record["made_of"]["as_of"]))
        else:
            st.caption(say("ui.disclosure.not_there", lang))
    cell = linked.kept(PAGE, "cell", "")
    is_here = cell.partition("!")[0] == name
    under = markup.tree(held.lineage(saved.folder, saved.id, cell, lang)) if is_here else ""
    watermark = result.policy.watermark_zh if lang == "zh" else result.policy.watermark_en
    st.caption(say("ui.disclosure.click", lang))
    st.html(markup.sheet(view, chosen=cell, under=under, notes_word=word("notes", lang), watermark=watermark))
    _of_table([check for check in report.checks if check.table == name and check.state == FAILED], lang)


def _other(desk: Desk, place: st.delta_generator.DeltaGenerator) -> Saved | None:
    """Another run whose figures stand beside: the reader's choice, none to begin with."""
    saved = desk.run()
    runs = {str(run.folder): run for run in desk.runs if run.folder != saved.folder}
    shown = {folder: f"{run.record['made_of']['as_of']} · {Path(folder).name}" for folder, run in runs.items()}
    label, none = say("ui.disclosure.beside", desk.lang), say("ui.disclosure.beside_none", desk.lang)
    chosen = select(place, "beside", list(shown), lang=desk.lang, label=label, shown=shown.__getitem__, none=none)
    return runs.get(chosen)


def _of_table(failed: list[Held], lang: Lang) -> None:
    if failed:
        st.html(markup.heading(say("ui.disclosure.failed_here", lang)) + _listed(failed, lang))


def _checks(desk: Desk, result: RunResult) -> None:
    saved, lang = desk.run(), desk.lang
    report = held_disclosure.checks(saved.folder, saved.id, lang)
    st.html(_counted(report, lang))
    left, right = st.columns(2)
    states = {state: say(f"ui.check.state.{state}", lang) for state in _CSS}
    state = select(
        left, "check-state", list(states), lang=lang, label=say("ui.check.state", lang), shown=states.__getitem__, none=_all(lang)
    )
    titles = {name: views_tables.title_of(table, lang) for name, table in result.tables.items()}
    table = select(right, "check-table", list(titles), lang=lang, label=say("ui.table", lang), shown=titles.__getitem__, none=_all(lang))
    found = [check for check in report.checks if state in ("", check.state) and table in ("", check.table)]
    start = begin(paging.start_of("checks", f"{state} {table}"), SIZE, len(found))
    lines = found[start : start + SIZE]
    st.html(_listed(lines, lang))
    paging.draw("checks", f"{state} {table}", Span(start, len(lines), SIZE, len(found)), lang)


def _all(lang: Lang) -> str:
    return say("ui.all", lang)


def _counted(report: Report, lang: Lang) -> str:
    counts = {"failed": report.failed, "passed": report.passed, "none": report.none}
    chips = " ".join(markup.chip(say(f"ui.check.counted.{state}", lang, n=n), _CSS[state]) for state, n in counts.items())
    return markup.heading(say("ui.check.title", lang), chips)


def _listed(checks: list[Held], lang: Lang) -> str:
    headings = [say(f"ui.check.column.{name}", lang) for name in ("state", "code", "table", "rule", "cells")]
    return lists.listing(headings, [_line(check, lang) for check in checks], tight=(0, 1, 2))


def _line(check: Held, lang: Lang) -> lists.Line:
    css = "warning" if check.state == FAILED and check.severity != "error" else _CSS[check.state]
    wrong = tuple(lists.Item(words, go=f"cell:{cell}" if cell else "") for cell, words in check.problems[:SIZE])
    places = [lists.Item(place.words, go=f"cell:{place.cell}") for place in check.places[:_PLACES]]
    cells = lists.Item("", more=tuple(places)) if places else lists.Item("")
    state = lists.Item("", chip=say(f"ui.check.state.{check.state}", lang), css=css)
    return lists.Line((state, lists.Item(check.code), lists.Item(check.table), lists.Item(check.says, more=wrong), cells))

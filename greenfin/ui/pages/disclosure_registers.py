"""Restatements and the register of published figures: of the run, and of the record page by page."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from greenfin import disclose, publishing
from greenfin import restated as restated_
from greenfin.core.problems import Refused, error
from greenfin.disclose.printed import unit_text
from greenfin.messages import Lang, say
from greenfin.pipeline import RunResult
from greenfin.store import publications, registers, restating, sign_off
from greenfin.store.earlier import earlier_periods
from greenfin.store.tables import Publication
from greenfin.ui.frame import keyset, lists, markup
from greenfin.ui.frame.choosing import select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views import tables as views_tables
from greenfin.ui.views.why import cell_names, grouped

SIZE = 20
_MOST = 300
_FILE = "restatements.xlsx"


def restated(desk: Desk, result: RunResult) -> None:
    """Draw the restatements: those of the run as the report prints them, those of the record, a form for another. Raises Refused."""
    lang = desk.lang
    st.html(markup.heading(say("ui.restated.of_run", lang)))
    own = restated_.table_of(result.inputs.restatements, result.tables)
    if own:
        st.html(markup.sheet(views_tables.sheet(own[0], lang)))
    else:
        st.caption(say("ui.restated.none_in_run", lang))
    if desk.store is None:
        return
    st.html(markup.heading(say("ui.restated.of_record", lang)))
    _restated_rows(desk, result)
    _waiting(desk, result)
    if desk.may("restate"):
        with st.expander(say("ui.restated.enter", lang), icon=":material/edit_note:"):
            _form(desk, result)


def _restated_rows(desk: Desk, result: RunResult) -> None:
    lang = desk.lang
    store, actor = desk.record()
    rows = registers.restated_rows(store, actor, before=keyset.before_of("restated", ""), limit=SIZE + 1)
    shown = rows[:SIZE]
    if not rows:
        st.caption(say("ui.restated.none", lang))
        return
    names = cell_names(result.tables, lang)
    columns = ("cell", "period", "old", "new", "unit", "reason", "methods", "on", "who")
    headings = [say(f"ui.restated.column.{name}", lang) for name in columns]
    lines = [
        lists.Line(
            tuple(
                map(
                    lists.Item,
                    (
                        f"{row.cell} {names.get(row.cell, '')}".strip(),
                        row.period,
                        grouped(row.old_value),
                        grouped(row.new_value),
                        unit_text(row.unit, lang),
                        row.reason,
                        " → ".join(filter(None, (row.old_method, row.new_method))),
                        row.decided_on,
                        row.actor,
                    ),
                )
            )
        )
        for row in shown
    ]
    st.html(lists.listing(headings, lines, right=(2, 3), tight=(1, 4, 7, 8)))
    if desk.may("export"):
        st.download_button(
            say("ui.restated.export", lang), partial(_export, desk), file_name=_FILE, icon=":material/download:", on_click="ignore"
        )
    keyset.draw("restated", "", last=shown[-1].number if len(rows) > SIZE else None, shown=len(shown), lang=lang)


def _export(desk: Desk) -> bytes:
    with TemporaryDirectory() as folder:
        disclose.write_rows(publishing.restatements_file(*desk.record()), Path(folder) / _FILE)
        return (Path(folder) / _FILE).read_bytes()


def _form(desk: Desk, result: RunResult) -> None:
    lang = desk.lang
    store, actor = desk.record()
    names = cell_names(result.tables, lang)
    with st.form("restate"):
        cell = st.selectbox(
            say("ui.restated.column.cell", lang),
            list(names),
            format_func=lambda id_: f"{id_} · {names[id_]}",
            index=None,
            placeholder=say("ui.choose", lang),
        )
        left, middle, right = st.columns(3)
        period = left.date_input(say("ui.restated.column.period", lang), value=_usual_period(desk, result), format="YYYY-MM-DD")
        value = middle.text_input(say("ui.restated.column.new", lang), max_chars=40)
        on = right.date_input(say("ui.restated.column.on", lang), format="YYYY-MM-DD")
        reason = st.text_input(say("ui.restated.column.reason", lang), max_chars=_MOST)
        old, new = st.columns(2)
        old_method = old.text_input(say("ui.restated.old_method", lang), max_chars=_MOST)
        new_method = new.text_input(say("ui.restated.new_method", lang), max_chars=_MOST)
        sent = st.form_submit_button(say("ui.restated.save", lang), icon=":material/save:", type="primary")
    if sent:
        if not cell:
            raise Refused(error("ui.restated.no_cell", ""))
        day = period.isoformat()
        known = publications.stated(store, actor, [cell], period=day).get(cell)
        figure = publications.Figure(cell, publications.printed_number(value), known.unit if known else "")
        restating.ask(store, actor, figure, period=day, reason=reason, on=on, old_method=old_method, new_method=new_method)
        st.toast(say("ui.restated.asked", lang), icon=":material/hourglass_top:")
        st.rerun()


def _usual_period(desk: Desk, result: RunResult) -> str:
    """The run's own day where its figures went out, else the day of those of the year before that it prints."""
    own = result.as_of.isoformat()
    went_out = sign_off.sign_off(*desk.record(), desk.run().id).is_published
    return own if went_out else earlier_periods(own)[0]


def _waiting(desk: Desk, result: RunResult) -> None:
    """What somebody has asked for and another is to agree to; whoever asked may take it back."""
    lang = desk.lang
    store, actor = desk.record()
    names = cell_names(result.tables, lang)
    for one in restating.waiting(store, actor):
        with st.container(border=True):
            st.html(markup.heading(say("ui.restated.waits", lang, who=one.actor)) + markup.facts(_told(one, names, lang)))
            is_own = one.actor == actor.user
            if is_own or desk.may("check_run"):
                _answer(desk, one.number, is_own=is_own)


def _told(one: restating.Asked, names: dict[str, str], lang: Lang) -> list[tuple[str, str]]:
    unit = unit_text(one.unit, lang)
    told = {
        "cell": f"{one.cell} {names.get(one.cell, '')}".strip(),
        "period": one.period,
        "old": f"{grouped(one.old_value)} {unit}",
        "new": f"{grouped(one.new_value)} {unit}",
        "reason": one.reason,
        "methods": " → ".join(filter(None, (one.old_method, one.new_method))),
        "on": one.decided_on,
    }
    return [(say(f"ui.restated.column.{name}", lang), words) for name, words in told.items() if words]


def _answer(desk: Desk, number: int, *, is_own: bool) -> None:
    lang = desk.lang
    store, actor = desk.record()
    with st.form(f"restatement-{number}", border=False):
        reason = st.text_input(say("ui.sign.said", lang), max_chars=_MOST)
        left, right = st.columns(2)
        agreed = not is_own and left.form_submit_button(say("ui.restated.agree", lang), icon=":material/verified:", type="primary")
        words = say("ui.restated.take_back" if is_own else "ui.restated.decline", lang)
        declined = right.form_submit_button(words, icon=":material/undo:")
    if agreed:
        restating.agree(store, actor, number)
        st.rerun()
    if declined:
        restating.decline(store, actor, number, reason=reason)
        st.rerun()


def published(desk: Desk, result: RunResult) -> None:
    """Draw the register of published figures, by table, kind and period. Raises Refused."""
    lang = desk.lang
    store, actor = desk.record()
    left, middle, right = st.columns(3)
    titles = {name: views_tables.title_of(table, lang) for name, table in result.tables.items()}
    every = say("ui.all", lang)
    table = select(left, "published-table", list(titles), lang=lang, label=say("ui.table", lang), shown=titles.__getitem__, none=every)
    kinds = {kind: say(f"ui.published.kind.{kind}", lang) for kind in publications.KINDS}
    kind = select(middle, "published-kind", list(kinds), lang=lang, label=say("ui.sign.kind", lang), shown=kinds.__getitem__, none=every)
    period = right.text_input(say("ui.published.period", lang), placeholder=result.as_of.isoformat(), max_chars=10, key="published-period")
    what = f"{table} {kind} {period}"
    cell = f"{table}!" if table else ""
    before = keyset.before_of("published", what)
    rows = registers.published_rows(store, actor, cell=cell, period=period.strip(), kind=kind, before=before, limit=SIZE + 1)
    if not rows:
        st.info(say("ui.published.none", lang), icon=":material/inventory_2:")
        return
    _published_rows(rows, cell_names(result.tables, lang), lang)
    last = rows[SIZE - 1].number if len(rows) > SIZE else None
    keyset.draw("published", what, last=last, shown=min(SIZE, len(rows)), lang=lang)


def _published_rows(rows: tuple[Publication, ...], names: dict[str, str], lang: Lang) -> None:
    columns = ("cell", "name", "period", "value", "unit", "kind", "place", "on", "who", "run")
    headings = [say(f"ui.published.column.{name}", lang) for name in columns]
    lines = [
        lists.Line(
            (
                lists.Item(row.cell, go=f"cell:{row.cell}" if row.cell in names else ""),
                *map(
                    lists.Item,
                    (
                        names.get(row.cell, ""),
                        row.period,
                        grouped(row.value),
                        unit_text(row.unit, lang),
                        say(f"ui.published.kind.{row.kind}", lang),
                        row.place,
                        row.published_on,
                        row.actor,
                        row.run,
                    ),
                ),
            )
        )
        for row in rows[:SIZE]
    ]
    st.html(lists.listing(headings, lines, right=(3,), tight=(0, 2, 4, 5, 7, 8)))

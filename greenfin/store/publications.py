"""Figures as they went out. A figure once published stays what it was; another value needs a restatement first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial

import pyarrow as pa
from sqlalchemy import Connection, text
from sqlmodel import Session, select

from greenfin.core.problems import Outcome, Problem, Refused, Severity, error, info
from greenfin.reference.factors import factor_json
from greenfin.reference.load import Reference
from greenfin.store.earlier import prior_differing
from greenfin.store.figures import Figure, Stated, number, printed_number
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, permit
from greenfin.store.rows import content_sha256, keep_rows, read_rows
from greenfin.store.sign_off import need_check
from greenfin.store.standings import rows_among
from greenfin.store.tables import Publication
from greenfin.store.writing import Writing, reading, writing

__all__ = ["KINDS", "Figure", "Stated", "freeze_factors", "frozen_factors", "printed_number", "publish", "stated"]

MADE = "restatement.made"
KINDS = ("report", "return", "exchange", "rating")


def stated(store: Store, actor: Actor, cells: Iterable[str], *, period: str) -> dict[str, Stated]:
    """What has been published of these cells for a period. Raises Refused."""
    permit(actor, "read_runs")
    with reading(store) as session:
        return _stated(session.connection(), cells, period)


def _stated(connection: Connection, cells: Iterable[str], period: str) -> dict[str, Stated]:
    wanted = list(dict.fromkeys(cells))
    published = "SELECT cell, value, unit, run FROM publications WHERE cell {among} AND period = ? ORDER BY number"
    restated = "SELECT cell, new_value, unit FROM restatements WHERE cell {among} AND period = ? ORDER BY number"
    found: dict[str, Stated] = {}
    for cell, value, unit, run in rows_among(connection, published, wanted, period):
        found[str(cell)] = Stated(str(value), str(unit), str(run), restated=False)
    for cell, value, unit in rows_among(connection, restated, wanted, period):  # what is published after it is of the same value
        found[str(cell)] = Stated(str(value), str(unit), found[str(cell)].run if str(cell) in found else "", restated=True)
    return found


def publish(
    store: Store,
    actor: Actor,
    figures: Sequence[Figure],
    *,
    run: str,
    period: str,
    kind: str,
    place: str,
    on: date,
    edition: str = "",
    needs_check: bool = True,
) -> Outcome[int]:
    """Enter that these figures of a run went out; how many. What went out so already (same run, kind, place and day) is not entered twice.

    Where one differs from what was published, or one of the year before from what was published then, none is entered.
    ``kind`` is report, return, exchange or rating, ``place`` where it can be read. Only of a run that somebody who did
    not make it has checked; without ``needs_check`` of any. Raises Refused.
    """
    permit(actor, "publish")
    if kind not in KINDS:
        raise Refused(error("store.unknown_publication", "", found=kind, known=", ".join(KINDS)))
    if not figures:
        raise Refused(error("store.nothing_to_publish", run))
    with writing(store) as w:
        if needs_check:
            need_check(w.connection, run)
        problems = [*_differing(_stated(w.connection, [f.cell for f in figures], period), figures, period)]
        problems += prior_differing(figures, period, partial(_stated, w.connection))
        if any(problem.severity is Severity.ERROR for problem in problems):
            return Outcome(0, tuple(problems))
        going = {"run": run, "kind": kind, "place": place, "published_on": on.isoformat(), "period": period}
        fresh = _fresh(w.session, figures, going)
        if len(fresh) < len(figures):
            problems.append(info("store.already_published", run, count=len(figures) - len(fresh), place=place))
        if fresh:
            w.append("publications", [{**going, "actor": actor.user, **_columns(figure), "edition": edition} for figure in fresh])
            w.event(actor.user, "publication.made", subject=run, detail={"kind": kind, "period": period, "figures": len(fresh)})
    return Outcome(len(fresh), tuple(problems))


def _columns(figure: Figure) -> dict[str, str]:
    return {"cell": figure.cell, "value": figure.value, "unit": figure.unit}


def _fresh(session: Session, figures: Sequence[Figure], going: Mapping[str, str]) -> list[Figure]:
    """Each figure once, without those that are there of the same run, kind, place, day and period, however they are printed."""
    query = select(Publication.cell, Publication.value, Publication.unit).filter_by(**going)
    seen = {_same(Figure(*row)) for row in session.exec(query)}
    by_figure = {_same(figure): figure for figure in reversed(figures)}
    return [figure for key, figure in reversed(by_figure.items()) if key not in seen]


def _same(figure: Figure) -> tuple[str, object, str]:
    return figure.cell, number(figure.value), figure.unit


def _differing(known: dict[str, Stated], figures: Sequence[Figure], period: str) -> tuple[Problem, ...]:
    """Figures that are not what was published of them, or that are given twice with two values."""
    found = []
    given: dict[str, Figure] = {}
    for figure in figures:
        first = given.setdefault(figure.cell, figure)
        if _same(first) != _same(figure):
            found.append(
                error("store.figure_twice", figure.cell, first=f"{first.value} {first.unit}", found=f"{figure.value} {figure.unit}")
            )
        was = known.get(figure.cell)
        if was and (number(was.value), was.unit) != (number(figure.value), figure.unit):
            params = {"period": period, "published": was.value, "found": figure.value, "unit": figure.unit}
            found.append(error("store.figure_differs", figure.cell, **params))
    return tuple(found)


def wanted(figure: Figure, *, period: str, reason: str, on: date, old_method: str, new_method: str) -> dict[str, str]:
    """A restatement as it is entered, but for who and what it was. Raises Refused without a reason."""
    if not reason.strip():
        raise Refused(error("store.reason_missing", ""))
    row = {"cell": figure.cell, "period": period, "new_value": figure.value, "unit": figure.unit, "reason": reason}
    return row | {"old_method": old_method, "new_method": new_method, "decided_on": on.isoformat()}


def restatable(connection: Connection, figure: Figure, period: str) -> Stated:
    """What a figure is that is to have another value. Raises Refused where it was not published, is the same, or in another unit."""
    was = _stated(connection, [figure.cell], period).get(figure.cell)
    if was is None:
        raise Refused(error("store.not_published", figure.cell, period=period))
    if (number(was.value), was.unit) == (number(figure.value), figure.unit):
        raise Refused(error("store.same_figure", figure.cell, found=figure.value))
    if was.unit != figure.unit:
        raise Refused(error("store.other_unit", figure.cell, published=was.unit, found=figure.unit))
    return was


def entered(w: Writing, row: Mapping[str, str], *, by: str, **about: int) -> None:
    """Enter a restatement that ``by`` has agreed to."""
    w.append("restatements", [row])
    w.event(by, MADE, subject=row["cell"], detail={"period": row["period"], **about})


def freeze_factors(store: Store, actor: Actor, reference: Reference, *, name: str) -> str:
    """Keep every factor of the reference data under a name; the fingerprint. A name stands for the same factors ever after.

    Raises Refused.
    """
    permit(actor, "freeze_factors")
    rows = sorted(json.dumps(factor_json(f), ensure_ascii=False, sort_keys=True, default=str) for f in reference.factors.factors)
    table = pa.table({"factor": pa.array(rows, pa.string())})
    fingerprint, content = content_sha256(table), keep_rows(store, table)
    with writing(store) as w:
        of_name = w.connection.execute(text("SELECT fingerprint FROM factor_sets WHERE name = :name"), {"name": name}).scalar()
        if of_name is not None and of_name != fingerprint:
            raise Refused(error("store.factors_differ", name, frozen=of_name[:12], found=fingerprint[:12]))
        known = w.connection.execute(text("SELECT name FROM factor_sets WHERE fingerprint = :f"), {"f": fingerprint}).scalar()
        if known is None:
            sql = "INSERT INTO factor_sets (fingerprint, name, content_sha256, frozen_at, frozen_by) VALUES (:f, :name, :content, :at, :by)"
            values = {"f": fingerprint, "name": name, "content": content, "at": w.at, "by": actor.user}
            w.connection.execute(text(sql), values)
            w.event(actor.user, "factor_set.frozen", subject=fingerprint, detail={"name": name, "factors": len(rows)})
    return fingerprint


def frozen_factors(store: Store, actor: Actor, fingerprint: str) -> list[dict[str, object]]:
    """The factors as they were frozen; raises Refused where there is no such set or its file was altered."""
    permit(actor, "read_runs")
    with reading(store) as session:
        sql = text("SELECT content_sha256 FROM factor_sets WHERE fingerprint = :f")
        content = session.connection().execute(sql, {"f": fingerprint}).scalar()
    if content is None:
        raise Refused(error("store.unknown_factors", fingerprint[:80]))
    table = read_rows(store, content)
    if content_sha256(table) != fingerprint:
        raise Refused(error("store.file_altered", f"rows/{content}"))
    return [json.loads(row) for row in table["factor"].to_pylist()]

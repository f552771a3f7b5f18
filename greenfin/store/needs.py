"""What a tag still needs, and the documents that answer it: of its kind, valid on the day, and of the loan's place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow.compute as pc
from sqlalchemy import text

from greenfin.reference.regions import Regions
from greenfin.store.evidence import Document, evidence_of, evidence_rules
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.rows import held_rows
from greenfin.store.writing import reading

_PLACES = (("projects", "project_id", "region"), ("loans", "loan_id", "region_use"))  # the project's place before the loan's
_DIGITS = re.compile(r"\d{2,6}")


@dataclass(frozen=True, slots=True)
class NeedState:
    """A need of a tag on a day: the documents that answer it, those that did and have expired, and those of another region."""

    need: str
    met_by: tuple[str, ...]
    expired: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()


def needs_on(store: Store, actor: Actor, receipt: str, edition: str, *, on: date, regions: Regions | None = None) -> tuple[NeedState, ...]:
    """The needs of a tag and whether they are met on a day by documents that hold on it, where the loan is.

    A place that the book names in words is known with ``regions``; a document or a loan of no known place goes with any. Raises Refused.
    """
    documents = [d for d in evidence_of(store, actor, receipt) if d.link.edition in ("", edition)]
    with reading(store) as session:
        query = text(
            "SELECT t.needs, t.project, b.tables FROM tags t LEFT JOIN books b ON b.id = t.book WHERE t.receipt = :r AND t.edition = :e"
        )
        row = session.connection().execute(query, {"r": receipt, "e": edition}).first()
    needs, project, tables = row or ("[]", "", None)
    place = ""
    if tables and any(d.region for d in documents):
        place = _place(store, json.loads(tables), {"project_id": project, "loan_id": receipt}, regions)
    return tuple(_state(need, [d for d in documents if _answers(d, need)], on, place) for need in json.loads(needs or "[]"))


def _answers(document: Document, need: str) -> bool:
    return need == document.link.need or (not document.link.need and need in evidence_rules().kinds.get(document.kind, ()))


def _state(need: str, answers: list[Document], on: date, place: str) -> NeedState:
    here = [d for d in answers if _is_here(_short(d.region), place)]
    met = tuple(d.sha256 for d in here if d.holds_on(on))
    return NeedState(need, met, tuple(d.sha256 for d in here if not d.holds_on(on)), tuple(d.sha256 for d in answers if d not in here))


def _is_here(region: str, place: str) -> bool:
    """Whether one holds the other, as far as both are known."""
    return region.startswith(place) or place.startswith(region)


def _short(code: str) -> str:
    """A code of GB/T 2260 without the pairs of noughts that stand for all of a province or city.

    >>> _short("510000"), _short("510104"), _short("500000")
    ('51', '510104', '50')
    """
    return re.sub(r"(00)+$", "", code)


def _place(store: Store, tables: Mapping[str, str], ids: Mapping[str, str], regions: Regions | None) -> str:
    """Where a loan is, as the first digits of GB/T 2260; empty where that is not known."""
    for table, key, column in _PLACES:
        if not ids[key]:
            continue
        rows = held_rows(store, tables[table], table).select([key, column])
        for stated in rows.filter(pc.equal(rows[key], ids[key]))[column].drop_null().to_pylist():
            if _DIGITS.fullmatch(stated):
                return _short(stated)
            found = regions.find(stated) if regions else None
            if regions and found and regions.by_code[found].prefix:
                return regions.by_code[found].prefix
    return ""

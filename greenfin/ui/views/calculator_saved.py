"""A calculation as a file: the inputs as a run takes them (``--supplements``), and in a column of its own the form, to open it again.

No streamlit here.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from greenfin import __version__, disclose
from greenfin.core.columns import schema
from greenfin.core.money import FEN_PER_YUAN, round_half_up
from greenfin.core.problems import Outcome, Problem, Refused, error
from greenfin.disclose.dossier import write_dossier
from greenfin.disclose.factsheet import sheet_of
from greenfin.ingest import read_supplements
from greenfin.messages import Lang
from greenfin.methods.declare import declarations
from greenfin.store.calculations import FORM, PROJECT, calculations
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.ui.views.calculator import Asked
from greenfin.ui.views.calculator_form import MONEY

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

Shown = Mapping[str, Any]
BASES = ("design", "actual")
RESULT = "result"  # in the form of a file: what came out when it was saved
_OF_RESULT = ("outputs", "attribution", "factors", "conventions", "conventions_counting")
_MOST_OFFERED = 50
_SHA_SHOWN = 12
_NAME = "calculation.csv"


def saved(asked: Asked, shown: Shown, *, project: str, basis: str) -> Outcome[bytes]:
    """The file of a project's calculation, read once as a run reads it: what a run would not take is told.

    Raises Refused without a project or where there is nothing to keep.
    """
    if not project.strip():
        raise Refused(error("ui.calculator.no_project"))
    rows = [{**row, PROJECT: project.strip(), "basis": basis, "year": asked.on.year} for row in _rows(shown)]
    if not rows:
        raise Refused(error("ui.calculator.nothing_to_save"))
    result = {"release": __version__, **{name: shown[name] for name in _OF_RESULT}}
    rows[0][FORM] = json.dumps({**asdict(asked), "on": asked.on.isoformat(), RESULT: result}, ensure_ascii=False)
    kept = pa.schema([*(pa.field(name, pa.string()) for name in (*schema("supplements").names, FORM))])
    table = pa.Table.from_pylist([{n: None if v is None else str(v) for n, v in row.items()} for row in rows], schema=kept)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / _NAME
        disclose.write_rows(table, place)
        return Outcome(place.read_bytes(), _not_taken(place))


def _not_taken(place: Path) -> tuple[Problem, ...]:
    """What a run will say of the file."""
    return read_supplements(place).problems


def _rows(shown: Shown) -> Iterator[dict[str, Any]]:
    """The inputs given, each with its unit; the total investment as the project's."""
    for name, given in shown["inputs"].items():
        if given["from"] != "assumed" and name not in MONEY and not isinstance(given["value"], list):
            yield {"target": "inputs", "field": name, "value": repr(given["value"]), "unit": given["unit"]}
    if shown["attribution"]:
        fen = round_half_up(Fraction(shown["attribution"]["denominator"]) * FEN_PER_YUAN, 0)
        yield {"target": "projects", "field": "total_invest_fen", "value": str(int(fen)), "unit": ""}


def opened(data: bytes) -> tuple[Asked, str]:
    """The form of a file that was saved, and its project. Raises Refused for any other file."""
    row, form = form_of(data)
    try:
        return _asked(form), str(row[PROJECT])
    except BAD as bad:
        raise Refused(error("ui.calculator.not_saved_here")) from bad


BAD = (ValueError, KeyError, TypeError, AttributeError)


def form_of(data: bytes) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """The row of a file that was saved which holds its form, and the form as JSON. Raises Refused for any other file."""
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
        row = next(one for one in rows if one.get(FORM))
        return row, dict(json.loads(row[FORM]))
    except (*BAD, StopIteration, csv.Error, RecursionError) as bad:
        raise Refused(error("ui.calculator.not_saved_here")) from bad


def filled_by(asked: Asked, project: str) -> dict[str, str]:
    """What stands in the form of a calculation, by the names under which the form keeps it."""
    method = asked.method
    entry = f"entry:{asked.entry}" if asked.entry else f"method:{method}"
    about = {"search": "", "what": entry, "region": asked.region, "year": str(asked.on.year), "project": project}
    more = {"sensitivity": asked.sensitivity, "claim": asked.claim}
    inputs = {name if name in MONEY else f"{method}-{name}": text for name, text in asked.given.items()}
    factors = {f"{method}-{slot}": text for slot, text in asked.factors.items()}
    return {**about, **more, **inputs, **factors, **{f"convention-{method}-{name}": text for name, text in asked.conventions.items()}}


def calculations_of(store: Store, actor: Actor, project: str) -> dict[str, str]:
    """What each calculation kept with a project is called, by its sha256, the newest first. Raises Refused."""
    found, _ = calculations(store, actor, project=project, size=_MOST_OFFERED)
    return {one.sha256: f"{one.name} \u00b7 {one.by} \u00b7 {one.sha256[:_SHA_SHOWN]}" for one in found}


def _asked(found: Mapping[str, Any]) -> Asked:
    """The form as it was; raises ValueError for what cannot be one."""
    method, region, entry, sensitivity, claim = (str(found[name]) for name in ("method", "region", "entry", "sensitivity", "claim"))
    if method not in declarations():
        raise ValueError(method)
    given, conventions, factors = ({str(k): str(v) for k, v in found[name].items()} for name in ("given", "conventions", "factors"))
    return Asked(method, given, date.fromisoformat(found["on"]), region, entry, conventions, factors, sensitivity, claim)


def sheet(shown: Shown, reference: Reference, *, asked: Asked, lang: Lang) -> tuple[bytes, Sequence[Problem]]:
    """The fact sheet of ``greenfin measure --pdf``, and a warning for each sign that its fonts lack."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "sheet.pdf"
        told = write_dossier(sheet_of(shown, reference, on=asked.on, region=shown["lineage"]["region"], lang=lang), place)
        return place.read_bytes(), told

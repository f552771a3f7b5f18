"""What was recognised in files that are to be imported, and the mapping as its reader corrects it. No streamlit here."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa

from greenfin.core.columns import columns
from greenfin.core.problems import Problem, Severity
from greenfin.ingest.inspect import ColumnSeen, SheetSeen, inspect, name_of
from greenfin.ingest.mapping import ColumnMap, SavedMapping, SheetMap, mapping_of
from greenfin.ingest.mapping_file import rate_named, read_mapping, write_mapping
from greenfin.ingest.vocabulary import allowed, fields
from greenfin.messages import Lang, say
from greenfin.messages.words import codes
from greenfin.reference.load import Reference
from greenfin.store.permissions import Actor, allowed_branches, may
from greenfin.ui.views.loans import yuan
from greenfin.ui.views.said import tell

MOST_LISTED = 500
_KEPT_AS = re.compile(r"(,? in (millionths|hundredths)| \(|: ).*")
WORKING, STRICT = "working", "strict"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: ``field`` is ours ("" : not used), ``unit`` the one it is read in, ``near`` what it might be, in words."""

    letter: str
    header: str
    field: str
    unit: str
    near: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A recognised part of a sheet, printed; ``told`` are its rows and sum in words."""

    name: str
    kind: str
    title: str
    told: str
    columns: tuple[Column, ...]
    unknown: int


@dataclass(frozen=True, slots=True)
class Line:
    """A problem, printed."""

    severity: str
    severity_words: str
    where: str
    words: str
    code: str


@dataclass(frozen=True, slots=True)
class Looked:
    """Files as they were understood: their sheets, the mapping that reads them so, and the problems; ``refused``: not as a book.

    ``loans`` are its loans with their balances.
    """

    sheets: tuple[Sheet, ...]
    mapping: SavedMapping
    problems: tuple[Problem, ...]
    headers: Mapping[str, int]
    refused: bool
    as_of: date | None
    loans: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """Files beside the book, all optional; the last three for a run alone."""

    rates: Path | None = None
    controls: Path | None = None
    supplements: Path | None = None
    mapping: Path | None = None
    prior: Path | None = None
    restatements: Path | None = None
    bank: Path | None = None


def look(paths: Sequence[Path], beside: Beside, *, as_of: date | None, reference: Reference, lang: Lang) -> Looked:
    """The files as they are understood, with a mapping or by themselves. Raises Refused where nothing is recognised."""
    saved = read_mapping(beside.mapping) if beside.mapping else None
    seen = inspect(paths, as_of=as_of, controls=beside.controls, rates=beside.rates, reference=reference, mapping=saved)
    found = mapping_of(seen.value.blocks, name=beside.mapping.name if beside.mapping else paths[0].name)
    if saved:
        found = replace(found, bank=saved.bank, fall=saved.fall, rise=saved.rise)
    sheets = tuple(_sheet(one, of, lang) for one, of in zip(seen.value.sheets, found.sheets, strict=True))
    book = seen.value.book
    loans = book.loans.select(["loan_id", "balance_fen"]) if book else None
    day = book.as_of if book else None
    return Looked(sheets, found, seen.problems, seen.value.headers, seen.value.refused is not None, day, loans)


def _sheet(seen: SheetSeen, saved: SheetMap, lang: Lang) -> Sheet:
    known = codes(lang).get(f"layout.{seen.layout}", "")
    layout = say("inspect.layout", lang, name=known).strip() if known else ""
    near = {one.letter: one for one in seen.unknown}
    told = [say("ui.import.header", lang, row=seen.header_row, rows=seen.rows), layout]
    if seen.read is not None:
        told.append(say("ui.import.read", lang, rows=seen.read, rejected=seen.rejected))
    if seen.total_fen is not None:
        name = next((c.zh if lang == "zh" else c.en for c in columns() if c.name == seen.total_of), seen.total_of)
        told.append(say("ui.import.total", lang, name=name, total=yuan(seen.total_fen, lang)))
    shown = tuple(_column(one, near.get(one.letter), lang) for one in saved.columns)
    title = f"{say(f'kind.{seen.kind}', lang)} · {seen.sheet}"
    return Sheet(seen.sheet, seen.kind, title, " · ".join(part for part in told if part), shown, len(seen.unknown))


def _column(one: ColumnMap, unknown: ColumnSeen | None, lang: Lang) -> Column:
    near = say("ui.list_comma", lang).join(_name(field, lang) for field in unknown.near) if unknown else ""
    unit = say(f"ui.import.unit.{name}", lang) if (name := rate_named(one.unit)) else one.unit
    return Column(one.letter, one.header, one.field, unit, near)


def _name(field: str, lang: Lang) -> str:
    """A field's name without how we keep it: a column is read in the unit that stands beside it."""
    return _KEPT_AS.sub("", name_of(field, lang))


def offered(kind: str, lang: Lang) -> dict[str, str]:
    """The fields that a column of a kind of sheet may be, by their words (with the id where two have the same), "" first: not used."""
    named = {field: _name(field, lang) for field in sorted(allowed(kind) & set(fields()))}
    words = list(named.values())
    return {say("ui.import.not_used", lang): ""} | {
        (name if words.count(name) == 1 else f"{name} ({field})"): field for field, name in sorted(named.items(), key=lambda one: one[1])
    }


def corrected(mapping: SavedMapping, sheet: int, chosen: Sequence[tuple[str, str]]) -> SavedMapping:
    """The mapping with the field and unit of each column of a sheet as chosen; a column that is not used has no unit."""
    of = mapping.sheets[sheet]
    new = tuple(
        replace(column, field=field, unit=(rate_named(unit) or unit) if field else "")
        for column, (field, unit) in zip(of.columns, chosen, strict=True)
    )
    sheets = (*mapping.sheets[:sheet], replace(of, columns=new), *mapping.sheets[sheet + 1 :])
    return replace(mapping, sheets=sheets)


def as_text(mapping: SavedMapping, lang: Lang) -> str:
    """The mapping as the file that ``ingest`` reads, held to its rules. Raises Refused for a field twice or a unit that does not fit."""
    with tempfile.TemporaryDirectory(prefix="greenfin-mapping-") as folder:
        path = Path(folder) / "mapping.yaml"
        write_mapping(mapping, path, comment=say("inspect.mapping_comment", lang))
        read_mapping(path)
        return path.read_text("utf-8")


def lines(problems: Sequence[Problem], lang: Lang, *, most: int = MOST_LISTED) -> tuple[Line, ...]:
    """The problems, the worst first, no more than so many."""
    order = {severity: n for n, severity in enumerate(Severity)}
    ranked = sorted(problems, key=lambda p: order[p.severity])
    return tuple(Line(p.severity.value, say(f"severity.{p.severity.value}", lang), p.where, tell(p, lang), p.code) for p in ranked[:most])


def counts(problems: Sequence[Problem]) -> dict[str, int]:
    """How many there are of each severity."""
    return {severity.value: sum(p.severity == severity for p in problems) for severity in Severity}


def policies(actor: Actor | None) -> tuple[str, ...]:
    """What a run may count: strict needs the decisions of every branch, for a run of some of them would pass for the whole bank's."""
    sees_all = actor is not None and may(actor, "export") and allowed_branches(actor, "export") is None
    return (WORKING, STRICT) if sees_all else (WORKING,)


def unknown_columns(sheets: Sequence[Sheet]) -> int:
    """How many columns of these sheets were not recognised."""
    return sum(sheet.unknown for sheet in sheets)

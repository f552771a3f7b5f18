"""Texts whose right answer is known: a sheet of purposes with labels beside them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema, table_of
from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.ingest.blocks import SCAN_ROWS
from greenfin.ingest.cells import Read, is_blank, narrow, shown
from greenfin.ingest.codes import read_code, read_flag, read_text
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.texts import read_texts
from greenfin.ingest.vocabulary import aliases, plain, words_of

GROUPS = ("source", "kind", "lang", "strict", "split")
_BETWEEN = re.compile(r"[/;,、；，|]")


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts (schema ``loans``) and their labels (schema ``labels``), row by row."""

    loans: pa.Table
    labels: pa.Table


def read_labelled(path: Path, *, entries: Collection[str], editions: Collection[str] = (), column: str | None = None) -> Outcome[Labelled]:
    """The rows of an xlsx, csv or parquet file that have a text and a readable label.

    ``entries`` are the codes of the edition, leaves and their parents, ``editions`` what it is called where a column says whose code
    stands in a row (a code of another catalogue is none); ``column`` names the header of the text. A label that cannot be
    read leaves its row out with a warning at its cell; an entry that the edition has not leaves only the entry out. Raises Refused
    where the file is unreadable, or has no column of texts or of labels.
    """
    texts = read_texts(path, column=column)
    called = frozenset(map(plain, editions))
    sheets = [found for grid in read_grids(path).value if (found := _sheet(grid, called))]
    if not sheets:
        raise Refused(error("ingest.label_column_missing", path.name, headers=" ".join((*_words()["green"][:4], *_words()["decision"]))))
    kept: list[pa.Table] = []
    rows: list[dict[str, object]] = []
    problems: list[Problem] = []
    for sheet in sheets:
        mine = texts.value.filter(pc.and_(pc.equal(texts.value["source_sheet"], sheet.grid.sheet), pc.is_valid(texts.value["purpose"])))
        labels = [sheet.label(row, entries=entries, problems=problems) for row in mine["source_row"].to_pylist()]
        kept.append(sheet.without_groups(mine).filter(pa.array([label is not None for label in labels], pa.bool_())))
        rows += [label for label in labels if label is not None]
    loans = pa.concat_tables(kept)
    labels_table = table_of("labels", rows).set_column(0, schema("labels").field("loan_id"), loans["loan_id"])
    told = [p for p in texts.problems if not (p.code == "ingest.column_unknown" and plain(str(p.params["column"])) in _known())]
    return Outcome(Labelled(loans, labels_table), (*told, *problems))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet with labels: where each kind of column stands, and the names of the edition whose codes count."""

    grid: Grid
    places: Mapping[str, int]
    called: Collection[str]

    def label(self, row: int, *, entries: Collection[str], problems: list[Problem]) -> dict[str, object] | None:
        """The label of a row of the sheet (1-based); None where it has none that can be read."""
        at = row - self.grid.first_row
        decision = self._decision(at, problems)
        if decision is None:
            return None
        groups = {g: read_text(self.grid.columns[self.places[g]][at]).value for g in GROUPS if g in self.places}
        accepted = "/".join(self._entries(at, entries, problems)) if decision == "green" else ""
        where = self.grid.at(at, self.places.get("decision", self.places.get("green")))
        return {"decision": decision, "entries": accepted or None, **groups, "source_cell": where}

    def _decision(self, at: int, problems: list[Problem]) -> str | None:
        asked = "decision" if "decision" in self.places else "green"
        where = self.grid.at(at, self.places[asked])
        cell = self.grid.columns[self.places[asked]][at]
        if is_blank(cell):
            if asked == "decision":
                problems.append(warning("ingest.label_missing", where))
            return "review" if asked == "green" else None
        read = _verdict(cell)
        if read.problem:
            problems.append(replace(read.problem, where=where))
        return str(read.value) if read.value else None

    def _entries(self, at: int, known: Collection[str], problems: list[Problem]) -> Iterator[str]:
        """The codes that a reviewer would accept, the best first."""
        column = "entries" if "entries" in self.places else "coded"
        if column not in self.places or (column == "coded" and not self._is_of_edition(at)):
            return
        cell = self.grid.columns[self.places[column]][at]
        for part in _BETWEEN.split(cell) if isinstance(cell, str) else [cell]:
            read = read_code(part)
            if read.problem or (read.value and read.value not in known):
                problems.append(warning("ingest.label_entry_unknown", self.grid.at(at, self.places[column]), found=shown(part)))
            elif read.value:
                yield str(read.value)

    def _is_of_edition(self, at: int) -> bool:
        """Whether a row says that its code is one of the edition."""
        return "catalogue" in self.places and plain(narrow(self.grid.columns[self.places["catalogue"]][at])) in self.called

    def without_groups(self, loans: pa.Table) -> pa.Table:
        """The loans without what a column that only says where a text comes from was taken for."""
        if "kind" not in self.places:
            return loans
        place = loans.schema.get_field_index("kind")
        return loans.set_column(place, loans.schema.field(place), pa.nulls(loans.num_rows, pa.string()))


def _verdict(cell: CellValue) -> Read:
    """green, not_green or review, in words or as a flag."""
    if word := words_of("rev.decision").get(plain(narrow(cell))):
        return Read(word)
    flag = read_flag(cell)
    if flag.value is None:
        return Read(problem=warning("ingest.label_unknown", found=shown(cell)))
    return Read("green" if flag.value else "not_green")


def _sheet(grid: Grid, called: Collection[str]) -> _Sheet | None:
    """The sheet with its columns of labels, where one of its first rows has such headers."""
    if grid.is_hidden:
        return None
    for row in range(min(grid.height, SCAN_ROWS)):
        headers = [plain(cell) if isinstance(cell, str) else "" for cell in grid.row(row)]
        found = {name: next((word for word in words if word in headers), "") for name, words in _headers().items()}
        places = {name: headers.index(word) for name, word in found.items() if word}
        if {"green", "decision"} & places.keys():
            return _Sheet(grid, places, called)
    return None


@cache
def _words() -> Mapping[str, list[str]]:
    text: dict[str, list[str]] = tomllib.loads(files("greenfin.ingest").joinpath("labelled.toml").read_text("utf-8"))
    return text


@cache
def _headers() -> Mapping[str, tuple[str, ...]]:
    """Kind of column -> its headers as plain text, the first choice first."""
    fields = {"decision": "rev.decision", "entries": "rev.code"}
    of_dictionary = {name: [alias for alias, held in aliases().items() if field in held] for name, field in fields.items()}
    return {name: tuple(dict.fromkeys([*map(plain, words), *of_dictionary.get(name, ())])) for name, words in _words().items()}


@cache
def _known() -> frozenset[str]:
    """The headers that this module reads, and those that say how a label came about."""
    return frozenset(word for words in _headers().values() for word in words)

"""Sums of the regulator's forms opened: loans and benefits under a form's own edition, its registers, customers at risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.crossed import ALL_GASES
from greenfin.aggregate.forms import PLEDGED, gas_of, of_edition
from greenfin.aggregate.registers import REGISTERS, chosen, with_code
from greenfin.aggregate.risks import at_risk
from greenfin.core.lineage import Source, Trace
from greenfin.core.records import Sum
from greenfin.explain.records import Records
from greenfin.explain.sums import Sums
from greenfin.explain.texts import amount, file_source

if TYPE_CHECKING:
    from greenfin.pipeline import RunResult

_NAMES = {"form_benefit": "benefit"}
_NUMBERS = {"bonds": "bond_code", "bills": "bill_no", "letters": "letter_no"}


def of_form(result: RunResult, name: str, keys: Mapping[str, str], *, limit: int) -> Trace:
    """The lineage of a sum that has the key ``edition``."""
    edition = keys["edition"]
    facts = result.forms.get(edition)
    if facts is None:
        return Trace(name, "", "", "explain.sum", note="n=0")
    under = replace(result, facts=facts, sums=of_edition(result.sums.values(), edition))
    rest = {key: value for key, value in keys.items() if key != "edition"}
    return replace(FormSums(under, result, edition, limit=limit).trace(_NAMES.get(name, name), rest), source=_catalogue(result, keys))


def _catalogue(result: RunResult, keys: Mapping[str, str]) -> Source | None:
    """Where the entry of a line stands in its edition."""
    catalogue = result.reference.catalogues[keys["edition"]]
    entry = catalogue.entries.get(keys.get("entry", ""))
    return Source("document", catalogue.title_zh, entry.locator or entry.code) if entry else None


class FormRecords(Records):
    """Leaves under a form's edition; a project that the tables of the run measured is explained as there."""

    def __init__(self, result: RunResult, main: RunResult) -> None:
        super().__init__(result)
        self._main = Records(main)
        self._measured = frozenset(pc.unique(main.measurements["project_id"]).to_pylist())

    def part(self, row: pa.Table, column: str) -> Trace:
        """A loan's part of its project's result; of all gases by the output that stands for them."""
        if row["output"][0].as_py() != ALL_GASES:
            return super().part(row, column)
        output = gas_of(self.result.facts.measurements, str(row["project_id"][0].as_py()))
        return super().part(row.set_column(row.column_names.index("output"), "output", pa.array([output])), column)

    def project(self, project: str, output: str) -> Trace:
        """A project's result."""
        return self._main.project(project, output) if project in self._measured else super().project(project, output)


class FormSums(Sums):
    """Opens the sums of one form: by entry with all below it, by class of quality, by right pledged."""

    def __init__(self, result: RunResult, main: RunResult, edition: str, *, limit: int) -> None:
        super().__init__(result, limit=limit)
        self.edition = edition
        self.records = FormRecords(result, main)

    def _parts(self, found: Sum) -> tuple[Trace, ...]:
        if found.table in REGISTERS:
            return self._register(found)
        return super()._parts(found)

    def rows_of(self, found: Sum) -> pa.Table:
        """The loans that went into the sum."""
        rows = self._below(self.loans, found)
        if "class5" in found.keys:
            rows = rows.filter(pc.fill_null(pc.equal(rows["class5"], found.keys["class5"]), False))
        if found.keys.get("rights") in PLEDGED:
            return rows.filter(pc.fill_null(pc.equal(rows["env_rights"], found.keys["rights"]), False))
        return rows.filter(pc.not_equal(pc.fill_null(rows["green_fen"], 0), 0))

    def parts_of(self, found: Sum) -> pa.Table:
        """The parts of the entry and of all below it."""
        rest = {key: value for key, value in found.keys.items() if key != "entry"}
        rows = super().parts_of(replace(found, keys=rest))
        inside = self._below(self.loans, found)["loan_id"]
        return rows.filter(pc.is_in(rows["loan_id"], value_set=inside.combine_chunks()))

    def _below(self, rows: pa.Table, found: Sum) -> pa.Table:
        entry = found.keys.get("entry")
        if entry is None:
            return rows
        catalogue = self.result.reference.catalogues[self.edition]
        codes = [code for code in catalogue.entries if entry in (code, *catalogue.ancestors(code))]
        return rows.filter(pc.is_in(rows["code"], value_set=pa.array(codes, pa.string())))

    def _register(self, found: Sum) -> tuple[Trace, ...]:
        """The rows of a register, each with its cell."""
        rows = chosen(getattr(self.result.book, found.table), found.table)
        rows = self._below(with_code(rows, self.result.facts, self.edition), found)
        rows = rows.filter(pc.is_valid(rows["code"]))

        def one(row: pa.Table, column: str) -> Trace:
            stated = "balance_fen" if row["balance_fen"][0].is_valid else ("par_fen" if found.table == "bonds" else "amount_fen")
            value, unit = amount(row[column][0].as_py(), "fen")
            name = str(row[_NUMBERS[found.table]][0].as_py() or "-")
            return Trace(name, value, unit, "explain.register", f"class={row['code'][0].as_py()}", source=_cell(self.result, row, stated))

        return self.largest(rows, "amount", "fen", one)


def _cell(result: RunResult, row: pa.Table, column: str) -> Source | None:
    return file_source(result.book.cell(row["source_sheet"][0].as_py(), row["source_row"][0].as_py(), column))


def at_risk_of(sums: Sums, found: Sum) -> tuple[Trace, ...]:
    """The loans of the customers at risk behind a sum, each with its cell and the event of its customer."""
    result = sums.result
    rows, risks, _ = at_risk(result.facts, sums.loans)
    mine = [one for one in risks if found.keys.get("risk", one.kind) == one.kind and found.keys.get("measure", one.measure) == one.measure]
    events = {one.customer: one.event for one in mine}
    rows = rows.filter(pc.is_in(rows["customer"], value_set=pa.array(sorted(events), pa.string())))
    if "class5" in found.keys:
        rows = rows.filter(pc.fill_null(pc.equal(rows["class5"], found.keys["class5"]), False))

    def one(row: pa.Table, column: str) -> Trace:
        value, unit = amount(row[column][0].as_py(), "fen")
        event = result.book.risk_events.slice(events[row["customer"][0].as_py()], 1)
        told = Trace("event", str(event["kind"][0].as_py()), "", "explain.risk_event", source=_cell(result, event, "kind"))
        return Trace(str(row["loan_id"][0].as_py()), value, unit, "explain.loan", parts=(told,), source=_cell(result, row, "balance_fen"))

    column = "change_fen" if found.name == "risk_change" else "balance_fen"
    return sums.largest(rows, column, "fen", one)


def stated_of(result: RunResult, found: Sum) -> tuple[Trace, ...]:
    """What the bank's own file says, or its answers to the questionnaire."""
    if told := [one for one in result.inputs.answers or () if one.row and found.column == f"{one.item}.{one.field}.{one.row}.{one.column}"]:
        file, _, line = told[0].where.replace("!", ":", 1).partition(":")
        return (Trace(found.column, told[0].text, "", "explain.stated", source=Source("file", file, line)),)
    name = f"green_operations.{found.keys['item']}" if found.name == "stated" else found.column
    said = {key: text for key, text in result.inputs.bank.extra.items() if key == name or key.startswith(f"{name}.")}
    of_item = {key: text for key, text in said.items() if key.endswith(f".{found.keys.get('item')}")}
    said = of_item or said
    return tuple(
        Trace(key, text, "", "explain.stated", source=Source("file", "bank.yaml", key)) for key, text in (said or {name: ""}).items()
    )

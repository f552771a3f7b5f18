"""The leaves: loans with their tags, projects with their method, records of the own operations; each with its cell or document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from greenfin import attribute, footprint, measure
from greenfin.core.lineage import Source, Trace
from greenfin.explain.texts import amount, exact, file_source, plain

if TYPE_CHECKING:
    from greenfin.pipeline import RunResult

PPM = 1_000_000


class Records:
    """Opens single rows of a run; each method takes a table of one row and the column whose value is asked for."""

    def __init__(self, result: RunResult) -> None:
        self.result = result
        self._projects: dict[tuple[str, str], Trace] = {}

    def loan(self, row: pa.Table, column: str) -> Trace:
        """A loan's amount: its balance in the book, and its tag."""
        value, unit = amount(_at(row, column), "fen")
        return Trace(str(_at(row, "loan_id")), value, unit, "explain.loan", parts=(self._balance(row), *self._tag(row)))

    def weighted(self, row: pa.Table, column: str) -> Trace:
        """A loan's rate times its green balance: both in their cells, and its tag."""
        rate = _at(row, "rate_ppm")
        value, unit = amount(rate * _at(row, "green_fen"), "ppm*fen")
        stated = Trace("rate", exact(Fraction(rate, PPM // 100)), "percent", "explain.rate", source=self._cell(row, "rate_ppm"))
        return Trace(str(_at(row, "loan_id")), value, unit, "explain.weighted", parts=(stated, self._balance(row), *self._tag(row)))

    def named(self, row: pa.Table, column: str) -> Trace:
        """One thing that was counted: the loan with the cell that names it."""
        value, unit = amount(_at(row, "balance_fen"), "fen")
        return Trace(str(_at(row, "loan_id")), value, unit, "explain.loan", source=self._cell(row, column))

    def project_row(self, project: str) -> Source | None:
        """Where a project stands in the book."""
        rows = self.result.book.projects
        mine = rows.filter(pc.equal(rows["project_id"], project))
        return self._cell(mine, "project_id") if len(mine) else None

    def _balance(self, row: pa.Table) -> Trace:
        value, unit = amount(_at(row, "balance_fen"), "fen")
        return Trace("balance", value, unit, "explain.balance", source=self._cell(row, "balance_fen"))

    def _cell(self, row: pa.Table, column: str) -> Source | None:
        sheet, at = _at(row, "source_sheet"), _at(row, "source_row")
        return file_source(self.result.book.cell(sheet, at, column)) if sheet and at is not None else None

    def _tag(self, row: pa.Table) -> tuple[Trace, ...]:
        """The tag: entry, edition, rule, words and share; by a decision where one decided."""
        if _at(row, "decision") is None:
            return ()
        decided = _at(row, "decided_by") == "decision"
        share = _at(row, "share_ppm")
        value = _at(row, "decision") + (
            f" × {exact(Fraction(share, PPM))}" if share is not None and _at(row, "decision") == "green" else ""
        )
        facts = {
            "name_en": _at(row, "name_en"),
            "edition": _at(row, "edition"),
            "entry": _at(row, "code"),
            "rule": _at(row, "rule"),
            "words": _words(_at(row, "evidence")),
            "approved": _at(row, "approved"),
            "maker": _at(row, "maker"),
            "checker": _at(row, "checker"),
        }
        note = "; ".join(f"{k}={v}" for k, v in facts.items() if v not in (None, ""))
        source = self._decision(row) if decided else self._entry(row)
        how = "explain.tag_by_decision" if decided else "explain.tag"
        return (Trace(str(_at(row, "name_zh") or _at(row, "code") or "tag"), value, "", how, note, source=source),)

    def _entry(self, row: pa.Table) -> Source | None:
        catalogue = self.result.reference.catalogues.get(_at(row, "edition") or "")
        entry = catalogue.entries.get(_at(row, "code") or "") if catalogue else None
        return Source("document", catalogue.title_zh, entry.locator or entry.code) if catalogue and entry else None

    def _decision(self, row: pa.Table) -> Source | None:
        """The decision that counted: under the tag's edition, of its verdict and people, the last by day."""
        loan = tuple(_at(row, name) for name in ("loan_id", "receipt_no"))
        mine = decisions_about(self.result.inputs.decisions, loan, _at(row, "edition"))
        said = tuple(_at(row, name) for name in ("decision", "maker", "checker"))
        found = [one["source_cell"] for one in mine if (one["decision"], one["maker"], one["checker"]) == said]
        return file_source(found[-1]) if found else None

    def part(self, row: pa.Table, column: str) -> Trace:
        """A loan's part of its project's result."""
        loan, output = str(_at(row, "loan_id")), str(_at(row, "output"))
        facts = self.result.facts
        project = self.project(str(_at(row, "project_id")), output)
        found = attribute.explain_part(
            self.result.book,
            facts.tags,
            facts.measurements,
            loan_id=loan,
            output=output,
            project_trace=project,
            numerator=attribute.numerator_of(self.result.options.conventions),
        )
        value, unit = amount(int(found.value), found.unit) if found.value else (found.value, found.unit)
        return replace(found, value=value, unit=unit)

    def project(self, project: str, output: str) -> Trace:
        """A project's result: formula, inputs with their cells, factors with their documents."""
        if (project, output) not in self._projects:
            options = self.result.options
            self._projects[project, output] = measure.explain_project(
                self.result.book,
                self.result.facts.tags,
                self.result.reference,
                project_id=project,
                output=output,
                on=self.result.as_of,
                conventions=options.conventions,
                factor_set=options.factor_set,
            )
        return self._projects[project, output]

    def invest(self, row: pa.Table, column: str) -> Trace:
        """A project's total investment in the book."""
        value, unit = amount(_at(row, column), "fen")
        return Trace(str(_at(row, "project_id")), value, unit, "explain.invest", source=self._cell(row, column))

    def rejected(self, row: pa.Table, column: str) -> Trace:
        """The balance of a row that could not be taken."""
        value, unit = amount(_at(row, column), "fen")
        sheet, at = _at(row, "source_sheet"), _at(row, "source_row")
        source = file_source(self.result.book.cell(sheet, at, "balance_fen")) if sheet else None
        return Trace(str(_at(row, "key") or f"{sheet}!{at}"), value, unit, "explain.rejected", str(_at(row, "code") or ""), source=source)

    def quantity(self, row: pa.Table, column: str) -> Trace:
        """A quantity of the operations sheet."""
        value = plain(_at(row, column))
        return Trace(_record_name(row), value, str(_at(row, "unit") or ""), "explain.quantity", source=file_source(_at(row, "source_cell")))

    def emission(self, row: pa.Table, column: str) -> Trace:
        """The emissions of a site, month, item and scope: quantities in their cells, factors with their documents."""
        return footprint.explain_emission(
            self.result.book.operations,
            year=self.result.facts.year,
            reference=self.result.reference,
            site=_at(row, "site"),
            month_on=_at(row, "month_on"),
            item=_at(row, "item"),
            scope=_at(row, "scope"),
            factor_set=self.result.options.factor_set,
            on=self.result.as_of,
        )


def decisions_about(decisions: pa.Table, ids: Sequence[str | None], edition: str | None) -> list[dict[str, Any]]:
    """The decisions of a file about a loan (by any of its ids) under an edition, or under none that they name, by day."""
    of_loan = pc.is_in(decisions["receipt_no"], value_set=pa.array([one for one in ids if one], pa.string()))
    named = pc.or_(pc.equal(pc.fill_null(decisions["edition"], ""), ""), pc.fill_null(pc.equal(decisions["edition"], edition), False))
    return sorted(decisions.filter(pc.and_(of_loan, named)).to_pylist(), key=lambda one: one["decided_on"] or date.min)


def _record_name(row: pa.Table) -> str:
    month = _at(row, "month_on")
    return " ".join(str(part) for part in (_at(row, "site"), month.strftime("%Y-%m") if month else None, _at(row, "item")) if part)


def _words(evidence: str | None) -> str:
    """The words that spoke for the tag, with their places."""
    found = json.loads(evidence) if evidence else []
    return ", ".join(dict.fromkeys(f"{e.get('text', '')}[{e.get('start')}:{e.get('end')}]" for e in found if isinstance(e, dict)))


def _at(row: pa.Table, column: str) -> Any:
    return row[column][0].as_py()

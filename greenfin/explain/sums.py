"""From a sum to the classes, projects, loans and records that went into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate import outcomes
from greenfin.aggregate.keyed import KEYS, keyed
from greenfin.aggregate.operating import DIRECT, SIZED, STOCKS, in_small, site_means, sized_rows
from greenfin.aggregate.sums import NON_PERFORMING
from greenfin.core.lineage import Source, Trace
from greenfin.core.records import Sum, sum_key
from greenfin.explain import exposures
from greenfin.explain.records import Records
from greenfin.explain.texts import amount, plain

if TYPE_CHECKING:
    from greenfin.pipeline import RunResult

_LOAN_KEYS = ("class1", "class2", "code", "section", "project")
BENEFITS = ("benefit", "benefit_apart")
_BY_CLASS = ("green_balance", "green_count", "covered_balance", "green_npl_balance")


class Sums:
    """Opens sums of a run; ``limit`` is how many of a list are shown before the exact rest."""

    def __init__(self, result: RunResult, *, limit: int) -> None:
        self.result = result
        self.limit = limit
        self.records = Records(result)
        rows = outcomes(result.facts)
        self.loans = rows.append_column("project", rows["project_id"])

    def trace(self, name: str, keys: Mapping[str, str]) -> Trace:
        """The lineage of one sum."""
        if "edition" in keys:
            from greenfin.explain.forms import of_form
            from greenfin.explain.statements import is_statement, of_statement

            if is_statement(keys):
                return of_statement(self, name, keys)

            return of_form(self.result, name, keys, limit=self.limit)
        found = self.result.sums.get(sum_key(name, keys))
        if found is None:
            return Trace(sum_key(name, keys), "0" if keys else "", "", "explain.sum", note="n=0")
        value, unit = amount(found.value, found.unit)
        note = " ".join((f"n={found.rows}", *found.marks))
        is_mean = found.name == "operations" and found.keys["item"] in STOCKS
        return Trace(found.key, value, unit, "explain.mean" if is_mean else "explain.sum", note, self._parts(found))

    def _parts(self, found: Sum) -> tuple[Trace, ...]:
        if found.name == "book_balance":
            return tuple(self.trace(name, {}) for name in ("loans_balance", "rejected_balance"))
        if found.name in _BY_CLASS and not found.keys:
            by_class = self._cut(found, "class1")
            if by_class:
                return by_class
        makers: Mapping[str, Callable[[Sum], tuple[Trace, ...]]] = {
            "loans": self._loans,
            "parts": self._benefit,
            "measurements": self._measured,
            "projects": self._projects,
            "operations": self._records,
            "emissions": self._records,
            "rejected": self._records,
            "pledges": self._pledged,
            "financed": self._exposures,
            "risks": self._told_of_forms,
            "stated": self._told_of_forms,
            "used": self._used,
            "bonds": self._told_of_forms,
        }
        return makers[found.table](found)

    def _told_of_forms(self, found: Sum) -> tuple[Trace, ...]:
        from greenfin.explain import forms, statements

        if found.table == "bonds":
            return statements.of_bonds(self, found)
        return forms.at_risk_of(self, found) if found.table == "risks" else forms.stated_of(self.result, found)

    def _cut(self, found: Sum, key: str) -> tuple[Trace, ...]:
        """The same sum by a key, if it is kept by that key and the parts give the whole."""
        cut = [s for s in self.result.sums.values() if s.name == found.name and set(s.keys) == {*found.keys, key}]
        cut = [s for s in cut if all(s.keys[k] == v for k, v in found.keys.items())]
        if sum(s.value or 0 for s in cut) != found.value:
            return ()
        return tuple(self.trace(s.name, s.keys) for s in sorted(cut, key=lambda s: -(s.value or 0)))

    def _used(self, found: Sum) -> tuple[Trace, ...]:
        """What a share of the statement of methods is of: sums of the run, by their names (none: rows that were counted)."""
        return tuple(self.trace(name, {}) for name in found.column.split() if name in self.result.sums)

    # loans

    def _loans(self, found: Sum) -> tuple[Trace, ...]:
        rows = self.rows_of(found)
        if found.name == "green_rate_weight":
            return self._weighted(rows, found)
        if found.column in rows.column_names and pa.types.is_integer(rows.schema.field(found.column).type):
            return self.largest(rows, found.column, "fen", self.records.loan)
        return self._counted(rows, found)

    def rows_of(self, found: Sum) -> pa.Table:
        """The loans that went into the sum."""
        rows = keyed(self.loans, found.keys, self.result.facts)
        for key in found.keys:
            if key in _LOAN_KEYS or key in KEYS:
                rows = rows.filter(pc.fill_null(pc.equal(rows[key], found.keys[key]), False))
        column = next((f"{o}_fen" for o in ("not_green", "review", "green") if found.name.startswith(f"{o}_")), "balance_fen")
        if found.name == "covered_balance":
            column = "green_fen"
            rows = rows.filter(pc.is_in(rows["loan_id"], value_set=pc.unique(self._standing_parts()["loan_id"])))
        if found.name in ("green_npl_balance", "loans_npl_balance"):
            rows = rows.filter(pc.is_in(rows["class5"], value_set=pa.array(NON_PERFORMING)))
        if found.name in ("green_rate_weight", "green_rated_balance"):
            rows = rows.filter(pc.is_valid(rows["rate_ppm"]))
        return rows.filter(pc.not_equal(pc.fill_null(rows[column], 0), 0))

    def _weighted(self, rows: pa.Table, found: Sum) -> tuple[Trace, ...]:
        """The largest loans with rate times balance, and the exact rest of the sum."""
        order = pc.sort_indices(rows, sort_keys=[("green_fen", "descending")])
        shown, rest = rows.take(order[: self.limit]), rows.take(order[self.limit :])
        traces = tuple(self.records.weighted(shown.slice(at, 1), "rate_ppm") for at in range(len(shown)))
        if not len(rest):
            return traces
        pairs = zip(rest["rate_ppm"].to_pylist(), rest["green_fen"].to_pylist(), strict=True)
        value, unit = amount(sum(rate * fen for rate, fen in pairs), found.unit)
        return (*traces, Trace("…", value, unit, "explain.rest", f"n={len(rest)}"))

    def _counted(self, rows: pa.Table, found: Sum) -> tuple[Trace, ...]:
        """Distinct values (customers, projects) or rows (loans), one each with its cell, up to the limit; then how many more."""
        ids = pc.unique(rows[found.column]).drop_null()
        shown = tuple(self._one(rows, found.column, one) for one in ids[: self.limit].to_pylist())
        more = len(ids) - len(shown)
        return (*shown, *((Trace("…", str(more), "count", "explain.rest", f"n={more}"),) if more else ()))

    def _one(self, rows: pa.Table, column: str, one: str) -> Trace:
        """One counted thing: a project in the project sheet, else the loans that name it."""
        if column == "project_id":
            return Trace(one, "1", "count", "explain.count", source=self.records.project_row(one))
        mine = rows.filter(pc.fill_null(pc.equal(rows[column], one), False))
        return Trace(one, "1", "count", "explain.count", parts=self.largest(mine, "balance_fen", "fen", self._naming(column)))

    def _naming(self, column: str) -> Callable[[pa.Table, str], Trace]:
        cell = "receipt_no" if column == "loan_id" else column
        return lambda row, _: self.records.named(row, cell)

    def tagged(self, keys: Mapping[str, str]) -> tuple[Trace, ...]:
        """The green loans of a project, with the tags that gave its entry."""
        if "project" not in keys:
            return ()
        rows = self.loans.filter(pc.fill_null(pc.equal(self.loans["project"], keys["project"]), False))
        rows = rows.filter(pc.not_equal(pc.fill_null(rows["green_fen"], 0), 0))
        return self.largest(rows, "green_fen", "fen", self.records.loan)

    def largest(self, rows: pa.Table, column: str, unit: str, made: Callable[[pa.Table, str], Trace]) -> tuple[Trace, ...]:
        """The largest rows, each opened, and the exact sum of the others."""
        rows = rows.filter(pc.is_valid(rows[column]))
        order = pc.sort_indices(rows.append_column("size", pc.abs(rows[column])), sort_keys=[("size", "descending")])
        shown, rest = rows.take(order[: self.limit]), rows.take(order[self.limit :])
        traces = tuple(made(shown.slice(at, 1), column) for at in range(len(shown)))
        return (*traces, *self._rest(rest, column, unit))

    def _rest(self, rest: pa.Table, column: str, unit: str) -> tuple[Trace, ...]:
        if not len(rest):
            return ()
        total = pc.sum(rest[column]).as_py()
        value, shown_unit = amount(total, unit) if isinstance(total, int) else (plain(total), unit)
        return (Trace("…", value, shown_unit, "explain.rest", f"n={len(rest)}"),)

    # benefits

    def _standing_parts(self, names_of: Sequence[str] = BENEFITS) -> pa.Table:
        """The parts that the sums hold: of green loans, of projects whose figure the policy lets stand."""
        parts = self.result.facts.parts
        kept = {(s.keys["project"], s.keys["output"]) for s in self.result.sums.values() if s.name in names_of and "project" in s.keys}
        names = pc.binary_join_element_wise(parts["project_id"], parts["output"], "\t")
        green = self.loans.filter(pc.not_equal(pc.fill_null(self.loans["green_fen"], 0), 0))
        stands = pc.is_in(names, value_set=pa.array(["\t".join(pair) for pair in sorted(kept)], pa.string()))
        return parts.filter(pc.and_(stands, pc.is_in(parts["loan_id"], value_set=green["loan_id"].combine_chunks())))

    def parts_of(self, found: Sum) -> pa.Table:
        """The parts that went into a sum of benefits, or of the projects that have any."""
        parts = self._standing_parts((found.name,) if found.name in BENEFITS else BENEFITS)
        return self._of_class(parts.filter(pc.equal(parts["output"], found.keys["output"])) if "output" in found.keys else parts, found)

    def _benefit(self, found: Sum) -> tuple[Trace, ...]:
        if found.name == "measured_projects":
            return self._counted(self.parts_of(found), found)
        if set(found.keys) == {"output"} and (by_class := self._cut(found, "class1")):
            return by_class
        rows = self.parts_of(found)
        if "project" in found.keys:
            return self.largest(rows, "amount", found.unit, self.records.part)
        return self._by_project(rows, found)

    def _of_class(self, parts: pa.Table, found: Sum) -> pa.Table:
        parts = parts.append_column("project", parts["project_id"])
        at = pc.index_in(parts["loan_id"], value_set=self.loans["loan_id"].combine_chunks())
        for key in (k for k in _LOAN_KEYS if k in found.keys):
            values = parts["project"] if key == "project" else pc.take(self.loans[key].combine_chunks(), at)
            keep = pc.fill_null(pc.equal(values, found.keys[key]), False)
            parts, at = parts.filter(keep), at.filter(keep)
        return parts

    def _by_project(self, rows: pa.Table, found: Sum) -> tuple[Trace, ...]:
        """The parts by project, each opened down to its loans."""
        sums = rows.group_by(["project"], use_threads=False).aggregate([("amount", "sum")])

        def opened(one: pa.Table, column: str) -> Trace:
            project = one["project"][0].as_py()
            mine = rows.filter(pc.equal(rows["project"], project))
            value, unit = amount(one[column][0].as_py(), found.unit)
            inner = self.largest(mine, "amount", found.unit, self.records.part)
            return Trace(project, value, unit, "explain.project", f"n={len(mine)}", inner)

        return self.largest(sums, "amount_sum", found.unit, opened)

    def _measured(self, found: Sum) -> tuple[Trace, ...]:
        output = found.keys["output"]
        if "project" in found.keys:
            return (self.records.project(found.keys["project"], output),)
        own = [s for s in self.result.sums.values() if s.name == "measured" and "project" in s.keys and s.keys["output"] == output]
        own.sort(key=lambda s: (-(s.value or 0), s.keys["project"]))
        shown = tuple(self.trace(s.name, s.keys) for s in own[: self.limit])
        rest = sum(s.value or 0 for s in own[self.limit :])
        more = len(own) - len(shown)
        return (*shown, *((Trace("…", *amount(rest, found.unit), "explain.rest", f"n={more}"),) if more else ()))

    def _projects(self, found: Sum) -> tuple[Trace, ...]:
        rows = self.result.book.projects
        ours = pa.array(sorted({s.keys["project"] for s in self.result.sums.values() if s.name == "total_invest" and s.keys}))
        wanted = pa.array([found.keys["project"]]) if "project" in found.keys else ours
        return self.largest(rows.filter(pc.is_in(rows["project_id"], value_set=wanted)), "total_invest_fen", "fen", self.records.invest)

    def _exposures(self, found: Sum) -> tuple[Trace, ...]:
        """The exposures under a standard, the largest first; the count of them by their balances."""
        rows = exposures.rows_of(self.result.facts, found)
        column = "gross_fen" if found.unit == "count" else found.column
        return self.largest(rows, column, "fen" if found.unit == "count" else found.unit, self._exposure)

    def _exposure(self, row: pa.Table, column: str) -> Trace:
        return exposures.exposure(row, column, self.result.reference)

    # records of the book and of the footprint

    def _records(self, found: Sum) -> tuple[Trace, ...]:
        tables = {
            "operations": (self.result.facts.book.operations, self.records.quantity),
            "emissions": (self.result.emissions, self.records.emission),
            "rejected": (self.result.book.rejected, self.records.rejected),
        }
        rows, made = tables[found.table]
        if found.table == "rejected":
            return self.largest(rows.filter(pc.equal(rows["table"], "loans")), "balance_fen", "fen", made)
        rows = rows.filter(pc.fill_null(pc.equal(pc.year(rows["month_on"]), self.result.facts.year), False))
        if found.table == "emissions" and "item" not in found.keys and (by_item := self._cut(found, "item")):
            return by_item
        if found.name == SIZED:
            rows = sized_rows(self.result.facts, found.keys["item"])[0]
        for key, value in found.keys.items() if found.name != SIZED else ():
            rows = rows.filter(pc.fill_null(pc.equal(rows[key], value), False))
        if found.table == "emissions":
            readings = rows.group_by(["site", "month_on", "item", "scope"], use_threads=False).aggregate([("amount", "sum")])
            return self.largest(readings, "amount_sum", found.unit, made)
        if found.keys.get("item") in STOCKS and found.value is not None:
            return self._by_site(rows, found, made)
        return self._by_unit(rows, found, made)

    def _pledged(self, found: Sum) -> tuple[Trace, ...]:
        """What the bank says of its target, as its own file has it; what was emitted by scope."""
        if found.keys["of"] == "actual":
            return tuple(self.trace("emissions", {"scope": scope}) for scope in DIRECT)
        head = "offsets" if found.name == "offsets" else "targets"
        said = {name: text for name, text in self.result.inputs.bank.extra.items() if name.startswith(head)}
        return tuple(Trace(name, text, "", "explain.pledged", source=Source("file", "bank.yaml", name)) for name, text in said.items())

    def _by_site(self, rows: pa.Table, found: Sum, made: Callable[[pa.Table, str], Trace]) -> tuple[Trace, ...]:
        """The mean of each site, and the months it was taken over."""
        rows = in_small(rows, found.unit)
        filled = rows.set_column(rows.column_names.index("site"), "site", pc.fill_null(rows["site"], ""))

        def opened(site: str, mean: int) -> Trace:
            value, unit = amount(mean, found.unit)
            mine = filled.filter(pc.equal(filled["site"], site))
            return Trace(site or "-", value, unit, "explain.site_mean", f"n={len(mine)}", self._by_unit(mine, found, made))

        means = sorted(site_means(filled).items(), key=lambda pair: (-pair[1], pair[0]))
        shown = tuple(opened(site, mean) for site, mean in means[: self.limit])
        more = means[self.limit :]
        value, unit = amount(sum(mean for _, mean in more), found.unit)
        return (*shown, *((Trace("…", value, unit, "explain.rest", f"n={len(more)}"),) if more else ()))

    def _by_unit(self, rows: pa.Table, found: Sum, made: Callable[[pa.Table, str], Trace]) -> tuple[Trace, ...]:
        """Records as they stand in the book; where they have several units, those of each unit under their subtotal."""
        units = pc.unique(rows["unit"]).drop_null().to_pylist()
        groups = {unit: rows.filter(pc.equal(rows["unit"], unit)) for unit in units}
        parts = {unit: self.largest(group, found.column, unit, made) for unit, group in groups.items()}
        if len(units) < 2:
            return tuple(trace for some in parts.values() for trace in some)
        totals = {unit: plain(pc.sum(group[found.column]).as_py() or 0.0) for unit, group in groups.items()}
        return tuple(Trace(unit, totals[unit], unit, "explain.unit", f"n={len(groups[unit])}", parts[unit]) for unit in units)

"""What the bank's own green bonds raised, what of it was used, and for which projects, with the benefit that the funds carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.crossed import ALL_GASES
from greenfin.aggregate.drawn import DRAWN, REPAID, WITHDRAWN, carried, events_of
from greenfin.aggregate.facts import Facts, texts
from greenfin.aggregate.grouping import parted
from greenfin.core.money import to_yuan
from greenfin.core.problems import Outcome, Problem, error, warning
from greenfin.core.records import Book, Sum

EDITION = "green-bond-2021"
TABLE = "proceeds"
ISSUED = "issued"
OUTPUTS = {ALL_GASES: "gCO2e", "tce": "gce", "cod": "gCOD"}
ASSUMED = "use_assumed"  # the mark of a use that the register does not state
_LEAST = 3  # signs of a bond's name or code in a text


@dataclass(frozen=True, slots=True)
class Proceeds:
    """The bank's own bonds (``bond``: code, else name), and movements of the loans they fund with ``bond``, ``project`` and ``code``."""

    bonds: pa.Table
    moves: pa.Table
    strangers: pa.Table  # movements whose funding source names a bond that is not in the register

    @property
    def drawn(self) -> pa.Table:
        """What was drawn."""
        return self.moves.filter(pc.equal(self.moves["kind"], DRAWN))


def bonds_issued(book: Book) -> pa.Table:
    """The bonds that the bank issued, with ``bond``; rows of one bond stand apart."""
    own = book.bonds.filter(pc.fill_null(pc.equal(book.bonds["side"], ISSUED), False))
    return own.append_column("bond", pc.coalesce(own["bond_code"], own["trade_no"], own["bond_name"]))


def proceeds_of(book: Book, codes: Mapping[str, str | None]) -> Proceeds:
    """The use of proceeds; ``codes`` are the entries of the loans."""
    bonds = bonds_issued(book)
    moves = events_of(book)
    moves = moves.filter(pc.is_valid(moves["fund_source"]))
    distinct, at = texts(moves["fund_source"])
    named = [_bond_of(text or "", bonds) for text in distinct]
    strange = [bond is None and _speaks_of_bond(text or "") for bond, text in zip(named, distinct, strict=True)]
    moves = moves.append_column("bond", pc.take(pa.array(named, pa.string()), pa.array(at)))
    strangers, moves = moves.filter(pc.take(pa.array(strange, pa.bool_()), pa.array(at))), moves.filter(pc.is_valid(moves["bond"]))
    project = pc.coalesce(moves["project_id"], moves["loan_id"])
    code = pa.array([codes.get(loan) for loan in moves["loan_id"].to_pylist()], pa.string())
    moves = moves.append_column("project", project).append_column("code", code)
    return Proceeds(bonds, moves, strangers)


def _bond_of(text: str, bonds: pa.Table) -> str | None:
    """The bond whose code or name a funding source holds; of several the longest: another's name may begin with it."""
    plain = "".join(text.split()).casefold()
    for name in ("bond_code", "bond_name", "trade_no"):
        found: dict[str, str] = {}
        for bond, told in zip(bonds["bond"].to_pylist(), bonds[name].to_pylist(), strict=True):
            known = "".join((told or "").split()).casefold()
            if len(known) >= _LEAST and (known in plain or known.partition(".")[0] == plain):
                found.setdefault(known, str(bond))
        if found:
            return found[max(found, key=len)]
    return None


def _speaks_of_bond(text: str) -> bool:
    """Whether a funding source is meant to be a bond: it has a figure of a code or speaks of one."""
    from greenfin.aggregate.registers import holds, words

    return holds(text, words()["bonds"]["funds"]) or any(sign.isdigit() for sign in text)


def proceeds_sums(facts: Facts) -> Outcome[tuple[Sum, ...]]:
    """Per bond: raised, used, drawn, lent again, repaid; per project of a bond: drawn, balance, investment, result and part of the bond.

    Each has the key ``edition``. A bond without a stated use has used what was drawn, at most what it raised; its sum is marked, and it is
    told.
    """
    found = proceeds_of(facts.book, entries_of(facts))
    sums: list[Sum] = []
    moved, known = dict(parted(found.moves, "bond")), _Known.of(facts)
    for bond, mine in parted(found.bonds, "bond"):
        moves = moved.get(bond, found.moves.slice(0, 0))
        sums += _of_bond(bond, mine, moves)
        sums += _of_projects(bond, moves, known)
    return Outcome(tuple(sums), tuple(_problems(found, sums)))


def entries_of(facts: Facts) -> dict[str, str | None]:
    """The entry of each loan: the bank's own class, else its tag's."""
    tagged = zip(facts.tags["loan_id"].to_pylist(), facts.tags["code"].to_pylist(), strict=True)
    own = facts.book.loans.filter(pc.not_equal(facts.book.loans["green_bond_code"], ""))
    return dict(tagged) | dict(zip(own["loan_id"].to_pylist(), own["green_bond_code"].to_pylist(), strict=True))


def _keys(bond: str, **more: str) -> dict[str, str]:
    return {"edition": EDITION, "bond": bond, **more}


def _of_bond(bond: str, own: pa.Table, moves: pa.Table) -> Iterator[Sum]:
    """What a bond raised and where that is."""
    keys = _keys(bond)
    amounts = pc.coalesce(own["proceeds_fen"], own["par_fen"])
    raised = pc.sum(amounts).as_py()
    drawn = pc.sum(moves.filter(pc.equal(moves["kind"], DRAWN))["amount_fen"]).as_py() or 0
    back = pc.sum(moves.filter(pc.is_in(moves["kind"], value_set=pa.array([REPAID, WITHDRAWN])))["amount_fen"]).as_py() or 0
    stated, lacks = pc.sum(own["proceeds_used_fen"]).as_py(), own["proceeds_used_fen"].null_count
    used = stated if stated is not None else drawn if raised is None else min(drawn, raised)
    yield Sum("bond_raised", keys, raised, "fen", len(own), "bonds", "proceeds_fen", ("incomplete",) if amounts.null_count else ())
    table, column, rows = (TABLE, "amount_fen", len(moves)) if stated is None else ("bonds", "proceeds_used_fen", len(own))
    marks = (ASSUMED,) if stated is None else ("incomplete",) if lacks else ()
    yield Sum("bond_used", keys, used, "fen", rows, table, column, marks)
    yield Sum("bond_drawn", keys, drawn, "fen", len(moves), TABLE, "amount_fen")
    yield Sum("bond_relent", keys, max(0, drawn - used), "fen", len(moves), TABLE, "amount_fen")
    yield Sum("bond_repaid", keys, back, "fen", len(moves), TABLE, "amount_fen")


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of projects by their id: their investment, their results by output."""

    facts: Facts
    invest: Mapping[str, int]
    results: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, facts: Facts) -> _Known:
        found = facts.measurements
        by_output = {output: found.filter(pc.equal(found["output"], output)) for output in OUTPUTS}
        return cls(
            facts,
            _first(facts.book.projects, "total_invest_fen"),
            {output: _first(rows, "amount") for output, rows in by_output.items()},
        )


def _first(table: pa.Table, column: str) -> Mapping[str, int]:
    """The first value that each project has."""
    rows = table.filter(pc.is_valid(table[column]))
    found: dict[str, int] = {}
    for project, value in zip(rows["project_id"].to_pylist(), rows[column].to_pylist(), strict=True):
        found.setdefault(project, int(value))
    return found


def _of_projects(bond: str, moves: pa.Table, known: _Known) -> Iterator[Sum]:
    """What a bond funds project by project."""
    drawn = moves.filter(pc.equal(moves["kind"], DRAWN))
    given = {output: carried(drawn, known.facts, output) for output in OUTPUTS}
    for output, column in given.items():
        drawn = drawn.append_column(output, column)
    whole: dict[str, list[int]] = {output: [] for output in OUTPUTS}
    lacking: set[str] = set()
    for project, rows in parted(drawn, "project"):
        keys = _keys(bond, project=project)
        yield Sum("bond_drawn", keys, pc.sum(rows["amount_fen"]).as_py(), "fen", len(rows), TABLE, "amount_fen")
        yield _balance(rows, keys, known.facts)
        yield from (Sum("bond_class", {**keys, "code": code}, 1, "count", 1, TABLE, "code") for code in _most(rows))
        if project in known.invest:
            yield Sum("bond_invest", keys, known.invest[project], "fen", 1, "projects", "total_invest_fen")
        for output, unit in OUTPUTS.items():
            result, part = known.results[output].get(project), pc.sum(rows[output]).as_py()
            if result is None or part is None:
                lacking.add(output)
                continue
            whole[output].append(part)
            yield Sum("bond_result", {**keys, "output": output}, result, unit, 1, "measurements", "amount")
            yield Sum("bond_carried", {**keys, "output": output}, part, unit, len(rows), TABLE, "carried")
    for output, parts in whole.items():
        if parts:
            marks = ("incomplete",) if output in lacking else ()
            yield Sum("bond_carried", _keys(bond, output=output), sum(parts), OUTPUTS[output], len(parts), TABLE, "carried", marks)


def _most(rows: pa.Table) -> list[str]:
    """The entry of most of what was drawn; none where no loan has one."""
    by_code = rows.filter(pc.is_valid(rows["code"])).group_by("code", use_threads=False).aggregate([("amount_fen", "sum")])
    found: list[str] = by_code.sort_by([("amount_fen_sum", "descending"), ("code", "ascending")])["code"].to_pylist()
    return found[:1]


def _balance(rows: pa.Table, keys: Mapping[str, str], facts: Facts) -> Sum:
    """What is outstanding of the loans, of each at most what the bond gave it; None where the ledger does not say of all."""
    given = rows.group_by("loan_id", use_threads=False).aggregate([("amount_fen", "sum")])
    at = pc.index_in(given["loan_id"], value_set=facts.book.loans["loan_id"].combine_chunks())
    balances = pc.min_element_wise(pc.take(facts.book.loans["balance_fen"].combine_chunks(), at), given["amount_fen_sum"], skip_nulls=False)
    value = None if balances.null_count else pc.sum(balances).as_py()
    return Sum("bond_balance", keys, value, "fen", len(given), TABLE, "amount_fen")


def _uses(bonds: pa.Table, sums: Sequence[Sum]) -> Iterator[Problem]:
    """Bonds that do not state what was used, and those that state it in some of their rows only."""
    used = [one for one in sums if one.name == "bond_used"]
    assumed = [one for one in used if ASSUMED in one.marks and one.value]
    lacking = bonds.filter(pc.is_null(bonds["proceeds_used_fen"]))
    if assumed:
        amount = f"{to_yuan(sum(one.value or 0 for one in assumed)):,}"
        yield warning("aggregate.bond_use_assumed", _where(lacking), n=len(assumed), amount=amount)
    if partly := [one for one in used if "incomplete" in one.marks]:
        yield error("aggregate.bond_use_incomplete", _where(lacking), n=len(partly))


def _problems(found: Proceeds, sums: Sequence[Sum]) -> Iterator[Problem]:
    """X-08: receipts whose bond is not in the register; receipts that a bond funds and the facility too, one benefit claimed twice."""
    if len(found.strangers):
        yield error("aggregate.bond_unknown", _where(found.strangers), n=len(found.strangers), amount=_yuan(found.strangers))
    both = found.drawn.filter(found.drawn["is_facility"])
    if len(both):
        yield error("aggregate.benefit_claimed_twice", _where(both), n=len(both), amount=_yuan(both))
    yield from _uses(found.bonds, sums)
    loose = found.drawn.filter(pc.is_null(found.drawn["project_id"]))
    if len(loose):
        yield warning("aggregate.bond_without_project", _where(loose), n=len(loose), amount=_yuan(loose))


def _where(rows: pa.Table) -> str:
    return f"{rows['source_sheet'][0].as_py()}!{rows['source_row'][0].as_py()}"


def _yuan(rows: pa.Table) -> str:
    return f"{to_yuan(pc.sum(rows['amount_fen']).as_py()):,}"

"""Green bonds that the bank holds, has issued and has underwritten, by kind of instrument."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.facts import Facts, texts
from greenfin.aggregate.grouping import Measure, summed
from greenfin.aggregate.registers import LACKING, holds, is_green, with_amount, without_amount, words
from greenfin.core.problems import Outcome
from greenfin.core.records import Sum

SIDES = ("held", "issued", "underwritten")
OTHER = "other"


def bond_sums(facts: Facts) -> Outcome[tuple[Sum, ...]]:
    """Number and amount (fen: the book balance of what is held, the face of the rest) of green bonds by ``side`` and ``instrument``.

    A bond without a side counts as held, as in the regulator's return. Nothing where the book has no register of bonds. A sum that goes
    without bonds whose amount, or whose name, is not stated is marked ``incomplete``.
    """
    if not len(facts.book.bonds):
        return Outcome(())
    rows = green_bonds(facts.book.bonds)
    cuts: tuple[tuple[str, ...], ...] = (("side",), ("side", "instrument"), ())
    unnamed = rows.set_column(rows.column_names.index(LACKING), LACKING, pc.is_null(rows["bond"]))
    found: list[Sum] = [
        *summed(rows, Measure("green_bonds_amount", "amount", "fen", "bonds", flags=(LACKING,)), cuts),
        *summed(unnamed, Measure("green_bonds_count", "bond", "count", "bonds", "distinct", flags=(LACKING,)), cuts),
    ]
    return Outcome((*found, *_no_other(found)), tuple(without_amount(rows, "bonds")))


def _no_other(found: list[Sum]) -> Iterator[Sum]:
    """What the register knows and has nothing of is nothing, not unknown."""
    there = {one.keys.get("side") for one in found if set(one.keys) == {"side"}}
    for side in (side for side in SIDES if side not in there):
        yield Sum("green_bonds_amount", {"side": side}, 0, "fen", 0, "bonds", "balance_fen")
        yield Sum("green_bonds_count", {"side": side}, 0, "count", 0, "bonds", "bond_code")


def green_bonds(bonds: pa.Table) -> pa.Table:
    """The green rows of a register with ``side``, ``instrument``, ``bond`` and ``amount``."""
    joined = pc.binary_join_element_wise(pc.fill_null(bonds["label"], ""), pc.fill_null(bonds["green_nfra"], ""), "\t")
    distinct, at = texts(joined)
    rows = bonds.filter(pc.take(pa.array([is_green(text or "") for text in distinct], pa.bool_()), pa.array(at)))
    side = pc.fill_null(rows["side"], SIDES[0])
    face = pc.coalesce(rows["par_fen"], rows["proceeds_fen"], rows["balance_fen"])
    amount = pc.if_else(pc.equal(side, SIDES[0]), pc.coalesce(rows["balance_fen"], rows["par_fen"]), face)
    named = pc.coalesce(rows["bond_code"], rows["bond_name"], rows["trade_no"])
    made = {"side": side, "bond": named, "instrument": _instruments(rows)}
    rows = with_amount(rows.drop_columns(["side"]), amount)
    for name, column in made.items():
        rows = rows.append_column(name, column)
    return rows


def _instruments(rows: pa.Table) -> pa.Array:
    """The kind of each bond by the words of its name and label, else of its issuer."""
    columns = [pc.fill_null(rows[name], "") for name in ("bond_name", "label", "issuer")]
    distinct, at = texts(pc.binary_join_element_wise(*columns, "\t"))
    return pc.take(pa.array([instrument_of(text or "") for text in distinct], pa.string()), pa.array(at))


def instrument_of(text: str) -> str:
    """The kind of instrument of a bond's name, label and issuer (parted by tabs); a financial issuer's is financial whatever its name."""
    name, label, issuer = (*text.split("\t"), "", "")[:3]
    known = words()["instruments"]
    if holds(name, known["asset_backed"]):
        return "asset_backed"
    if holds(issuer, words()["bonds"]["financial"]) or holds(name, words()["bonds"]["financial"]):
        return "financial"
    return next((kind for kind, listed in known.items() if holds(name, listed) or holds(label, listed)), OTHER)

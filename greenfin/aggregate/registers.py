"""The registers beside the loans by class of a form: bonds held, own acceptances, letters of credit; and what the bank says of itself."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.facts import Facts, texts
from greenfin.aggregate.grouping import Measure, summed
from greenfin.core.money import round_half_up
from greenfin.core.problems import Outcome, Problem, error, warning
from greenfin.core.records import Sum
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio, parse_quantity
from greenfin.reference.catalogue import Catalogue

REGISTERS = {"bonds": "green_bonds_held", "bills": "green_acceptances", "letters": "green_letters"}  # table -> the sum of it
_STATED = "green_operations"
LACKING = "incomplete"
_PAIR = 2  # digits of one level in the codes of the regulator's interface


@cache
def words() -> Mapping[str, Any]:
    """The words of ``registers.toml``."""
    found: dict[str, Any] = tomllib.loads(files("greenfin.aggregate").joinpath("registers.toml").read_text("utf-8"))
    return found


def holds(text: str | None, listed: Sequence[str]) -> bool:
    """Whether a text has one of the words."""
    plain = (text or "").casefold()
    return any(word in plain for word in listed)


def register_sums(facts: Facts, edition: str) -> Outcome[tuple[Sum, ...]]:
    """Balances of each register by the class of the edition that the bank gives its rows (in fen), and what is wrong with those classes.

    A register that is not in the book has no sum; one whose rows carry no class at all has the value None. A sum that goes without rows
    whose amount is not stated is marked ``incomplete``, and so is every one where the class of some green row is not known.
    """
    found: list[Sum] = []
    problems: list[Problem] = []
    for name, sum_name in REGISTERS.items():
        rows = chosen(getattr(facts.book, name), name)
        if not len(getattr(facts.book, name)):
            continue
        problems += without_amount(rows, name)
        measure = Measure(sum_name, "amount", "fen", name, flags=(LACKING,), origin="balance_fen")
        if rows["green_nfra"].null_count == len(rows) and len(rows):
            problems.append(warning("aggregate.register_without_class", _where(rows), register=name, n=len(rows)))
            found += summed(rows.slice(0, 0), measure, ((),), nothing=None)
            continue
        classed = with_code(rows, facts, edition)
        problems += _unclassed(classed, name)
        found += _by_class(classed, measure, name)
    return Outcome(tuple(found), tuple(problems))


def _by_class(rows: pa.Table, measure: Measure, name: str) -> Iterator[Sum]:
    """The whole and each entry; a bond that stands here is green with or without a class, a bill or letter by its class alone."""
    known = rows.filter(pc.is_valid(rows["code"]))
    meant = rows if name == "bonds" else rows.filter(pc.is_valid(rows["green_nfra"]))
    is_part = len(known) < len(meant)
    for one in summed(known, measure, ((), ("code",)), nothing=None if is_part else 0):
        yield replace(one, marks=tuple(dict.fromkeys((*one.marks, LACKING)))) if is_part else one


def with_code(rows: pa.Table, facts: Facts, edition: str) -> pa.Table:
    """The rows with the entry that their class names (``code``; null: none)."""
    catalogue = facts.reference.catalogues.get(edition) if facts.reference else None
    distinct, at = texts(rows["green_nfra"])
    codes = [entry_of(text, catalogue) if text and catalogue else None for text in distinct]
    return rows.append_column("code", pc.take(pa.array(codes, pa.string()), pa.array(at)))


def chosen(table: pa.Table, name: str) -> pa.Table:
    """The rows of a register that its column of the form is about, with their ``amount``: the balance, else the amount stated."""
    other = "par_fen" if name == "bonds" else "amount_fen"
    table = with_amount(table, pc.coalesce(table["balance_fen"], table[other]))
    if name == "bills":
        return _where_text(table, ("kind",), lambda text: not holds(text, words()["bills"]["not_accepted"]))
    if name == "bonds":
        table = table.filter(pc.fill_null(pc.equal(table["side"], "held"), True))
        table = _where_text(table, ("label", "green_nfra"), is_green)
        return _where_text(table, ("issuer_kind", "issuer", "bond_name"), _is_of_enterprise)
    return table


def with_amount(table: pa.Table, amount: pa.ChunkedArray) -> pa.Table:
    """The rows with their ``amount``, and with a flag where it is not stated (``incomplete``, as the mark of a sum)."""
    return table.append_column("amount", amount).append_column(LACKING, pc.is_null(amount))


def without_amount(rows: pa.Table, name: str) -> Iterator[Problem]:
    """The rows that no sum can hold, for want of an amount."""
    lacking = rows.filter(rows[LACKING])
    if len(lacking):
        yield error("aggregate.register_amount_missing", _where(lacking), register=name, n=len(lacking))


def _where_text(table: pa.Table, columns: Sequence[str], keeps: Callable[[str], bool]) -> pa.Table:
    joined = pc.binary_join_element_wise(*(pc.fill_null(table[name], "") for name in columns), "\t")
    distinct, at = texts(joined)
    return table.filter(pc.take(pa.array([keeps(text or "") for text in distinct], pa.bool_()), pa.array(at)))


def is_green(text: str) -> bool:
    """Whether a label and a class of the regulator (parted by a tab) make a bond green."""
    label, _, code = text.partition("\t")
    known = words()["bonds"]
    named = holds(label, known["green"]) or label.strip().casefold() in known["green_alone"]
    return bool(code) or (named and not holds(label, known["not_green"]))


def _is_of_enterprise(text: str) -> bool:
    """Whether the issuer is no financial one: as stated, else by its name and the bond's."""
    stated, _, named = text.partition("\t")
    return stated == "non_financial" if stated else not holds(named, words()["bonds"]["financial"])


def entry_of(text: str, catalogue: Catalogue) -> str | None:
    """The entry that a class names: its serial number, its report code, that code's digits, or its name; None where it names none."""
    plain = "".join(text.split()).strip(".、")
    known = _named(catalogue)
    head = plain.split("-")[0].split("_")[0]
    return next((known[name] for name in (plain, head, _leading(plain)) if name in known), None)


def _leading(text: str) -> str:
    """The serial number that a text begins with."""
    end = next((at for at, sign in enumerate(text) if not (sign.isdigit() or sign == ".")), len(text))
    return text[:end].strip(".")


def _named(catalogue: Catalogue) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for code, entry in catalogue.entries.items():
        digits = entry.report_code.rpartition("B")[2]
        short = digits[: _PAIR * 3]
        names = [entry.name_zh, digits, entry.report_code, code]
        if digits and digits[len(short) :].strip("0") == "":  # six digits: three levels
            names.append(short)
        found |= {name: code for name in names if name}
    return found


def _unclassed(rows: pa.Table, name: str) -> Iterator[Problem]:
    wrong = rows.filter(pc.and_(pc.is_valid(rows["green_nfra"]), pc.is_null(rows["code"])))
    if len(wrong):
        yield error("aggregate.register_class_unknown", _where(wrong), register=name, n=len(wrong), found=wrong["green_nfra"][0].as_py())
    bare = rows.filter(pc.is_null(rows["green_nfra"]))
    if len(bare) and name == "bonds":
        yield error("aggregate.bonds_without_class", _where(bare), n=len(bare))


def _where(rows: pa.Table) -> str:
    return f"{rows['source_sheet'][0].as_py()}!{rows['source_row'][0].as_py()}" if len(rows) else ""


def stated_sums(facts: Facts) -> Outcome[tuple[Sum, ...]]:
    """What the bank states of itself (``green_operations.…`` of its file), each in its small unit; what it does not state has no sum."""
    found: list[Sum] = []
    problems: list[Problem] = []
    for item, (unit, small) in words()["stated"].items():
        text = facts.bank.extra.get(f"{_STATED}.{item}", "")
        if not text:
            continue
        try:
            amount, named = parse_quantity(text)
            value = Fraction(amount) * exact_ratio(unit if named == "dimensionless" else named, small)
        except (UnknownUnit, WrongDimension, ValueError):
            problems.append(error("aggregate.stated_unreadable", f"{_STATED}.{item}", found=text, unit=unit))
            continue
        found.append(Sum("stated", {"item": item}, int(round_half_up(value, 0)), small, 1, "stated", item))
    return Outcome(tuple(found), tuple(problems))

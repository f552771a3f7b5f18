"""Money of one currency other than the yuan: a method that takes no factor in money works in it as in any; two currencies never mix."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib.resources import files

from greenfin.core.problems import Refused, error
from greenfin.core.units import UnknownUnit, dimension, parse_unit
from greenfin.methods.declare import Declaration
from greenfin.methods.readings import plain

HOME = "CNY"


def in_its_currency(declaration: Declaration, given: Mapping[str, tuple[Decimal, str]]) -> Declaration:
    """The method with its money in the one currency that the inputs are in; raises Refused where they are in several.

    A method with factors or parameters in money stays in yuan.

    >>> from greenfin.methods.registry import method
    >>> dollars = {"balance": (Decimal(1), "百万美元"), "total_invest": (Decimal(4), "百万美元")}
    >>> in_its_currency(method("CBRC-ATTR").declaration, dollars).input("balance").unit
    'USD'
    """
    found = {name: code for name, (_, unit) in given.items() if (code := currency_of(unit))}
    codes = sorted(set(found.values()))
    if len(codes) > 1:
        told = ", ".join(f"{name} {code}" for name, code in found.items())
        raise Refused(error("measure.currencies_mixed", declaration.id, method=declaration.id, found=told))
    of_its_own = [s.unit for s in declaration.slots] + [p.unit for p in declaration.parameters]
    if not codes or codes == [HOME] or any(currency_of(unit) for unit in of_its_own):
        return declaration
    return _in(declaration, codes[0])


@cache
def currency_of(unit: str) -> str:
    """The code of the currency in a unit; empty where there is none.

    >>> currency_of("tCO2e/百万欧元"), currency_of("万元"), currency_of("t")
    ('EUR', 'CNY', '')
    """
    try:
        measured = dimension(plain(unit))
    except UnknownUnit:
        return ""
    return next((code for code in words() if dimension(code) in measured), "")


@cache
def words() -> Mapping[str, str]:
    """The word of each currency by its code."""
    rows = csv.DictReader(files("greenfin.core").joinpath("currencies.csv").read_text("utf-8").splitlines())
    return {row["code"]: row["word"] for row in rows}


def _in(declaration: Declaration, code: str) -> Declaration:
    """The declaration with this currency wherever it has the yuan."""
    return replace(
        declaration,
        inputs=tuple(replace(i, unit=in_currency(i.unit, code)) for i in declaration.inputs),
        outputs=tuple(replace(o, small=in_currency(o.small, code), printed=in_currency(o.printed, code)) for o in declaration.outputs),
        indicators=tuple(replace(i, unit=in_currency(i.unit, code)) for i in declaration.indicators),
    )


@cache
def in_currency(unit: str, code: str) -> str:
    """A unit of money in another currency.

    >>> in_currency("tCO2e/百万元", "USD"), in_currency("fen", "USD"), in_currency("t", "USD")
    ('tCO2e/百万美元', 'cUSD', 't')
    """
    if currency_of(unit) != HOME:
        return unit
    found = re.sub(rf"\bfen\b|{HOME}|{words()[HOME]}", lambda at: _SPELT.get(at[0], "{word}").format(code=code, word=words()[code]), unit)
    parse_unit(found)
    return found


_SPELT = {"fen": "c{code}", HOME: "{code}"}

"""Factors per unit of a product: the user's own, else what documents say of it (``products.csv``)."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import nan

import numpy as np

from greenfin.core.units import UnknownUnit, WrongDimension, ratio
from greenfin.financed.own import named, per_output
from greenfin.financed.sector import Asked, factor, joined
from greenfin.financed.view import Ints, Reals, View
from greenfin.methods.declare import Slot


@cache
def _listed() -> Sequence[Mapping[str, str]]:
    return tuple(csv.DictReader(files("greenfin.financed").joinpath("products.csv").read_text("utf-8").splitlines()))


def product_factors(view: View, asked: Asked) -> tuple[Reals, list[str], Ints]:
    """Tonnes per unit of each row's output (NaN: none known), the factors used (JSON) and the place of each row's among them."""
    words = [view.words(name) for name in ("output_product", "industry", "output_unit", "product")]
    shape = tuple(len(each.texts) for each in words)
    used, at = np.unique(np.ravel_multi_index(tuple(each.at for each in words), shape), return_inverse=True)
    chosen = zip(*(index.tolist() for index in np.unravel_index(used, shape)), strict=True)
    said = ([each.texts[place] for each, place in zip(words, places, strict=True)] for places in chosen)
    found = [_rate(product or of_loan, code, unit, asked) for product, code, unit, of_loan in said]
    return np.array([rate for rate, _ in found], np.float64)[at], [text for _, text in found], at.astype(np.int64)


def _rate(product: str | None, code: str | None, unit: str | None, asked: Asked) -> tuple[float, str]:
    """Tonnes per unit of a product of a class, and what says so."""
    if own := named(asked.own, "product", product, code):
        return per_output(own, unit), own.use("product")
    line = next((row for row in _listed() if _is_of(row, product, code)), None)
    if line is None:
        return nan, "[]"
    slots = [Slot(name, name, said, "same", "national") for name, _, said in (part.partition(" ") for part in line["factors"].split("|"))]
    parts = [factor(slot, asked) for slot in slots]
    return float(np.prod([one.number for one in parts])) * _scale(line["unit"], unit), joined(one.json for one in parts)


def _is_of(row: Mapping[str, str], product: str | None, code: str | None) -> bool:
    return code in row["classes"].split("|") and bool(product and re.search(row["pattern"], product.casefold()))


def _scale(unit: str, output: str | None) -> float:
    try:
        return ratio(unit, f"tCO2/{output}") if output else nan
    except (UnknownUnit, WrongDimension):
        return nan

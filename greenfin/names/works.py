"""Project names taken apart, columnwise: what is built, which phase, lot and part of it, how big, and where."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.records import Book
from greenfin.core.units import UnknownUnit, WrongDimension, ratio
from greenfin.names.joins import column
from greenfin.names.parts import Parts, folded, only, parts_of
from greenfin.names.words import any_of, provinces, words

Reals = NDArray[np.float64]
_AT_ONCE = 1 << 16  # projects whose names are taken apart at once
_CITY = r"^\d\d(?:\d[1-9]|[1-9]\d)"
_SIZES: Mapping[str, tuple[str, tuple[str, ...]]] = {  # what is compared, its unit, the inputs that state it
    "power": ("kW", ("capacity",)),
    "energy": ("kWh", ("capacity",)),
    "flow": ("m3/d", ("flow",)),
    "vehicles": ("", ("vehicles",)),
    "area": ("m2", ("area",)),
    "length": ("km", ("length",)),
    "yearly": ("", ()),
}


@dataclass(frozen=True, slots=True)
class Works:
    """The projects of a book in parts, one row a project; ``""`` and NaN where nothing is said.

    ``name`` is what is built, in one way of writing it; ``province`` and ``city`` are digits of GB/T 2260, ``town`` the city that the
    name begins with; ``code`` and ``approval`` without
    blanks and marks, empty where they hold no number.
    """

    ids: list[str]
    name: pa.Array
    phase: pa.Array
    lot: pa.Array
    part: pa.Array
    province: pa.Array
    city: pa.Array
    town: pa.Array
    owner: pa.Array
    code: pa.Array
    approval: pa.Array
    sizes: Mapping[str, Reals]


def works_of(book: Book) -> Works:
    """The projects of a book in parts."""
    projects = book.projects
    said = [_said(projects.slice(at, _AT_ONCE)) for at in range(0, max(len(projects), 1), _AT_ONCE)]
    texts = {name: pa.concat_arrays([one[name] for one, _ in said]) for name in said[0][0]}
    sizes = {name: np.concatenate([named[name] for _, named in said]) for name in _SIZES}
    for kind, (unit, inputs) in _SIZES.items():
        _stated(book, inputs, unit, sizes[kind])
    return Works(projects["project_id"].to_pylist(), **texts, owner=_owners(book), sizes=sizes)


def _said(projects: pa.Table) -> tuple[dict[str, pa.Array], dict[str, Reals]]:
    """What some projects say of themselves: texts, and sizes in their names."""
    written = folded(column(projects, "project_name"))
    said = words()["projects"]
    rest, phase = _without(written, said["phases"])
    rest, lot = _without(rest, said["lots"])
    size, parts = len(written), parts_of(pa.concat_arrays([written, pc.replace_substring_regex(rest, said["sizes"], "")]))
    province, city, town = _places(projects, parts.take(np.arange(size)))
    texts = {
        "name": _named(parts.core.slice(size)),
        "phase": _numbered(phase),
        "lot": _numbered(lot),
        "part": _first(rest, f"(?P<found>{any_of(said['parts'])})"),
        "province": province,
        "city": city,
        "town": town,
        "code": _document(column(projects, "official_code")),
        "approval": _document(column(projects, "approval_no")),
    }
    return texts, _sizes(written)


def _owners(book: Book) -> pa.Array:
    """For each project its only borrower, by code, else number, else name; empty where there are several or none."""
    loans = book.loans.select(["project_id", "customer_uscc", "customer_no", "customer_name"])
    loans = loans.filter(pc.is_valid(loans["project_id"]))
    code, number = (column(loans, which) for which in ("customer_uscc", "customer_no"))
    owner = pc.if_else(pc.not_equal(code, ""), code, number)
    unnumbered = pc.equal(owner, "")
    if pc.any(unnumbered).as_py():
        names = column(loans.select(["customer_name"]).filter(unnumbered), "customer_name")
        owner = pc.replace_with_mask(owner, unnumbered, folded(names))
    owners, projects = owner.dictionary_encode(), column(loans, "project_id").dictionary_encode()
    of, project = (each.indices.to_numpy() for each in (owners, projects))
    first = np.zeros(len(projects.dictionary), dtype=np.int64)
    first[project[::-1]] = of[::-1]
    alone = np.ones(len(first), dtype=np.bool_)
    alone[project[of != first[project]]] = False
    at = pc.index_in(column(book.projects, "project_id"), value_set=projects.dictionary)
    return pc.fill_null(owners.dictionary.take(pa.array(first, mask=~alone)).take(at), "")


def _without(text: pa.Array, pattern: str) -> tuple[pa.Array, pa.Array]:
    """The text without the first place where a pattern stands (and brackets around it), and what stood there."""
    found = _first(text, f"(?P<found>{pattern})")
    return only(text, pattern, lambda some: pc.replace_substring_regex(some, rf"\(?{pattern}\)?", "", max_replacements=1)), found


def _first(text: pa.Array, pattern: str) -> pa.Array:
    return pc.fill_null(pc.struct_field(pc.extract_regex(text, pattern), "found"), "")


def _numbered(found: pa.Array) -> pa.Array:
    """Numbers of phases and lots in figures, however they are written."""
    return _each(found, _figure)


def _each(column_: pa.Array, of: Callable[[str], str]) -> pa.Array:
    """A text made of each distinct text."""
    encoded = column_.dictionary_encode()
    made = [of(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(made, pa.string()).take(encoded.indices)


def _figure(text: str) -> str:
    """The number in a text such as ``第二期工程``: ``2``; a letter stays.

    >>> _figure("二期工程"), _figure("第十二期"), _figure("phase ii"), _figure("")
    ('2', '12', '2', '')
    """
    said = words()["projects"]
    found = re.search(said["figures"], text.removeprefix("phase"))
    if not found:
        return ""
    bare = found[0][:-1] if found[0][-1] not in _figures() else found[0]
    if bare in said["romans"]:
        return str(said["romans"].index(bare) + 1)
    tens, ten, ones = bare.rpartition(said["ten"])
    digits = {sign: n for n, sign in enumerate(said["digits"], 1)} | {said["first"]: 1}
    if ten:
        return str(digits.get(tens, 1) * 10 + digits.get(ones, 0))
    return str(digits[bare]) if bare in digits else bare.lstrip("0")


@cache
def _figures() -> frozenset[str]:
    said = words()["projects"]
    return frozenset(said["digits"] + said["ten"] + said["first"] + string.digits + string.ascii_lowercase)


def _named(core: pa.Array) -> pa.Array:
    """What is built: without words that say nothing and marks, in one way of writing it."""
    said = words()["projects"]
    name = pc.replace_substring(core, " ", "")
    for long, short in said["same"]:
        name = pc.replace_substring(name, long, short)
    return pc.replace_substring_regex(name, f"{any_of(said['fillers'])}", "")


def _places(projects: pa.Table, parts: Parts) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Province (two digits) and city (four) of each project's region, and the city its name begins with."""
    code = column(projects, "region")
    at = pc.index_in(parts.province, value_set=pa.array(list(provinces())))
    named = pc.fill_null(pa.array(list(provinces().values())).take(at), "")
    city = pc.if_else(pc.match_substring_regex(code, _CITY), pc.utf8_slice_codeunits(code, 0, 4), "")
    return pc.if_else(pc.equal(code, ""), named, pc.utf8_slice_codeunits(code, 0, 2)), city, parts.city


def _document(numbers: pa.Array) -> pa.Array:
    """Numbers of documents without blanks, brackets and marks; what holds no figure, or says that there is none, is empty."""
    said = words()["projects"]
    text = pc.replace_substring_regex(folded(numbers), r"[^\p{Han}a-z0-9]", "")
    real = pc.and_(pc.match_substring_regex(text, said["digit_sign"]), pc.greater_equal(pc.utf8_length(text), said["least_of_a_document"]))
    return pc.if_else(pc.and_(real, pc.invert(pc.is_in(text, value_set=pa.array(said["placeholders"])))), text, "")


def _sizes(written: pa.Array) -> dict[str, Reals]:
    """How big each project is by its name, by dimension."""
    found = {name: np.full(len(written), np.nan) for name in _SIZES}
    said = words()["projects"]
    sizes = pc.extract_regex(written, said["sizes"])
    units, numbers = pc.struct_field(sizes, "unit"), pc.struct_field(sizes, "number")
    for unit in pc.drop_null(pc.unique(units)).to_pylist():
        kind, times = words()["size_units"][unit]
        rows = np.flatnonzero(pc.fill_null(pc.equal(units, unit), False).to_numpy(zero_copy_only=False))
        found[kind][rows] = pc.cast(numbers.take(pa.array(rows)), pa.float64()).to_numpy(zero_copy_only=False) * times
    return found


def _stated(book: Book, names: tuple[str, ...], unit: str, found: Reals) -> None:
    """Put what the inputs of a size say in place of what the names say; the least value where they differ."""
    mine = book.inputs.filter(pc.is_in(book.inputs["input"], value_set=pa.array(names, pa.string())))
    at = pc.index_in(mine["project_id"], value_set=book.projects["project_id"].combine_chunks())
    rows = pc.fill_null(at, -1).to_numpy()
    values = mine["value"].to_numpy() * np.array([_times(u or "", unit) for u in mine["unit"].to_pylist()], dtype=np.float64)
    known = (rows >= 0) & ~np.isnan(values)
    found[rows[known]] = np.inf
    np.minimum.at(found, rows[known], values[known])


@cache
def _times(unit: str, wanted: str) -> float:
    """How many of the wanted unit one is; NaN for one that measures something else."""
    if not wanted:
        return 1.0
    try:
        return ratio(unit, wanted)
    except (UnknownUnit, WrongDimension):
        return np.nan

"""Published numbers (``factors/quantities.csv``, ``factors/values/``). How the right one is found: :mod:`factors`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from greenfin.core.period import Interval
from greenfin.core.problems import error
from greenfin.reference.files import Folder, Row, texts

QUANTITIES = "factors/quantities.csv"
VALUES = "factors/values/*.csv"
KINDS = ("annual", "standing", "price")
GRAINS = ("province", "grid", "country", "world")
_QUANTITY = ("id", "unit", "kind", "grain", "default_edition", "publishers", "name_zh", "name_en")
_VALUE = (
    *("id", "region", "edition", "publisher", "value", "unit", "data_year", "applies_from", "applies_until"),
    *("source", "locator", "verified", "gas", "scope", "note"),
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """What an id measures. ``unit`` fixes the dimension that every value of the id must have.

    ``kind``: annual (a series by data year), standing (holds until replaced) or price (a market price, no factor).
    ``grain``: the finest region it is published for. ``default_editions`` in order are looked at when no edition is asked for
    (a value without an edition always is; ``-``: only by name); ``publishers`` likewise (none listed: all).
    """

    id: str
    unit: str
    kind: str
    grain: str
    default_editions: tuple[str, ...]
    publishers: tuple[str, ...]
    name_zh: str
    name_en: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Factor:
    """A published value with its document. ``key`` is unique: ``grid.avg@CN-SC@2023@mee`` (a value that ends says so in its key).

    ``data_year`` is what the number describes, ``applies_from`` (inclusive) and ``applies_until`` (exclusive) when it may be used.
    ``verified``: ``yes``, ``one copy`` or ``no: why``.
    """

    key: str
    id: str
    region: str
    edition: str
    publisher: str
    value: Decimal
    unit: str
    data_year: int | None
    applies_from: date | None
    applies_until: date | None
    source: str
    locator: str
    verified: str
    gas: str
    scope: str
    name_zh: str
    name_en: str
    note: str
    where: str

    @property
    def is_verified(self) -> bool:
        """Whether the value was seen in its document, or in one copy of it."""
        return self.verified in ("yes", "one copy")

    @property
    def applies(self) -> Interval:
        """When the value may be used."""
        return Interval(self.applies_from, self.applies_until)


@dataclass(frozen=True)
class Factors:
    """All factors, with what their ids measure. ``grids``: province -> (grid region of the old scheme, of the new)."""

    factors: tuple[Factor, ...]
    quantities: Mapping[str, Quantity]
    grids: Mapping[str, tuple[str, str]]

    @cached_property
    def _by_id(self) -> Mapping[str, tuple[Factor, ...]]:
        found: dict[str, list[Factor]] = {}
        for factor in self.factors:
            found.setdefault(factor.id, []).append(factor)
        return {key: tuple(rows) for key, rows in found.items()}

    @cached_property
    def _by_key(self) -> Mapping[str, Factor]:
        return {factor.key: factor for factor in self.factors}

    @cached_property
    def answers(self) -> dict[object, object]:
        """What was found for each question: the same one is asked for every set of conventions."""
        return {}

    @property
    def ids(self) -> tuple[str, ...]:
        """All factor ids (without market prices) in the order of ``quantities.csv``."""
        return tuple(q.id for q in self.quantities.values() if q.kind != "price")

    def by_id(self, id: str) -> tuple[Factor, ...]:  # noqa: A002  # the word of the data
        """All values of an id; empty for an id that is not known."""
        return self._by_id.get(id, ())

    def get(self, key: str) -> Factor | None:
        """The value with that key."""
        return self._by_key.get(key)


def read_factors(folder: Folder, grids: Mapping[str, tuple[str, str]]) -> Factors:
    """All quantities and values; what is wrong is added to the folder's problems."""
    quantities = {q.id: q for q in _quantities(folder)}
    found: dict[str, Factor] = {}
    for path in folder.files(VALUES):
        for row in folder.rows(path, _VALUE):
            factor = _factor(folder, row, quantities)
            if factor.key in found:
                folder.problems.append(error("reference.key_twice", row.where, key=factor.key))
            found[factor.key] = factor
    return Factors(tuple(found.values()), quantities, grids)


def _quantities(folder: Folder) -> Iterable[Quantity]:
    seen: set[str] = set()
    for row in folder.rows(QUANTITIES, _QUANTITY):
        id_ = folder.identifier(row, "id")
        if id_ in seen:
            folder.problems.append(error("reference.key_twice", row.where, key=id_))
        seen.add(id_)
        yield Quantity(
            id_,
            folder.text(row, "unit"),
            folder.choice(row, "kind", KINDS),
            folder.choice(row, "grain", GRAINS),
            texts(row["default_edition"]),
            texts(row["publishers"]),
            folder.text(row, "name_zh"),
            folder.text(row, "name_en"),
            row.where,
        )


def _factor(folder: Folder, row: Row, quantities: Mapping[str, Quantity]) -> Factor:
    cells = row.cells
    id_, edition, publisher = cells["id"], cells["edition"], folder.text(row, "publisher")
    quantity = quantities.get(id_)
    if quantity is None:
        folder.problems.append(error("reference.quantity_unknown", row.where, id=id_))
    verified, ends = cells["verified"], cells["applies_until"]
    if verified not in ("yes", "one copy") and not verified.startswith("no: "):
        folder.problems.append(error("reference.verified_unclear", row.where, found=verified))
    year = folder.year(row, "data_year")
    until = f"until {ends}" if ends else ""
    return Factor(
        key="@".join(part for part in (id_, cells["region"], str(year or ""), edition or publisher, until) if part),
        id=id_,
        region=folder.text(row, "region"),
        edition=edition,
        publisher=publisher,
        value=folder.number(row, "value"),
        unit=folder.text(row, "unit"),
        data_year=year,
        applies_from=folder.day(row.where, "applies_from", cells["applies_from"]),
        applies_until=folder.day(row.where, "applies_until", ends),
        source=folder.text(row, "source"),
        locator=cells["locator"],
        verified=verified,
        gas=cells["gas"],
        scope=cells["scope"],
        name_zh=quantity.name_zh if quantity else "",
        name_en=quantity.name_en if quantity else "",
        note=cells["note"],
        where=row.where,
    )

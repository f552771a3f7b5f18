"""Finding a factor: nearest region first, then the latest year that may be used on the day; how it was found is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from greenfin.core.problems import error
from greenfin.reference.files import Folder
from greenfin.reference.regions import HOME, LAST_OLD_YEAR, WORLD
from greenfin.reference.strict_yaml import Block, Reader
from greenfin.reference.values import GRAINS, Factor, Factors, Quantity

__all__ = [
    "Choice",
    "Factor",
    "FactorSet",
    "Factors",
    "Found",
    "Quantity",
    "factor_json",
    "found_json",
    "read_sets",
    "resolve",
    "resolve_in",
    "summaries",
]

SETS = "factors/sets/*.yaml"


@dataclass(frozen=True, slots=True)
class Found:
    """A factor with how it was found, and the values that were passed over, the nearest and latest first, each with the reason (a word).

    ``how`` holds ``exact``, or any of ``parent_region``, ``earlier_year``, ``unverified``; empty when nothing was found.
    """

    factor: Factor | None
    how: tuple[str, ...] = ()
    passed_over: tuple[tuple[Factor, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a set says about a factor or a slot; None leaves it open."""

    region: str | None = None
    data_year: int | None = None
    edition: str | None = None
    publisher: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class FactorSet:
    """A named choice of factors (``factors/sets/*.yaml``); ``choices`` by factor id or by the slot of a method."""

    id: str
    name_zh: str
    name_en: str
    note: str
    choices: Mapping[str, Choice]
    where: str = ""

    def choice(self, slot: str, id: str) -> Choice:  # noqa: A002  # the word of the contract
        """What the set chooses for a slot, else for an id, else nothing."""
        return self.choices.get(slot) or self.choices.get(id) or Choice()


@dataclass(frozen=True, slots=True)
class _Query:
    quantity: Quantity
    regions: Sequence[str]
    on: date
    edition: str | None
    publisher: str | None
    data_year: int | None
    exact_year: bool
    grids: Mapping[str, tuple[str, str]]


def resolve(
    factors: Factors,
    id: str,  # noqa: A002  # the word of the contract
    *,
    regions: Sequence[str],
    on: date,
    edition: str | None = None,
    publisher: str | None = None,
    data_year: int | None = None,
    exact_year: bool = False,
) -> Found:
    """The value of an id for a place (``regions`` from nearest to widest) on a day. Never raises; an unknown id finds nothing.

    Of the nearest region that has a value which may be used on that day: the default edition, then the latest data year not after
    ``data_year`` (else the year of ``on``; with ``exact_year`` that year only), then the better verified, then the publisher's rank.
    A grid region counts in the scheme of the value's own data year: Sichuan is in Central China up to 2020, in the Southwest after.
    """
    quantity = factors.quantities.get(id)
    if quantity is None:
        return Found(None)
    question = (id, tuple(regions), on, edition, publisher, data_year, exact_year)
    known = factors.answers.get(question)
    if not isinstance(known, Found):
        known = _resolved(factors, _Query(quantity, regions, on, edition, publisher, data_year, exact_year, factors.grids))
        factors.answers[question] = known
    return known


def _resolved(factors: Factors, query: _Query) -> Found:
    near = [(factor, place) for factor in factors.by_id(query.quantity.id) if (place := _place(factor, query)) is not None]
    judged = [(factor, place, _objection(factor, query)) for factor, place in near]
    fitting = sorted(((f, place) for f, place, no in judged if not no), key=lambda pair: _rank(pair[0], pair[1], query))
    passed = [(f, at, no) for f, at, no in judged if no] + [(f, at, _outdone(f, at, *fitting[0], query)) for f, at in fitting[1:]]
    told = tuple((f, why) for f, _, why in sorted(passed, key=lambda each: (each[1], -(each[0].data_year or 0))))
    if not fitting:
        return Found(None, (), told)
    best, place = fitting[0]
    return Found(best, _how(best, place, query), told)


EQUALLY_GOOD = "equally_good"


def _outdone(factor: Factor, place: int, best: Factor, best_place: int, query: _Query) -> str:
    """Why a value that might be used was not the one."""
    if place > best_place:
        return "less_near"
    if _rank(factor, place, query)[:-1] == _rank(best, best_place, query)[:-1]:  # only the order of their names tells them apart
        return EQUALLY_GOOD
    return "older_year" if (factor.data_year or 0) < (best.data_year or 0) else "second_choice"


def resolve_in(
    factor_set: FactorSet | None,
    factors: Factors,
    id: str,  # noqa: A002  # the word of the contract
    *,
    regions: Sequence[str],
    on: date,
    slot: str = "",
    edition: str | None = None,
    publisher: str | None = None,
    data_year: int | None = None,
) -> Found:
    """The same through a named set: what it chooses for the slot, else for the id, replaces region, year, edition and publisher."""
    choice = factor_set.choice(slot, id) if factor_set else Choice()
    return resolve(
        factors,
        choice.id or id,
        regions=(choice.region,) if choice.region else regions,
        on=on,
        edition=choice.edition if choice.edition is not None else edition,
        publisher=choice.publisher if choice.publisher is not None else publisher,
        data_year=choice.data_year or data_year,
        exact_year=choice.data_year is not None,
    )


def _place(factor: Factor, query: _Query) -> int | None:
    """How far away the value's region is (0: nearest), or None where it does not cover the place."""
    near = query.regions[0] if query.regions else ""
    schemes = query.grids.get(near)
    if schemes and factor.region.startswith("CN-GRID-"):
        old = factor.data_year is not None and factor.data_year <= LAST_OLD_YEAR
        asked = any(region.startswith("CN-GRID-") for region in query.regions)
        return 1 if asked and factor.region == schemes[0 if old else 1] else None
    if factor.region in query.regions:
        return list(query.regions).index(factor.region)
    return len(query.regions) if factor.region == WORLD else None


def _objection(factor: Factor, query: _Query) -> str:
    """Why a value of the place may not be used, or the empty text."""
    if query.edition is not None:
        edition_fits = factor.edition == query.edition
    else:
        allowed = query.quantity.default_editions
        edition_fits = allowed != ("-",) and (not factor.edition or factor.edition in allowed)
    if not edition_fits:
        return "other_edition"
    publishers = (query.publisher,) if query.publisher is not None else query.quantity.publishers
    if publishers and factor.publisher not in publishers:
        return "other_publisher"
    return _too_late(factor, query)


def _too_late(factor: Factor, query: _Query) -> str:
    target = query.data_year or query.on.year
    if query.exact_year and factor.data_year != target:
        return "other_year"
    if factor.data_year is not None and factor.data_year > target:
        return "later_year"
    if factor.applies_from is not None and query.on < factor.applies_from:
        return "not_yet_published"
    return "" if query.on in factor.applies else "no_longer_applies"


def _rank(factor: Factor, place: int, query: _Query) -> tuple[int, int, int, int, int, str]:
    editions, publishers = query.quantity.default_editions, query.quantity.publishers
    edition = editions.index(factor.edition) if factor.edition in editions else 0
    publisher = publishers.index(factor.publisher) if factor.publisher in publishers else 0
    proof = 0 if factor.verified == "yes" else 1 if factor.is_verified else 2
    annual = query.quantity.kind == "annual"
    first, second = (place, edition) if annual else (edition, place)
    return first, second, -(factor.data_year or 0), proof, publisher, factor.key


def _how(factor: Factor, place: int, query: _Query) -> tuple[str, ...]:
    target = query.data_year or query.on.year
    found = []
    if place > 0 and (_is_wider(factor, query) or _is_abroad(factor, query)):
        found.append("parent_region")
    if query.quantity.kind == "annual" and factor.data_year is not None and factor.data_year < target:
        found.append("earlier_year")
    if not factor.is_verified:
        found.append("unverified")
    return tuple(found) or ("exact",)


def _level(code: str) -> int:
    if code == WORLD:
        return GRAINS.index("world")
    if code.startswith("CN-GRID-"):
        return GRAINS.index("grid")
    return GRAINS.index("province") if "-" in code else GRAINS.index("country")


def _is_wider(factor: Factor, query: _Query) -> bool:
    """Whether the value's region is wider than the place asked for, and wider than the quantity is published for."""
    return _level(factor.region) > max(_level(query.regions[0]), GRAINS.index(query.quantity.grain))


def _is_abroad(factor: Factor, query: _Query) -> bool:
    return HOME in query.regions and _level(factor.region) == GRAINS.index("country") and factor.region != HOME


def read_sets(folder: Folder) -> Mapping[str, FactorSet]:
    """All named sets by id; what is wrong is added to the folder's problems."""
    found: dict[str, FactorSet] = {}
    for path in folder.files(SETS):
        block = folder.block(path)
        if block is None:
            continue
        chosen = _set(folder, block)
        if chosen.id != path.rpartition("/")[2].removesuffix(".yaml"):
            folder.problems.append(error("reference.id_differs", block.where, id=chosen.id, file=path))
        found[chosen.id] = chosen
    return found


def _set(folder: Folder, block: Block) -> FactorSet:
    reader = Reader(block, folder.problems)
    choices = {}
    for key, value in (reader.inner("choices") or {}).items():
        if isinstance(value, Block):
            choices[key] = _choice(folder, value)
        else:
            folder.problems.append(error("reference.set_choice_unclear", block.where, id=key))
    found = FactorSet(reader.text("id"), reader.text("name_zh"), reader.text("name_en"), reader.text("note", ""), choices, block.where)
    reader.done()
    return found


def _choice(folder: Folder, block: Block) -> Choice:
    reader = Reader(block, folder.problems)
    year = reader.text("data_year", "")
    if year and not (year.isascii() and year.isdigit()):
        folder.problems.append(error("reference.not_a_year", block.where, column="data_year", found=year))
        year = ""
    given = {name: reader.text(name, "") or None for name in ("region", "edition", "publisher", "id")}
    reader.done()
    return Choice(given["region"], int(year) if year else None, given["edition"], given["publisher"], given["id"])


def summaries(factors: Factors, words: Sequence[str] = ()) -> list[dict[str, object]]:
    """Each factor id in a row: names, unit, number of values, first and last data year; with words: those that hold them all."""
    wanted = [word.casefold() for word in words]
    chosen = (factors.quantities[id_] for id_ in factors.ids)
    return [_summary(factors, q) for q in chosen if all(word in f"{q.id} {q.name_zh} {q.name_en}".casefold() for word in wanted)]


def _summary(factors: Factors, quantity: Quantity) -> dict[str, object]:
    rows = factors.by_id(quantity.id)
    years = [row.data_year for row in rows if row.data_year]
    named = {"id": quantity.id, "name_zh": quantity.name_zh, "name_en": quantity.name_en, "unit": quantity.unit}
    return {**named, "rows": len(rows), "years": [min(years), max(years)] if years else []}


def factor_json(factor: Factor) -> dict[str, object]:
    """A factor with every field of its row; numbers as exact text, days as ISO text."""
    return {
        "key": factor.key,
        "id": factor.id,
        "name_zh": factor.name_zh,
        "name_en": factor.name_en,
        "region": factor.region,
        "edition": factor.edition,
        "publisher": factor.publisher,
        "value": str(factor.value),
        "unit": factor.unit,
        "data_year": factor.data_year,
        "applies_from": factor.applies_from.isoformat() if factor.applies_from else None,
        "applies_until": factor.applies_until.isoformat() if factor.applies_until else None,
        "source": factor.source,
        "locator": factor.locator,
        "verified": factor.verified,
        "gas": factor.gas,
        "scope": factor.scope,
        "note": factor.note,
    }


def found_json(found: Found) -> dict[str, object]:
    """The shape of ``greenfin factor find``: the factor, how it was found, and what was passed over with the reason."""
    return {
        "factor": factor_json(found.factor) if found.factor else None,
        "found": "+".join(found.how),
        "passed_over": [{"key": f.key, "value": str(f.value), "unit": f.unit, "reason": why} for f, why in found.passed_over],
    }

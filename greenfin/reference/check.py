"""What must hold between the reference data: dimensions, validity, parents, official counts, sources, arithmetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import combinations
from pathlib import Path
from statistics import median

from greenfin.core.problems import BadReference, Problem, error, info, warning
from greenfin.core.units import UnknownUnit, dimension, exact_ratio
from greenfin.reference.calibration import read_calibration
from greenfin.reference.catalogue import Catalogue, Entry
from greenfin.reference.factors import Factor, Quantity, resolve
from greenfin.reference.likeness import read_likeness
from greenfin.reference.load import Reference
from greenfin.reference.regions import HOME, WORLD
from greenfin.reference.rules import Rule
from greenfin.reference.thresholds import read_thresholds
from greenfin.reference.words import read_assets

CARBON_TO_CO2 = Fraction(44, 12)
STANDARD_COAL = "tce.def"  # what a kilogram of standard coal holds
OUTLIER = 10
EVER = date.max
CATALOGUES = "taxonomy"


def problems_of(reference: Reference) -> Iterator[Problem]:
    """Everything that breaks a law of the data, each with its file and line."""
    yield from _units(reference)
    yield from _validity(reference)
    yield from _references(reference)
    yield from _identities(reference)
    yield from _outliers(reference)
    for catalogue in reference.catalogues.values():
        yield from _catalogue(reference, catalogue)
    yield from _industries(reference)
    yield from _moves(reference)
    yield from _crossings(reference)


def remarks_of(reference: Reference, uses: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """What is allowed and worth knowing: declared gaps, unverified values, and what the strict policy leaves blank."""
    yield from _gaps(reference)
    for factor in reference.factors.factors:
        if not factor.is_verified:
            yield info("reference.factor_unverified", factor.where, key=factor.key, why=factor.verified.partition(": ")[2])
    for rule in reference.editions.rules:
        if rule.status == "unverified":
            yield info("reference.edition_unverified", rule.where, edition=rule.edition)
    yield from _undated(reference)
    yield from _blanks(reference, uses)


def _gaps(reference: Reference) -> Iterator[Problem]:
    """The gaps that the editions declare: missing entries one by one, of the other kinds all editions in one line."""
    listed: dict[str, list[str]] = {}
    for catalogue in reference.catalogues.values():
        for gap in catalogue.gaps:
            if gap.what == "entries":
                yield info("reference.gap_declared", catalogue.where, edition=catalogue.id, level=gap.level, missing=gap.missing)
            else:
                listed.setdefault(gap.what, []).append(f"{catalogue.id} {gap.missing or ''}".strip())
    if "criteria" in listed:
        yield info("reference.gap_criteria", CATALOGUES, editions=", ".join(listed["criteria"]))
    if "numbering" in listed:
        yield info("reference.gap_numbering", CATALOGUES, editions=", ".join(listed["numbering"]))
    if "scope" in listed:
        yield info("reference.gap_scope", CATALOGUES, editions=", ".join(listed["scope"]))


def unknown_methods(reference: Reference, methods: Collection[str]) -> Iterator[Problem]:
    """Lines of the method map that name a method there is none of."""
    for rule in reference.method_map:
        if rule.method not in methods:
            yield error("reference.method_unknown", rule.where, method=rule.method, known=", ".join(sorted(methods)))


def _undated(reference: Reference) -> Iterator[Problem]:
    """Documents of yearly values whose day of publication is not known: from when their values were public cannot be said."""
    annual = {quantity.id for quantity in reference.factors.quantities.values() if quantity.kind == "annual"}
    undated = Counter(f.source for f in reference.factors.factors if f.id in annual and f.applies_from is None)
    for name, source in reference.sources.items():
        if undated[name]:
            yield info("reference.publication_unknown", source.where, source=name, n=undated[name])


def _blanks(reference: Reference, uses: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Ids and regions whose latest default value is unverified: the strict policy refuses what rests on them."""
    for id_ in reference.factors.ids:
        regions = {factor.region for factor in reference.factors.by_id(id_)}
        for region in sorted(regions - {WORLD} if HOME in regions else regions):
            found = resolve(reference.factors, id_, regions=(region,), on=EVER)
            if found.factor and not found.factor.is_verified:
                methods = ", ".join(dict.fromkeys(uses.get(id_, ()))) or "-"
                blank = {"id": id_, "region": region, "key": found.factor.key, "methods": methods}
                yield warning("reference.strict_blanks", found.factor.where, **blank)


# units


def _dimension(unit: str) -> str | None:
    try:
        return dimension(unit)
    except UnknownUnit:
        return None


def _units(reference: Reference) -> Iterator[Problem]:
    wanted: dict[str, str | None] = {}
    for quantity in reference.factors.quantities.values():
        wanted[quantity.id] = _dimension(quantity.unit)
        if wanted[quantity.id] is None:
            yield error("reference.unit_unknown", quantity.where, unit=quantity.unit)
        if not reference.factors.by_id(quantity.id):
            yield error("reference.quantity_empty", quantity.where, id=quantity.id)
    for factor in reference.factors.factors:
        found = _dimension(factor.unit)
        if found is None:
            yield error("reference.unit_unknown", factor.where, unit=factor.unit)
        elif wanted.get(factor.id) not in (None, found):
            unit = reference.factors.quantities[factor.id].unit
            yield error("reference.unit_dimension", factor.where, id=factor.id, unit=factor.unit, wanted=unit)


# validity


def _validity(reference: Reference) -> Iterator[Problem]:
    same: dict[tuple[object, ...], list[Factor]] = {}
    for factor in reference.factors.factors:
        if factor.applies_from and factor.applies_until and factor.applies_until <= factor.applies_from:
            days = {"start": factor.applies_from.isoformat(), "end": factor.applies_until.isoformat()}
            yield error("reference.interval_backwards", factor.where, key=factor.key, **days)
        yield from _too_early(reference, factor)
        same.setdefault((factor.id, factor.region, factor.edition, factor.publisher, factor.data_year), []).append(factor)
    for group in same.values():
        for one, other in combinations(group, 2):
            if one.applies.overlaps(other.applies):
                yield error("reference.interval_overlap", other.where, key=other.key, other=one.where)


def _too_early(reference: Reference, factor: Factor) -> Iterator[Problem]:
    """A value cannot be used before its document was published (a published year or month counts from its first day)."""
    document = reference.sources.get(factor.source)
    published = document.published_on if document else ""
    if factor.applies_from and factor.applies_from.isoformat()[: len(published)] < published:
        days = {"start": factor.applies_from.isoformat(), "published": published}
        yield error("reference.before_publication", factor.where, key=factor.key, source=factor.source, **days)


# what is named must exist


def _references(reference: Reference) -> Iterator[Problem]:
    for factor in reference.factors.factors:
        if factor.source not in reference.sources:
            yield error("reference.source_unknown", factor.where, source=factor.source)
        if factor.region not in reference.regions.by_code:
            yield error("reference.region_unknown", factor.where, region=factor.region)
    for quantity in reference.factors.quantities.values():
        yield from _defaults(reference, quantity)
    for each in reference.factor_sets.values():
        for name, choice in each.choices.items():
            rows = reference.factors.by_id(choice.id or name)
            wanted = {"region": choice.region, "data_year": choice.data_year, "edition": choice.edition, "publisher": choice.publisher}
            asked = {key: value for key, value in wanted.items() if value is not None}
            if not any(all(getattr(row, key) == value for key, value in asked.items()) for row in rows):
                yield error("reference.set_choice_unknown", each.where, set=each.id, id=name, asked=str(asked))


def _defaults(reference: Reference, quantity: Quantity) -> Iterator[Problem]:
    rows = reference.factors.by_id(quantity.id)
    for name, listed, known in (
        ("default_edition", quantity.default_editions, {row.edition for row in rows} | {"-"}),
        ("publishers", quantity.publishers, {row.publisher for row in rows}),
    ):
        for value in listed:
            if value not in known:
                yield error("reference.default_unknown", quantity.where, id=quantity.id, column=name, found=value)


# arithmetic


def _identities(reference: Reference) -> Iterator[Problem]:
    for quantity in reference.factors.quantities.values():
        if quantity.id.startswith("fuel.") and quantity.id.endswith(".ef"):
            for factor in reference.factors.by_id(quantity.id):
                yield from _emission_factor(reference, factor)
        if quantity.id.startswith("tce."):
            yield from _coefficients(reference, quantity.id)


def _same_edition(reference: Reference, factor: Factor, id_: str) -> Factor | None:
    same = (factor.region, factor.edition)
    return next((row for row in reference.factors.by_id(id_) if (row.region, row.edition) == same), None)


def _emission_factor(reference: Reference, factor: Factor) -> Iterator[Problem]:
    """The printed factor is NCV x carbon x oxidation x 44/12, to half a unit of its last digit."""
    base = factor.id.removesuffix("ef")
    parts = [_same_edition(reference, factor, base + part) for part in ("ncv", "cc", "ox")]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or any(_dimension(part.unit) is None for part in [*known, factor]):
        return
    ncv, carbon, oxidation = (Fraction(part.value) for part in known)
    per = factor.unit.partition("/")[2]
    scale = exact_ratio(known[0].unit, f"TJ/{per}")
    computed = ncv * scale * carbon * oxidation * CARBON_TO_CO2
    if abs(computed - Fraction(factor.value)) > _half_digit(factor.value):
        found = {"found": str(factor.value), "computed": f"{float(computed):.6g}"}
        yield error("reference.identity_emission_factor", factor.where, key=factor.key, **found)


def _half_digit(value: Decimal) -> Fraction:
    exponent = value.as_tuple().exponent
    return Fraction(1, 2) * Fraction(10) ** (exponent if isinstance(exponent, int) else 0)


def _coefficients(reference: Reference, id_: str) -> Iterator[Problem]:
    """A standard-coal coefficient is the calorific value over that of standard coal, within 0.2 % or half its last digit.

    (The coefficients are ratios of kilocalories, the printed calorific values were converted with a rounded calorie: 0.11 % apart.)
    """
    coal = next(iter(reference.factors.by_id(STANDARD_COAL)), None)
    ncv_id = f"fuel.{id_.partition('.')[2]}.ncv"
    for row in reference.factors.by_id(id_):
        for ncv in reference.factors.by_id(ncv_id):
            if coal is None or ncv.publisher != "sac" or row.edition or None in (_dimension(ncv.unit), _dimension(row.unit)):
                continue
            per = row.unit.partition("/")[2]
            computed = Fraction(ncv.value) * exact_ratio(ncv.unit, f"MJ/{per}") / Fraction(coal.value)
            tolerance = max(computed / 500, _half_digit(row.value))
            if abs(computed - Fraction(row.value)) > tolerance:
                found = {"found": str(row.value), "computed": f"{float(computed):.6g}"}
                yield error("reference.identity_coefficient", row.where, key=row.key, other=ncv.key, **found)


def _outliers(reference: Reference) -> Iterator[Problem]:
    """A value more than ten times off the median of its id needs a note."""
    for quantity in reference.factors.quantities.values():
        rows = [row for row in reference.factors.by_id(quantity.id) if _dimension(row.unit) == _dimension(quantity.unit) is not None]
        values = [Fraction(row.value) * exact_ratio(row.unit, quantity.unit) for row in rows]
        middle = median(values) if values else Fraction(0)
        for row, value in zip(rows, values, strict=True):
            if middle > 0 and not middle / OUTLIER <= value <= middle * OUTLIER and not row.note:
                yield error("reference.outlier", row.where, key=row.key, found=str(row.value), median=f"{float(middle):.6g}")


# catalogues


def _catalogue(reference: Reference, catalogue: Catalogue) -> Iterator[Problem]:
    if catalogue.source not in reference.sources:
        yield error("reference.source_unknown", catalogue.where, source=catalogue.source)
    if catalogue.in_force_from and catalogue.in_force_until and catalogue.in_force_until <= catalogue.in_force_from:
        days = {"start": catalogue.in_force_from.isoformat(), "end": catalogue.in_force_until.isoformat()}
        yield error("reference.interval_backwards", catalogue.where, key=catalogue.id, **days)
    yield from _counts(catalogue)
    for entry in catalogue.entries.values():
        yield from _entry(reference, catalogue, entry)


def of_tagging(reference: Reference, catalogues: Iterable[Catalogue]) -> Iterator[Problem]:
    """What is wrong with the rules, assets and thresholds of these editions."""
    yield from _unreadable(read_calibration, reference.root / "taxonomy")
    citable = tuple(_citable(reference))
    for catalogue in catalogues:
        yield from _unreadable(read_assets, catalogue.folder / "assets.csv")
        yield from _unreadable(read_thresholds, catalogue.folder / "thresholds.csv")
        leaves = [entry.code for entry in catalogue.leaves()]
        yield from _unreadable(partial(read_likeness, codes=leaves), catalogue.folder)
        try:
            rules, problems = catalogue.rules_read
        except BadReference:  # of the assets through which entries are turned, told above
            continue
        yield from problems
        for rule in rules:
            yield from _rule(catalogue, rule, citable)
        for own in (catalogue.inherits.entries if catalogue.inherits else {}).values():
            if own and own not in catalogue.entries:
                yield error("reference.entry_unknown", catalogue.where, edition=catalogue.id, entry=own)


def _unreadable(reader: Callable[[Path], object], path: Path) -> tuple[Problem, ...]:
    try:
        reader(path)
    except BadReference as bad:
        return bad.problems
    return ()


def _rule(catalogue: Catalogue, rule: Rule, citable: tuple[str, ...]) -> Iterator[Problem]:
    if rule.entry and rule.entry not in catalogue.entries:
        yield error("reference.entry_unknown", rule.where, edition=catalogue.id, entry=rule.entry)
    if not rule.source.startswith(citable):
        yield error("reference.source_unknown", rule.where, source=rule.source)


def _citable(reference: Reference) -> Iterator[str]:
    """What a tagging rule may call a document by: its id, its title or its number; a clause may follow."""
    for source in reference.sources.values():
        yield from (name for name in (source.id, source.title_zh, source.title_en, source.number) if name)
    yield from (catalogue.title_zh for catalogue in reference.catalogues.values())


def _entry(reference: Reference, catalogue: Catalogue, entry: Entry) -> Iterator[Problem]:
    parent = catalogue.entries.get(entry.parent)
    if (entry.parent or entry.level != 1) and (parent is None or parent.level != entry.level - 1):
        yield error("reference.parent_missing", entry.where, entry=entry.code, parent=entry.parent)
    for code in (*entry.industries, *entry.remark_industries):
        if code not in reference.industries:
            yield error("reference.industry_unknown", entry.where, entry=entry.code, industry=code)
    for code in entry.related:
        if code not in catalogue.entries:
            yield error("reference.entry_unknown", entry.where, edition=catalogue.id, entry=code)
    if bool(entry.industries) != bool(entry.industries_basis):
        yield error("reference.basis_unclear", entry.where, entry=entry.code)


def _counts(catalogue: Catalogue) -> Iterator[Problem]:
    found = Counter(entry.level for entry in catalogue.entries.values())
    if not catalogue.counts and any(gap.what == "scope" for gap in catalogue.gaps):
        return
    missing = {gap.level: gap.missing for gap in catalogue.gaps if gap.what == "entries"}
    for level in sorted(set(found) | set(catalogue.counts)):
        official = catalogue.counts.get(level, 0)
        if found[level] + missing.get(level, 0) != official:
            counted = {"found": found[level], "official": official}
            yield error("reference.count_differs", catalogue.where, edition=catalogue.id, level=level, **counted)


def _industries(reference: Reference) -> Iterator[Problem]:
    for industry in reference.industries.values():
        parent = reference.industries.get(industry.parent)
        if industry.level > 1 and (parent is None or parent.level != industry.level - 1 or parent.section != industry.section):
            yield error("reference.parent_missing", industry.where, entry=industry.code, parent=industry.parent)


def _crossings(reference: Reference) -> Iterator[Problem]:
    """A pair stands once; an entry is split where it has several counterparts, and dropped only where it has none."""
    targets: dict[tuple[str, str, str], list[str]] = {}
    for crossing in reference.crosswalks:
        known = targets.setdefault((crossing.from_edition, crossing.from_code, crossing.to_edition), [])
        if crossing.to_code in known:
            yield error("reference.key_twice", crossing.where, key=f"{crossing.from_code} {crossing.to_code}".strip())
        known.append(crossing.to_code)
    for crossing in reference.crosswalks:
        several = len(set(targets[crossing.from_edition, crossing.from_code, crossing.to_edition])) > 1
        if several != (crossing.kind == "split"):
            yield error("reference.crossing_unclear", crossing.where, kind=crossing.kind, entry=crossing.to_code)


def _moves(reference: Reference) -> Iterator[Problem]:
    """Editions, crosswalks and the method map name editions and entries that exist."""
    named = [(rule.where, rule.edition, "") for rule in reference.editions.rules]
    named += [(rule.where, rule.edition, rule.entry) for rule in reference.method_map]
    for crossing in reference.crosswalks:
        named.append((crossing.where, crossing.from_edition, crossing.from_code))
        named.append((crossing.where, crossing.to_edition, crossing.to_code))
    for where, edition, code in named:
        catalogue = reference.catalogues.get(edition)
        if catalogue is None:
            yield error("reference.edition_unknown", where, edition=edition)
        elif code and code not in catalogue.entries:
            yield error("reference.entry_unknown", where, edition=edition, entry=code)
    for rule in reference.editions.rules:
        if rule.source not in reference.sources:
            yield error("reference.source_unknown", rule.where, source=rule.source)
    defaults = [catalogue.id for catalogue in reference.catalogues.values() if catalogue.default]
    if reference.catalogues and len(defaults) != 1:
        yield error("reference.default_edition", CATALOGUES, found=", ".join(defaults) or "-")

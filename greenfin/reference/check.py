"""What must hold between the catalogues: parents, official counts, documents, rules of tagging; and what is worth a remark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from greenfin.core.problems import BadReference, Problem, error, info, warning
from greenfin.reference.calibration import read_calibration
from greenfin.reference.catalogue import Catalogue, Entry
from greenfin.reference.factors import resolve
from greenfin.reference.likeness import read_likeness
from greenfin.reference.load import Reference
from greenfin.reference.regions import HOME, WORLD
from greenfin.reference.rules import Rule
from greenfin.reference.siblings import broken_identities, unlike_siblings
from greenfin.reference.thresholds import read_thresholds
from greenfin.reference.words import read_assets

EVER = date.max
CATALOGUES = "taxonomy"


def of_catalogues(reference: Reference) -> Iterator[Problem]:
    """Every catalogue, industry, crosswalk or rule of editions that breaks a law of the data, with its file and line."""
    for catalogue in reference.catalogues.values():
        yield from _catalogue(reference, catalogue)
    yield from _industries(reference)
    yield from _moves(reference)
    yield from _crossings(reference)


def remarks_of(reference: Reference, uses: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """What is allowed and worth knowing (declared gaps, unverified values, what the strict policy blanks), and values of a wrong size."""
    yield from _gaps(reference)
    for factor in reference.factors.factors:
        if not factor.is_verified:
            yield info("reference.factor_unverified", factor.where, key=factor.key, why=factor.verified.partition(": ")[2])
    for rule in reference.editions.rules:
        if rule.status == "unverified":
            yield info("reference.edition_unverified", rule.where, edition=rule.edition)
    yield from unlike_siblings(reference.factors)
    yield from broken_identities(reference.factors)
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

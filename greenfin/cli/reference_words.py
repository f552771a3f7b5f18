"""Factors and catalogue entries as lines for a person, in the language of the session."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from greenfin.cli.aligned import aligned
from greenfin.cli.session import Session
from greenfin.messages.words import codes
from greenfin.reference.catalogue import Catalogue, Crossing, Entry
from greenfin.reference.factors import Factor, Found
from greenfin.reference.load import Reference

PASSED_SHOWN = 8


def _in(session: Session, zh: str, en: str) -> str:
    return zh if session.lang == "zh" else en


def _word(session: Session, code: str, fallback: str) -> str:
    return codes(session.lang).get(code, fallback)


def _heads(session: Session, *names: str) -> tuple[str, ...]:
    return tuple(session.say(f"data.{name}") for name in names)


# factors


def factor_lines(session: Session, rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """One line an id: id, number of values, years, unit, name."""
    if not rows:
        yield session.say("factor.nothing_listed")
        return
    shown = [(str(r["id"]), str(r["rows"]), _years(r["years"]), str(r["unit"]), str(r[f"name_{session.lang}"])) for r in rows]
    yield from aligned([_heads(session, "id", "values", "years", "unit", "name"), *shown])


def _years(years: object) -> str:
    known = list(years) if isinstance(years, list) else []
    return "–".join(str(year) for year in dict.fromkeys(known)) or "-"


def verified(session: Session, factor: Factor) -> str:
    """How sure a value is, in words."""
    kind, _, why = factor.verified.partition(": ")
    return session.say(f"verified.{kind}", why=why)


def value_lines(session: Session, reference: Reference, found: Sequence[Factor]) -> Iterator[str]:
    """All values of a factor: region, year, value, unit, edition or publisher, how sure, document."""
    yield f"{_in(session, found[0].name_zh, found[0].name_en)} ({found[0].id})"
    yield from aligned(
        [_heads(session, "region", "year", "value", "unit", "edition", "verified", "document"), *_values(session, reference, found)]
    )


def _values(session: Session, reference: Reference, found: Sequence[Factor]) -> Iterator[tuple[str, ...]]:
    for f in found:
        place = f"{reference.regions.name(f.region, session.lang)} {f.region}"
        sure, document = verified(session, f), _document(session, reference, f)
        yield place, str(f.data_year or "-"), str(f.value), f.unit, f.edition or f.publisher, sure, document


def _document(session: Session, reference: Reference, factor: Factor) -> str:
    return f"{reference.sources[factor.source].cite(session.lang)} {factor.locator}".rstrip()


def found_lines(session: Session, reference: Reference, found: Found, day: date) -> Iterator[str]:
    """The factor that was found: value, region, year, how it was found, document, how sure, since when it may be used."""
    f = found.factor
    if f is None:
        return
    yield f"{_in(session, f.name_zh, f.name_en)}  {f.value} {f.unit}"
    how = [session.say(f"data.found.{each}", year=f.data_year, on=day.year, region=f.region) for each in found.how]
    rows = [
        ("region", f"{reference.regions.name(f.region, session.lang)} ({f.region})"),
        ("year", str(f.data_year or "-")),
        ("found", _in(session, "；", "; ").join(how)),
        ("document", _document(session, reference, f)),
        ("verified", verified(session, f)),
        ("applies", _span(session, f.applies_from, f.applies_until)),
        ("note", f.note),
        ("key", f.key),
    ]
    yield from aligned([(f"  {session.say(f'data.{name}')}", text) for name, text in rows if text])


def _span(session: Session, start: date | None, end: date | None) -> str:
    if start and end:
        return session.say("data.from_until", start=start, end=end)
    if start or end:
        return session.say("data.from", start=start) if start else session.say("data.until", end=end)
    return session.say("data.always")


def passed_lines(session: Session, reference: Reference, found: Found) -> Iterator[str]:
    """The values that were passed over, the nearest first, each with the reason."""
    if not found.passed_over:
        return
    yield session.say("data.passed_over", n=len(found.passed_over))
    rows = [
        (
            f"  {reference.regions.name(f.region, session.lang)}",
            str(f.data_year or "-"),
            f"{f.value} {f.unit}",
            f.edition or f.publisher,
            _reason(session, f, why),
        )
        for f, why in found.passed_over[:PASSED_SHOWN]
    ]
    yield from aligned(rows)
    if len(found.passed_over) > PASSED_SHOWN:
        yield " " + session.say("cli.and_more", n=len(found.passed_over) - PASSED_SHOWN)


def _reason(session: Session, factor: Factor, why: str) -> str:
    return session.say(f"data.passed.{why}", start=factor.applies_from, end=factor.applies_until, year=factor.data_year)


# catalogues


def edition_lines(session: Session, catalogues: Iterable[Catalogue]) -> Iterator[str]:
    """One line an edition: id, title, number, when in force, entries; the default one is marked."""
    rows = [
        (c.id, _in(session, c.title_zh, c.title_en), c.number, _span(session, c.in_force_from, c.in_force_until), str(len(c.entries)))
        for c in sorted(catalogues, key=lambda c: not c.default)
    ]
    yield from aligned([_heads(session, "id", "title", "number", "in_force", "entries"), *rows])


def tree_lines(session: Session, catalogue: Catalogue) -> Iterator[str]:
    """All entries, each under its class."""
    yield f"{_in(session, catalogue.title_zh, catalogue.title_en)} {catalogue.number}"
    for entry in catalogue.entries.values():
        yield f"{'  ' * entry.level}{entry.code}  {_in(session, entry.name_zh, entry.name_en)}"


def entry_lines(session: Session, reference: Reference, catalogue: Catalogue, entry: Entry) -> Iterator[str]:
    """An entry with its classes, criteria, industries (named), carbon mark, key words and place in the document."""
    yield f"{entry.code}  {entry.name_zh}  {entry.name_en}"
    above = [catalogue.entries[code] for code in reversed(catalogue.ancestors(entry.code))]
    industries = [f"{code} {reference.industries[code].name_zh}" for code in entry.industries]
    rows = [
        ("catalogue", _in(session, catalogue.title_zh, catalogue.title_en)),
        ("class", " > ".join(f"{e.code} {_in(session, e.name_zh, e.name_en)}" for e in above)),
        ("activity", _named(session, "activity", entry.activity)),
        ("criteria", entry.criteria),
        ("industries", ", ".join(industries) + (f" ({_named(session, 'basis', entry.industries_basis)})" if industries else "")),
        ("carbon_mark", _marks(session, entry)),
        ("words", ", ".join(entry.words)),
        ("exclusions", ", ".join(entry.exclusions)),
        ("documents", ", ".join(entry.documents)),
        (
            "related",
            ", ".join(f"{code} {_in(session, e.name_zh, e.name_en)}" for code in entry.related if (e := catalogue.entries.get(code))),
        ),
        ("locator", entry.locator),
        ("note", entry.note),
    ]
    yield from aligned([(f"  {session.say(f'data.{name}')}", text) for name, text in rows if text])


def _named(session: Session, kind: str, value: str) -> str:
    return _word(session, f"data.{kind}.{value}", value) if value else ""


def _marks(session: Session, entry: Entry) -> str:
    """The mark of the entry; where it is mixed, also by industry."""
    if entry.carbon_mark != "mixed":
        return _named(session, "mark", entry.carbon_mark)
    each = ", ".join(f"{code} {_named(session, 'mark', mark)}" for code, mark in entry.carbon_by_industry.items())
    return f"{_named(session, 'mark', entry.carbon_mark)}: {each}"


def hit_lines(session: Session, found: Collection[tuple[str, Entry]]) -> Iterator[str]:
    """One line an entry that was found: edition, code, both names."""
    yield from aligned([(of, entry.code, entry.name_zh, entry.name_en) for of, entry in found])


def crossing_lines(session: Session, entry: Entry, other: Catalogue, found: Sequence[Crossing]) -> Iterator[str]:
    """Where an entry went, with the kind of the step in words; an entry without a counterpart says so."""
    title = _in(session, other.title_zh, other.title_en)
    yield f"{entry.code}  {_in(session, entry.name_zh, entry.name_en)}  →  {title}"
    steps = [c for c in found if c.to_code]
    if not steps:
        yield "  " + session.say("catalogue.no_counterpart" if found else "catalogue.not_in_crosswalk", edition=other.id)
    rows = [(f"  {c.to_code}", _name(session, other, c.to_code), session.say(f"data.kind.{c.kind}"), _sure(session, c)) for c in steps]
    yield from aligned(rows)
    yield session.say("catalogue.hint_only")


def _name(session: Session, catalogue: Catalogue, code: str) -> str:
    entry = catalogue.entries[code]
    return _in(session, entry.name_zh, entry.name_en)


def _sure(session: Session, crossing: Crossing) -> str:
    return session.say("data.same_title" if crossing.verified in ("yes", "one copy") else "data.judged")

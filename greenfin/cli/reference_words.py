"""Factors as lines for a person, in the language of the session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from greenfin.cli.aligned import aligned
from greenfin.cli.session import Session
from greenfin.messages.words import located
from greenfin.reference.factors import Factor, Found
from greenfin.reference.load import Reference

PASSED_SHOWN = 8


def either(session: Session, zh: str, en: str) -> str:
    """The words in the language of the session."""
    return zh if session.lang == "zh" else en


def heads(session: Session, *names: str) -> tuple[str, ...]:
    """Column heads by their names."""
    return tuple(session.say(f"data.{name}") for name in names)


def factor_lines(session: Session, rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """One line an id: id, number of values, years, unit, name."""
    if not rows:
        yield session.say("factor.nothing_listed")
        return
    shown = [(str(r["id"]), str(r["rows"]), _years(r["years"]), str(r["unit"]), str(r[f"name_{session.lang}"])) for r in rows]
    yield from aligned([heads(session, "id", "values", "years", "unit", "name"), *shown])


def _years(years: object) -> str:
    known = list(years) if isinstance(years, list) else []
    return "–".join(str(year) for year in dict.fromkeys(known)) or "-"


def verified(session: Session, factor: Factor) -> str:
    """How sure a value is, in words."""
    kind, _, why = factor.verified.partition(": ")
    return session.say(f"verified.{kind}", why=why)


def value_lines(session: Session, reference: Reference, found: Sequence[Factor]) -> Iterator[str]:
    """All values of a factor: region, year, value, unit, edition or publisher, how sure, document."""
    yield f"{either(session, found[0].name_zh, found[0].name_en)} ({found[0].id})"
    yield from aligned(
        [heads(session, "region", "year", "value", "unit", "edition", "verified", "document"), *_values(session, reference, found)]
    )


def _values(session: Session, reference: Reference, found: Sequence[Factor]) -> Iterator[tuple[str, ...]]:
    for f in found:
        place = f"{reference.regions.name(f.region, session.lang)} {f.region}"
        sure, document = verified(session, f), _document(session, reference, f)
        yield place, str(f.data_year or "-"), str(f.value), f.unit, f.edition or f.publisher, sure, document


def _document(session: Session, reference: Reference, factor: Factor) -> str:
    return f"{reference.sources[factor.source].cite(session.lang)} {located(factor.locator, session.lang)}".rstrip()


def found_lines(session: Session, reference: Reference, found: Found, day: date) -> Iterator[str]:
    """The factor that was found: value, region, year, how it was found, document, how sure, since when it may be used."""
    f = found.factor
    if f is None:
        return
    yield f"{either(session, f.name_zh, f.name_en)}  {f.value} {f.unit}"
    how = [session.say(f"data.found.{each}", year=f.data_year, on=day.year, region=f.region) for each in found.how]
    rows = [
        ("region", f"{reference.regions.name(f.region, session.lang)} ({f.region})"),
        ("year", str(f.data_year or "-")),
        ("found", either(session, "；", "; ").join(how)),
        ("document", _document(session, reference, f)),
        ("verified", verified(session, f)),
        ("applies", span(session, f.applies_from, f.applies_until)),
        ("note", f.note),
        ("key", f.key),
    ]
    yield from aligned([(f"  {session.say(f'data.{name}')}", text) for name, text in rows if text])


def span(session: Session, start: date | None, end: date | None) -> str:
    """From a day on, until a day (exclusive), both, or always, in words."""
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

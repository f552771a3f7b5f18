"""Catalogues and their entries as lines for a person, in the language of the session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from greenfin.cli.aligned import aligned
from greenfin.cli.asked import day_or_today
from greenfin.cli.reference_words import either, span
from greenfin.cli.session import Session
from greenfin.messages.words import codes
from greenfin.reference.attached import Attached
from greenfin.reference.catalogue import Catalogue, Crossing, Entry, crossings, method_for
from greenfin.reference.load import Reference

if TYPE_CHECKING:
    from greenfin.reference.search import Hit
    from greenfin.reference.thresholds import Criterion

COPY_LINES = 40
_NAMED = 60  # not found entries that are listed on a terminal


# editions


def edition_json(reference: Reference, catalogue: Catalogue) -> dict[str, object]:
    """An edition with its dates, families, counts by level (kept and official) and declared gaps, as plain data."""
    found = Counter(entry.level for entry in catalogue.entries.values())
    return {
        "id": catalogue.id,
        "title_zh": catalogue.title_zh,
        "title_en": catalogue.title_en,
        "issuer": catalogue.issuer,
        "number": catalogue.number,
        "published_on": catalogue.published_on,
        "in_force_from": catalogue.in_force_from,
        "in_force_until": catalogue.in_force_until,
        "families": list(_families(reference, catalogue)),
        "entries": len(catalogue.entries),
        "counts": dict(sorted(found.items())),
        "official_counts": dict(catalogue.counts),
        "gaps": [{"what": g.what, "level": g.level, "missing": g.missing, "zh": g.zh, "en": g.en} for g in catalogue.gaps],
        "default": catalogue.default,
    }


def _families(reference: Reference, catalogue: Catalogue) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule.family for rule in reference.editions.rules if rule.edition == catalogue.id))


def edition_lines(session: Session, reference: Reference, catalogue: Catalogue) -> Iterator[str]:
    """An edition: id and title; issuer, number, dates and families; entries against official counts; gaps."""
    mark = f"  [{session.say('catalogue.default')}]" if catalogue.default else ""
    yield f"{catalogue.id}  {either(session, catalogue.title_zh, catalogue.title_en)}{mark}"
    families = _list(session, [_word(session, "family", family) for family in _families(reference, catalogue)])
    about = (catalogue.issuer, catalogue.number, _in_force(session, reference, catalogue), families)
    yield "    " + " · ".join(part for part in about if part)
    found = Counter(entry.level for entry in catalogue.entries.values())
    yield "    " + _list(session, [_counted(session, level, n, catalogue) for level, n in sorted(found.items())])
    for gap in catalogue.gaps:
        words = either(session, gap.zh, gap.en)
        yield "    " + session.say("catalogue.gap_counted" if gap.missing else "catalogue.gap", note=words, n=gap.missing)


def _in_force(session: Session, reference: Reference, catalogue: Catalogue) -> str:
    unsure = any(rule.edition == catalogue.id and rule.status == "unverified" for rule in reference.editions.rules)
    words = span(session, catalogue.in_force_from, catalogue.in_force_until)
    return f"{words} ({session.say('catalogue.unverified')})" if unsure else words


def _counted(session: Session, level: int, n: int, catalogue: Catalogue) -> str:
    official = catalogue.counts.get(level)
    return session.say("catalogue.counted" if official else "catalogue.counted_unofficial", level=level, n=n, official=official)


def _list(session: Session, parts: Sequence[str]) -> str:
    return either(session, "、", ", ").join(parts) if parts else ""


def tree_lines(session: Session, catalogue: Catalogue) -> Iterator[str]:
    """All entries, each under its class."""
    for entry in catalogue.entries.values():
        yield f"{'  ' * entry.level}{entry.code}  {either(session, entry.name_zh, entry.name_en)}"


# entries


def entry_lines(session: Session, reference: Reference, catalogue: Catalogue, entry: Entry) -> Iterator[str]:
    """An entry with its classes, what is asked of it, industries with their carbon marks, method, place and neighbours elsewhere."""
    yield f"{entry.code}  {entry.name_zh}  {entry.name_en}"
    above = [catalogue.entries[code] for code in reversed(catalogue.ancestors(entry.code))]
    rows = [
        ("catalogue", either(session, catalogue.title_zh, catalogue.title_en)),
        ("class", " > ".join(_titled(session, catalogue, e.code) for e in above)),
        ("report_code", entry.report_code),
        ("activity", _word(session, "activity", entry.activity)),
        ("criteria", entry.criteria),
        ("industries", _industries(session, reference, entry)),
        ("nace", ", ".join(entry.nace)),
        ("carbon_mark", _word(session, "mark", entry.carbon_mark)),
        ("words", ", ".join(map(_apart, entry.words))),
        ("exclusions", ", ".join(map(_apart, entry.exclusions))),
        ("documents", ", ".join(entry.documents)),
        ("related", ", ".join(_titled(session, catalogue, code) for code in entry.related if code in catalogue.entries)),
        ("locator", entry.locator),
        ("note", entry.note),
    ]
    yield from aligned([(f"  {session.say(f'data.{name}')}", text) for name, text in rows if text])
    yield from _headed(session, "thresholds", [_asked(session, one) for one in _criteria(catalogue, entry.code)])
    yield from _headed(session, "methods", _methods(session, reference, catalogue, entry))
    yield from _headed(session, "neighbours", list(_neighbours(session, reference, catalogue, entry)))


def _apart(word: str) -> str:
    """A key word whose parts may stand apart, as people write it."""
    return word.replace("~", " \u2026 ")


def _titled(session: Session, catalogue: Catalogue, code: str) -> str:
    entry = catalogue.entries[code]
    return f"{code} {either(session, entry.name_zh, entry.name_en)}"


def _headed(session: Session, heading: str, rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if rows:
        yield "  " + session.say(f"catalogue.{heading}")
        yield from aligned([(f"    {row[0]}", *row[1:]) for row in rows])


def _word(session: Session, kind: str, value: str) -> str:
    return codes(session.lang).get(f"data.{kind}.{value}", value) if value else ""


def _industries(session: Session, reference: Reference, entry: Entry) -> str:
    """The industries by name, each with its own official carbon mark where the entry's is mixed."""
    marks = entry.carbon_by_industry if entry.carbon_mark == "mixed" else {}
    named = [code for code in entry.industries if code not in marks] if marks else entry.industries
    parts = [_industry(reference, code) for code in named]
    parts += [f"{_industry(reference, code)} [{_word(session, 'mark', mark)}]" for code, mark in marks.items()]
    return ", ".join(parts) + (f" ({_word(session, 'basis', entry.industries_basis)})" if parts and entry.industries_basis else "")


def _industry(reference: Reference, code: str) -> str:
    industry = reference.industries.get(code)
    return f"{code} {industry.name_zh}" if industry else code


def _criteria(catalogue: Catalogue, code: str) -> tuple[Criterion, ...]:
    """The lines of an entry, and of what stands under it."""
    from greenfin.reference.thresholds import read_thresholds

    return tuple(one for one in read_thresholds(catalogue.folder / "thresholds.csv") if one.entry == code)


def _asked(session: Session, one: Criterion) -> tuple[str, ...]:
    """What a line asks: the thing, the number or the grade of a standard, and where it is printed."""
    known = codes(session.lang)
    number = f"{known.get(f'fact.{one.fact}', one.fact)} {one.op} {one.value}{one.unit}" if one.fact and not one.grade else ""
    grade = known.get(f"grade.{one.grade}") or session.say("catalogue.grade", grade=one.grade)
    asked = " ".join(part for part in (number, one.standard, grade if one.standard or one.grade else "") if part) or one.note
    sure = "" if one.verified == "yes" else f"({session.say('data.threshold_unverified') if one.verified == 'no' else one.verified})"
    return (one.scope or "-", asked, one.locator, sure)


def _methods(session: Session, reference: Reference, catalogue: Catalogue, entry: Entry) -> list[tuple[str, ...]]:
    from greenfin.methods.declare import declarations

    on = day_or_today("--on", None)
    method = method_for(reference.method_map, catalogue.id, entry.code, on)
    known = declarations().get(method or "")
    return [(known.id, either(session, known.name_zh, known.name_en))] if known else []


def _neighbours(session: Session, reference: Reference, catalogue: Catalogue, entry: Entry) -> Iterator[tuple[str, ...]]:
    """Where the crosswalks lead from an entry, in every other edition."""
    for other in reference.catalogues.values():
        for step in crossings(reference, catalogue.id, entry.code, other.id) if other.id != catalogue.id else ():
            where = _titled(session, other, step.to_code) if step.to_code else "-"
            yield (other.id, where, session.say(f"data.kind.{step.kind}"), _sure(session, step) if step.to_code else "")


def asked_json(reference: Reference, catalogue: Catalogue, code: str) -> dict[str, object]:
    """What is asked of an entry, its method and its neighbours in other editions, as plain data."""
    columns = ("fact", "op", "value", "unit", "grade", "standard", "scope", "source", "locator", "verified", "note")
    steps = [step for other in reference.catalogues if other != catalogue.id for step in crossings(reference, catalogue.id, code, other)]
    criteria: list[dict[str, Any]] = [{name: str(getattr(one, name)) for name in columns} for one in _criteria(catalogue, code)]
    return {
        "thresholds": criteria,
        "method": method_for(reference.method_map, catalogue.id, code, day_or_today("--on", None)),
        "neighbours": [{"edition": s.to_edition, "code": s.to_code, "kind": s.kind, "note": s.note} for s in steps],
    }


def copy_lines(session: Session, copies: Sequence[Attached], *, most: int = COPY_LINES) -> Iterator[str]:
    """The bank's own copies of the text of an entry, marked as such."""
    for one in copies:
        yield "  " + session.say("catalogue.copy", file=one.file, place=one.place, day=one.attached_on)
        lines = one.text.split("\n")
        yield from (f"    {line}" for line in lines[:most])
        if len(lines) > most:
            yield "    " + session.say("catalogue.copy_cut", n=len(lines) - most, place=one.place)


def missing_lines(session: Session, catalogue: Catalogue, missing: Sequence[str]) -> Iterator[str]:
    """The entries that a copy does not hold."""
    if not missing:
        return
    yield session.say("catalogue.not_found_listed")
    yield from (f"  {_titled(session, catalogue, code)}" for code in missing[:_NAMED])
    if len(missing) > _NAMED:
        yield " " + session.say("cli.and_more", n=len(missing) - _NAMED)


# search and crosswalk


def hit_lines(session: Session, found: Sequence[tuple[str, Sequence[Hit]]], *, most: int) -> Iterator[str]:
    """One line an entry that was found: edition, code, both names, and between them the key word where it was not in a name."""
    rows = [(of, hit) for of, hits in found for hit in hits[:most]]
    yield from aligned([(of, hit.entry.code, *_names(session, hit)) for of, hit in rows])
    for of, hits in found:
        if len(hits) > most:
            yield session.say("catalogue.more_hits", edition=of, n=len(hits) - most)


def _names(session: Session, hit: Hit) -> tuple[str, str, str]:
    """The name, the key words that were found (none where a name was), and the name in the other language."""
    zh, en = hit.entry.name_zh, hit.entry.name_en
    words = dict.fromkeys(_apart(word) for word in hit.by if word not in (hit.entry.code, zh, en))
    by = f"[{session.say('catalogue.found_by', by=', '.join(words))}]" if words else ""
    return (zh, by, en) if session.lang == "zh" else (en, by, zh)


def crossing_lines(session: Session, entry: Entry, other: Catalogue, found: Sequence[Crossing]) -> Iterator[str]:
    """Where an entry went, with the kind of the step in words; an entry without a counterpart says so."""
    title = either(session, other.title_zh, other.title_en)
    yield f"{entry.code}  {either(session, entry.name_zh, entry.name_en)}  →  {title}"
    steps = [c for c in found if c.to_code]
    if not steps:
        yield "  " + session.say("catalogue.no_counterpart" if found else "catalogue.not_in_crosswalk", edition=other.id)
    yield from aligned(
        [
            (f"  {c.to_code}", _titled(session, other, c.to_code).removeprefix(f"{c.to_code} "), session.say(f"data.kind.{c.kind}"), sure)
            for c in steps
            if (sure := _sure(session, c))
        ]
    )
    yield session.say("catalogue.hint_only")


def _sure(session: Session, crossing: Crossing) -> str:
    return session.say("data.same_title" if crossing.verified in ("yes", "one copy") else "data.judged")

"""Catalogue editions, their entries by level, what is asked of each, where each went in other editions. No streamlit here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from greenfin.disclose import printed
from greenfin.messages import Lang, say
from greenfin.messages.words import codes
from greenfin.methods.declare import declarations
from greenfin.reference.catalogue import Catalogue, Entry, crossings, method_for
from greenfin.reference.load import Reference
from greenfin.reference.search import MOST, hits
from greenfin.reference.thresholds import Criterion, read_thresholds
from greenfin.tag.normalise import fold


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition in a few words: its facts, and how many entries of each level it has against the official counts."""

    id: str
    title: str
    facts: tuple[tuple[str, str], ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in the tree or among hits; ``by`` are the words it was found by."""

    code: str
    name: str
    level: int
    is_leaf: bool
    mark: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an edition asks of an entry: of what, what, where it is printed, how sure it was read."""

    scope: str
    asks: str
    locator: str
    sure: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Where an entry went in another edition: a hint, never eligibility."""

    edition: str
    title: str
    code: str
    name: str
    kind: str
    sure: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry with everything that is known of it; ``above`` are its classes from the top, by code and name.

    ``words``: the key words that tagging looks for.
    """

    code: str
    name: str
    other_name: str
    above: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    asked: tuple[Asked, ...]
    neighbours: tuple[Neighbour, ...]
    words: tuple[str, ...] = ()


def editions(reference: Reference, lang: Lang) -> tuple[tuple[str, str], ...]:
    """Id and title of every edition, that in use first."""
    found = sorted(reference.catalogues.values(), key=lambda c: (not c.default, c.id))
    return tuple((c.id, printed.pick(c.title_zh, c.title_en, lang)) for c in found)


def edition(reference: Reference, id_: str, lang: Lang) -> Edition:
    """An edition as it is introduced."""
    catalogue = reference.catalogues[id_]
    families = dict.fromkeys(rule.family for rule in reference.editions.rules if rule.edition == id_)
    comma = say("ui.list_comma", lang)
    counts = Counter(entry.level for entry in catalogue.entries.values())
    pairs = [
        (say("data.number", lang), " ".join(filter(None, (catalogue.issuer, catalogue.number)))),
        (say("data.in_force", lang), _span(catalogue.in_force_from, catalogue.in_force_until, lang)),
        (say("ui.catalogues.families", lang), comma.join(_word("family", family, lang) for family in families)),
        (say("data.entries", lang), comma.join(_counted(level, n, catalogue, lang) for level, n in sorted(counts.items()))),
    ]
    gaps = (
        say("catalogue.gap_counted" if g.missing else "catalogue.gap", lang, note=printed.pick(g.zh, g.en, lang), n=g.missing)
        for g in catalogue.gaps
    )
    return Edition(id_, printed.pick(catalogue.title_zh, catalogue.title_en, lang), tuple((n, v) for n, v in pairs if v), tuple(gaps))


def _counted(level: int, n: int, catalogue: Catalogue, lang: Lang) -> str:
    official = catalogue.counts.get(level)
    return say("catalogue.counted" if official else "catalogue.counted_unofficial", lang, level=level, n=n, official=official)


def _span(start: date | None, end: date | None, lang: Lang) -> str:
    if start and end:
        return say("data.from_until", lang, start=start, end=end)
    return say("data.from", lang, start=start) if start else say("data.until", lang, end=end) if end else ""


def branches(catalogue: Catalogue, lang: Lang) -> Mapping[str, tuple[Line, ...]]:
    """The entries by the code of the one above them; the topmost stand under the empty code."""
    found: dict[str, list[Line]] = {}
    for entry in catalogue.entries.values():
        found.setdefault(entry.parent, []).append(_line(entry, lang))
    return {parent: tuple(lines) for parent, lines in found.items()}


def _line(entry: Entry, lang: Lang, by: str = "") -> Line:
    return Line(entry.code, printed.pick(entry.name_zh, entry.name_en, lang), entry.level, entry.is_leaf, entry.carbon_mark, by)


def found(catalogue: Catalogue, words: str, lang: Lang) -> tuple[tuple[Line, ...], int]:
    """The entries of an edition by Chinese or English words, pinyin, code or industry, the nearest first; how many more there are."""
    all_of_them = hits(catalogue, words if words.isascii() else fold(words))
    lines = []
    for hit in all_of_them[:MOST]:
        known = (hit.entry.code, hit.entry.name_zh, hit.entry.name_en)
        by = dict.fromkeys(_apart(word) for word in hit.by if word not in known)
        lines.append(_line(hit.entry, lang, ", ".join(by)))
    return tuple(lines), max(0, len(all_of_them) - MOST)


def shown(reference: Reference, edition_: str, code: str, lang: Lang, *, on: date) -> Shown:
    """An entry with what is asked of it and where it went."""
    catalogue = reference.catalogues[edition_]
    entry = catalogue.entries[code]
    above = [catalogue.entries[each] for each in reversed(catalogue.ancestors(code))]
    return Shown(
        code,
        printed.pick(entry.name_zh, entry.name_en, lang),
        entry.name_en if lang == "zh" else entry.name_zh,
        tuple((e.code, printed.pick(e.name_zh, e.name_en, lang)) for e in above),
        tuple(_facts(reference, catalogue, entry, lang, on)),
        tuple(_asked(one, lang) for one in read_thresholds(catalogue.folder / "thresholds.csv") if one.entry == code),
        tuple(_neighbours(reference, catalogue, entry, lang)),
        tuple(map(_apart, entry.words)),
    )


def _facts(reference: Reference, catalogue: Catalogue, entry: Entry, lang: Lang, on: date) -> Iterator[tuple[str, str]]:
    comma = say("ui.list_comma", lang)
    related = (f"{c} {printed.pick(e.name_zh, e.name_en, lang)}" for c in entry.related if (e := catalogue.entries.get(c)))
    method = declarations().get(method_for(reference.method_map, catalogue.id, entry.code, on) or "")
    rows = [
        ("data.criteria", entry.criteria),
        ("data.activity", _word("activity", entry.activity, lang)),
        ("data.industries", _industries(reference, entry, lang)),
        ("data.nace", comma.join(entry.nace)),
        ("data.carbon_mark", _word("mark", entry.carbon_mark, lang)),
        ("data.exclusions", comma.join(map(_apart, entry.exclusions))),
        ("data.documents", comma.join(entry.documents)),
        ("data.related", comma.join(related)),
        ("data.report_code", entry.report_code),
        ("catalogue.methods", f"{method.id} {printed.pick(method.name_zh, method.name_en, lang)}" if method else ""),
        ("data.locator", entry.locator),
        ("data.note", entry.note),
    ]
    return ((say(name, lang), value) for name, value in rows if value)


def _industries(reference: Reference, entry: Entry, lang: Lang) -> str:
    marks = entry.carbon_by_industry if entry.carbon_mark == "mixed" else {}
    parts = []
    for code in dict.fromkeys((*entry.industries, *marks)):
        known = reference.industries.get(code)
        mark = f" [{_word('mark', marks[code], lang)}]" if code in marks else ""
        parts.append(f"{code} {known.name_zh}{mark}" if known else f"{code}{mark}")
    basis = f" ({_word('basis', entry.industries_basis, lang)})" if parts and entry.industries_basis else ""
    return say("ui.list_comma", lang).join(parts) + basis


def _asked(one: Criterion, lang: Lang) -> Asked:
    known = codes(lang)
    number = f"{known.get(f'fact.{one.fact}', one.fact)} {one.op} {one.value}{one.unit}" if one.fact and not one.grade else ""
    grade = known.get(f"grade.{one.grade}") or say("catalogue.grade", lang, grade=one.grade)
    asks = " ".join(part for part in (number, one.standard, grade if one.standard or one.grade else "") if part) or one.note
    sure = say("data.threshold_unverified", lang) if one.verified == "no" else say(f"verified.{one.verified}", lang)
    return Asked(one.scope, asks, one.locator, sure, one.verified != "no")


def _neighbours(reference: Reference, catalogue: Catalogue, entry: Entry, lang: Lang) -> Iterator[Neighbour]:
    for other in reference.catalogues.values():
        for step in crossings(reference, catalogue.id, entry.code, other.id) if other.id != catalogue.id else ():
            there = other.entries.get(step.to_code)
            name = printed.pick(there.name_zh, there.name_en, lang) if there else ""
            sure = say("data.same_title" if step.verified in ("yes", "one copy") else "data.judged", lang) if step.to_code else ""
            title = printed.pick(other.title_zh, other.title_en, lang)
            yield Neighbour(other.id, title, step.to_code, name, say(f"data.kind.{step.kind}", lang), sure)


def _apart(word: str) -> str:
    """A key word whose parts may stand apart, as people write it."""
    return word.replace("~", " \u2026 ")


def _word(kind: str, value: str, lang: Lang) -> str:
    return codes(lang).get(f"data.{kind}.{value}", value) if value else ""

"""Financed emissions of a run as a page shows them: three standards side by side and never added. No streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from greenfin import attribute
from greenfin.disclose.printed import word
from greenfin.financed.as_json import financed_json
from greenfin.financed.compare import compare_json
from greenfin.financed.whole_book import Financed, of_whole_book
from greenfin.messages import Lang, codes, say
from greenfin.ui.views.said import phrase, tell

if TYPE_CHECKING:
    from greenfin.core.records import Book
    from greenfin.reference.load import Reference

Shown = Mapping[str, Any]
SCOPES = ("scope1", "scope2", "scope3")
GROUPS = ("asset_class", "section", "industry")  # branches are those of the whole bank and stand in the tables
MOST = 12
_YI = 10**8


@dataclass(frozen=True, slots=True)
class Standard:
    """One standard: its total by scope, how much of the book is in it, and how good its data are."""

    id: str
    words: str
    total: str
    scopes: tuple[str, ...]
    covered: str
    counted: str
    quality: str
    intensity: str


@dataclass(frozen=True, slots=True)
class Difference:
    """In what the standards are not alike, and what each rests on."""

    words: str
    each: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A part of a standard's total: tonnes, share of its own balance that is in, quality."""

    words: str
    value: float
    said: str
    covered: str
    quality: str


@dataclass(frozen=True, slots=True)
class Side:
    """All standards of a run; ``problems`` are what was said, worst first."""

    standards: tuple[Standard, ...]
    differences: tuple[Difference, ...]
    problems: tuple[tuple[str, str], ...]


def financed_of(book: Book, reference: Reference) -> Financed:
    """The financed emissions of a run's book under every standard, as the run counted them."""
    averages = attribute.month_averages(book) if len(book.drawings) else None
    return of_whole_book(book, reference=reference, year=book.as_of.year, on=book.as_of, averages=averages)


def side_by_side(found: Financed, lang: Lang) -> Side:
    """The standards of a book; none where it has no data for it."""
    names = pc.unique(found.financed["standard"]).to_pylist()
    tables = {name: found.financed.filter(pc.equal(found.financed["standard"], name)) for name in names}
    problems = tuple(dict.fromkeys((say(f"severity.{p.severity.value}", lang), tell(p, lang)) for p in found.problems))
    if not tables:
        return Side((), (), problems)
    shown = compare_json(tables)
    rows: Any = shown["standards"]
    differ: Any = shown["differ_in"]
    differences = tuple(_difference(aspect, rows, lang) for aspect in differ)
    return Side(tuple(_standard(row, lang) for row in rows), differences, problems)


def _standard(row: Shown, lang: Lang) -> Standard:
    total, quality, covered = row["total"], row["quality"], row["coverage"]
    intensity = total["intensity"]
    return Standard(
        id=row["standard"],
        words=say(f"standard.{row['standard']}", lang),
        total=_tonnes(total["value"], lang),
        scopes=tuple(_tonnes(total[scope], lang) for scope in SCOPES),
        covered=_share(covered["by_balance"], lang),
        counted=say("ui.portfolio.counted", lang, n=covered["included"], of=covered["count"]),
        quality=_quality(quality, lang),
        intensity=_figure(intensity["value"], lang),
    )


def _quality(quality: Shown, lang: Lang) -> str:
    """The score that the standard weighs by, with its band."""
    value = quality[f"by_{quality['weight']}"]
    if value is None:
        return word("missing", lang)
    by = say(f"ui.portfolio.weighed.{quality['weight']}", lang)
    band = say("financed.band", lang, band=quality["band"]) if quality["band"] else ""
    return f"{value:.2f} ({by}){band}"


def _tonnes(value: float | None, lang: Lang) -> str:
    return word("missing", lang) if value is None else f"{value:,.0f}"


def _figure(value: float | None, lang: Lang) -> str:
    return word("missing", lang) if value is None else f"{value:,.4f}"


def _share(value: float | None, lang: Lang) -> str:
    return word("missing", lang) if value is None else f"{value:.1%}"


def _difference(aspect: str, rows: Sequence[Shown], lang: Lang) -> Difference:
    return Difference(say(f"financed.differ.{aspect}", lang), tuple(_aspect(aspect, row, lang) for row in rows))


def _aspect(aspect: str, row: Shown, lang: Lang) -> str:
    """What one standard rests on: its perimeter in words, else the first of the names."""
    if aspect == "perimeter":
        covered = row["coverage"]
        return say("financed.perimeter", lang, count=covered["included"], share=_share(covered["by_balance"], lang))
    names = [_named(aspect, name, lang) for name in row[aspect]]
    more = say("cli.and_more", lang, n=len(names) - MOST) if len(names) > MOST else ""
    return say("ui.list_comma", lang).join(names[:MOST]) + more or word("missing", lang)


def _named(aspect: str, name: str, lang: Lang) -> str:
    kind = {"denominators": "kind", "balances": "kind", "options": "option"}.get(aspect, "")
    return codes(lang).get(f"{kind}.{name}", name)


def groups(found: Financed, standard: str, by: str, lang: Lang) -> tuple[Group, ...]:
    """The parts of a standard's total, the greatest first; those of which nothing is in are left out."""
    shown: Any = _of(found, standard)["by"]
    parts = (part for part in shown[by] if part["value"])
    return tuple(_group(part, by, lang) for part in sorted(parts, key=lambda part: -part["value"]))


def left_out(found: Financed, standard: str, lang: Lang) -> tuple[tuple[str, str, str], ...]:
    """Why exposures are not in: the reason, how many, their balance."""
    shown: Any = _of(found, standard)["excluded_by_reason"]
    return tuple(
        (phrase(f"reason.{reason}", lang), f"{one['count']:,}", say("ui.portfolio.yi", lang, value=f"{one['balance'] / _YI:,.4f}"))
        for reason, one in shown.items()
    )


def _of(found: Financed, standard: str) -> Mapping[str, object]:
    chosen = pc.equal(found.financed["standard"], standard)
    return financed_json(found.financed.filter(chosen), found.exposures, standard)


def _group(part: Shown, by: str, lang: Lang) -> Group:
    key = part[by]
    name = codes(lang).get(f"ui.portfolio.section.{key}", "") if by == "section" else ""
    words = f"{key} {name}" if name else codes(lang).get(f"group.{key}") or key or say("ui.portfolio.no_group", lang)
    covered = part["included_balance"] / part["balance"] if part["balance"] else None
    quality = part["quality_score"]["by_outstanding"]
    score = word("missing", lang) if quality is None else f"{quality:.2f}"
    return Group(words, part["value"], f"{part['value']:,.0f}", _share(covered, lang), score)

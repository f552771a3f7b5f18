"""The bank's own footprint as a page shows it: all of it from what ``greenfin footprint`` computes. No streamlit here."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from greenfin import ingest
from greenfin.core.problems import Outcome, Problem
from greenfin.footprint.monthly import Drawn, drawn
from greenfin.footprint.pledges import pledges_of
from greenfin.footprint.standing import Case
from greenfin.footprint.uses import Question, used
from greenfin.messages import Lang, codes, say
from greenfin.messages.words import located
from greenfin.methods.numbers import figure
from greenfin.store.evidence import plain_name
from greenfin.ui.views.units import unit_words, with_words

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

Shown = Mapping[str, Any]
NEUTRAL = ("gross", "green_power", "after_green_power", "offsets", "residual")


@dataclass(frozen=True, slots=True)
class Own:
    """The bills of the bank, where they come from, what its papers say of targets, and what was wrong as they were read."""

    operations: pa.Table
    texts: Mapping[str, str]
    problems: tuple[Problem, ...]
    on: date


@dataclass(frozen=True, slots=True)
class Counted:
    """The footprint of a year: ``shown`` is the JSON of ``footprint``, ``case`` and ``drawn`` what pictures and grids are made of."""

    case: Case = field(compare=False)
    shown: Shown
    drawn: Drawn
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A name with its figure."""

    words: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """A set of factors that gives a published total: how near, under which scopes, from which factors (item, amount, result, factor)."""

    value: str
    relative: str
    fits: str
    scopes: str
    parts: tuple[tuple[str, str, str, str], ...]


def read_file(data: bytes, name: str) -> Own:
    """The bills of an uploaded sheet, with its targets and credits. Raises Refused for a file that cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / plain_name(name)
        place.write_bytes(data)
        read = ingest.read_operations(place)
        return Own(read.value.operations, ingest.read_notes(place), tuple(read.problems), read.value.as_of)


def counted(own: Own, question: Question, reference: Reference) -> Counted:
    """The footprint of a year. Raises Refused for an unknown set or convention and a total that is none."""
    found: Outcome[dict[str, object]] = used(own.operations, question, texts=own.texts, reference=reference)
    case = Case(own.operations, reference, question.on, question.factor_set, question.conventions)
    picture = drawn(case, pledges_of(own.texts).value, year=question.year)
    return Counted(case, found.value, picture, (*own.problems, *found.problems))


def scopes(shown: Shown, lang: Lang) -> tuple[Line, ...]:
    """Scopes that are counted, their total, what stands outside."""
    found = [Line(say(f"scope.{name}", lang), _amount(one, lang)) for name, one in shown["scopes"].items() if one]
    found += [Line(say("operations.total", lang), _amount(shown["total"], lang))] if shown["total"] else []
    return (*found, *([Line(say("scope.outside", lang), _amount(shown["outside"], lang))] if shown["outside"] else []))


def categories(shown: Shown, lang: Lang) -> tuple[Line, ...]:
    """Scope 3 by category."""
    return tuple(Line(_category(str(name), lang), _amount(one, lang)) for name, one in shown["categories"].items())


def _category(name: str, lang: Lang) -> str:
    words = codes(lang).get(f"ui.operations.category.{name}")
    return say("ui.operations.category", lang, category=words, n=name) if words else say("operations.category", lang, category=name)


def gases(shown: Shown, lang: Lang) -> tuple[Line, ...]:
    """All scopes by gas."""
    return tuple(Line(codes(lang).get(f"ui.operations.gas.{name}", name), _amount(one, lang)) for name, one in shown["gases"].items())


def intensities(shown: Shown, lang: Lang) -> tuple[Line, ...]:
    """Scopes 1 and 2 by head, area and assets, with the part that they cover where it is not all."""
    return tuple(
        Line(say(f"intensity.{name}", lang), with_words(f"{one['value']:,.4f}", one["unit"], lang), _covered(one, lang))
        for name, one in shown["intensity"].items()
    )


def _covered(one: Shown, lang: Lang) -> str:
    return say("ui.operations.covered", lang, share=f"{one['covered']:.1%}") if one.get("covered") is not None else ""


def items_of(shown: Shown, lang: Lang) -> tuple[tuple[str, str, str, str, str], ...]:
    """Site, item, scope, quantity and emissions (or why there are none) of every line of the footprint."""
    return tuple(
        (
            str(one["site"]),
            say("ui.operations.item", lang, item=one["item"]),
            say(f"scope.{one['scope']}", lang) if one["scope"] else "",
            with_words(figure(one["quantity"]), one["unit"], lang),
            _emitted(one, lang),
        )
        for one in shown["items"]
    )


def _emitted(one: Shown, lang: Lang) -> str:
    return with_words(figure(one["co2e"]), "tCO2e", lang) if one["co2e"] is not None else say("ui.operations.not_counted", lang)


def _amount(one: Shown, lang: Lang) -> str:
    return with_words(f"{one['value']:,.2f}", one["unit"], lang)


def months(found: Drawn, lang: Lang) -> tuple[dict[str, object], ...]:
    """Emissions by scope and month, for a picture."""
    return tuple(
        {"month": str(month), "value": value, "scope": say(f"scope.{scope}", lang), "rank": rank}
        for rank, (scope, values) in enumerate(found.months)
        for month, value in enumerate(values, 1)
    )


def paths(found: Drawn, lang: Lang) -> tuple[tuple[str, str, tuple[dict[str, object], ...]], ...]:
    """Each target: what it measures, its unit, the points of path, actual and expected, for a picture."""
    return tuple(
        (say(f"ui.operations.measure.{one.measure}", lang), unit_words(one.unit, lang), tuple(_points(one, lang))) for one in found.paths
    )


def _points(one: Any, lang: Lang) -> Iterator[dict[str, object]]:
    series = {"path": one.path, "actual": one.actual, "expected": (one.expected,) if one.expected else ()}
    for name, points in series.items():
        yield from ({"year": str(year), "value": value, "series": say(f"ui.operations.path.{name}", lang)} for year, value in points)


def targets(shown: Shown, lang: Lang) -> tuple[tuple[str, ...], ...]:
    """Each target: measure with its unit, this year's path, actual of the bills there are and its gap, the whole year expected and its
    gap, where the year ends."""
    return tuple(_target(one, lang) for one in shown["all_targets"])


def _target(one: Shown, lang: Lang) -> tuple[str, ...]:
    decimals = 2 if one["measure"] == "whole" else 4
    ahead = one["forecast"]
    figures = ((one["target"], ""), (one["actual"], ""), (one["gap"], "+"), (ahead["value"], ""), (ahead["gap"], "+"))
    stands = say(f"ui.operations.{'on' if one['on_track'] else 'off'}_track", lang)
    measure = say(
        "ui.operations.in_unit", lang, words=say(f"ui.operations.measure.{one['measure']}", lang), unit=unit_words(one["unit"], lang)
    )
    return measure, *(f"{value:{sign},.{decimals}f}" for value, sign in figures), stands


def expected(shown: Shown, lang: Lang) -> str:
    """What the year expected adds to the actual: site, item, months and tonnes of what has no bill yet; empty without a target."""
    if not shown["targets"]:
        return ""
    ahead = shown["targets"]["forecast"]["items"]
    words = say("ui.operations.sentences", lang).join(_ahead(one, shown["targets"]["unit"], lang) for one in ahead)
    return say("ui.operations.ahead", lang, words=words) if words else say("ui.operations.ahead_none", lang)


def _ahead(one: Shown, unit: str, lang: Lang) -> str:
    value = with_words(f"{one['value'] - one['so_far']:+,.2f}", unit, lang)
    months = say("ui.list_comma", lang).join(map(str, one["months_missing"]))
    return say("ui.operations.ahead_one", lang, site=one["site"], item=one["item"], months=months, value=value)


def neutral(shown: Shown, lang: Lang) -> tuple[tuple[Line, ...], str]:
    """The four lines of what is left after green power and credits, and the statement; nothing where there is neither."""
    said = shown["neutrality"]
    if not (said["credits"] or said["green_power"]):
        return (), ""
    found = tuple(Line(say(f"neutral.{name}", lang), with_words(f"{said[name]:,.2f}", said["unit"], lang)) for name in NEUTRAL)
    lacks = " ".join(f"lack.{code}" for code in said["lacks"])
    if said["claim"] == "refused" or not lacks:
        return found, say(f"operations.claim_{said['claim']}", lang, lacks=lacks).strip()
    statement = say(f"operations.claim_{said['claim']}", lang, lacks="").strip()
    return found, say("ui.operations.lacks", lang, statement=statement, lacks=lacks)


def explained(shown: Shown, lang: Lang) -> tuple[Explained, ...]:
    """The sets of factors that give the published total, the best first; the nearest where none does."""
    about = shown.get("reverse")
    return tuple(_set(one, lang) for one in (shown["explained"] or about["nearest"])) if about else ()


def usual(shown: Shown, lang: Lang) -> str:
    """What the usual factors give, against the published total."""
    default = shown["reverse"]["default"]
    if default["value"] is None:
        return ""
    return say("operations.usual", lang, value=f"{default['value']:,.2f}", unit=default["unit"], relative=f"{default['relative']:+.2%}")


def _set(one: Shown, lang: Lang) -> Explained:
    parts = tuple(_part(part, lang) for part in one["parts"])
    between = " + ".join(say(f"scope.{scope}", lang) for scope in one["scopes"])
    return Explained(f"{one['value']:,.2f}", f"{one['relative']:+.4%}", say("ui.operations.fit", lang, fit=one["fits"]), between, parts)


def _part(part: Shown, lang: Lang) -> tuple[str, str, str, str]:
    quantity = "" if part["quantity"] is None else with_words(figure(part["quantity"]), part["unit"], lang)
    factors = say("ui.operations.sentences", lang).join(_factor(factor, lang) for factor in part["factors"])
    return say("ui.operations.item", lang, item=part["item"]), quantity, f"{part['co2e']:,.2f}", factors


def _factor(factor: Shown, lang: Lang) -> str:
    parts: Sequence[object] = (factor["data_year"], factor["document"], located(factor["locator"] or "", lang))
    return " ".join((with_words(str(factor["value"]), factor["unit"], lang), *(str(part) for part in parts if part)))

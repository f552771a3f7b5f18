"""The bank's target for its own emissions and the credits it set against them, as its YAML or a sheet of the operations says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from greenfin.core.problems import Outcome, Problem, error, warning
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio, parse_quantity
from greenfin.footprint.items import items

GRAM = "gCO2e"
_BEYOND = 10**18  # grams: more than the whole world emits, so no bank's figure
_TONNES = ("tCO2e", "tCO2", "t")
_BRACKETS = re.compile(r"[(\[（【]([^)\]）】]*)[)\]）】]")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_YEAR = re.compile(r"(?<!\d)(19|20|21)\d\d(?!\d)")
_DAY = re.compile(r"(?<!\d)((?:19|20|21)\d\d)\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Target:
    """A cut of ``reduction`` from the base year to the target year; ``base`` in grams, None: what the data of the base year give.

    ``per`` is the intensity that it is of (``per_head`` …, then grams are by its unit), "" for the whole.
    """

    base_year: int
    target_year: int
    reduction: Decimal
    base: int | None = None
    source: str = ""
    per: str = ""


@dataclass(frozen=True, slots=True)
class Offset:
    """Credits of one purchase, in grams. Only what is retired, with proof and vintage, offsets anything."""

    kind: str
    grams: int
    year: int | None
    vintage: int | None
    retired_on: str
    proof: str
    where: str = ""

    @property
    def lacks(self) -> tuple[str, ...]:
        """What it would take to count: names of fields."""
        held = {"vintage": self.vintage, "retired_on": self.retired_on, "proof": self.proof}
        return tuple(name for name, value in held.items() if not value)


@dataclass(frozen=True, slots=True)
class Pledges:
    """What the bank pledged: targets, of the whole or of an intensity, and credits."""

    targets: tuple[Target, ...] = ()
    offsets: tuple[Offset, ...] = ()

    @property
    def target(self) -> Target | None:
        """The target of the whole, else the first."""
        return next((each for each in self.targets if not each.per), next(iter(self.targets), None))


@cache
def declared() -> Mapping[str, Any]:
    """``pledges.yaml``, read once."""
    found: Mapping[str, Any] = yaml.safe_load(files("greenfin.footprint").joinpath("pledges.yaml").read_text("utf-8"))
    return found


def pledges_of(texts: Mapping[str, str]) -> Outcome[Pledges]:
    """The pledges in texts by ``section.field`` or ``section.name.field`` (``offsets.1.vintage``); others are left alone.

    A target that lacks a year, its cut or both is a problem and no target; a credit without a quantity likewise.
    """
    groups = _groups(texts)
    problems: list[Problem] = []
    targets: dict[str, Target] = {}
    for where, fields in groups["targets"].items():
        found = _target(where, fields)
        problems.extend(found.problems)
        if found.value and found.value.per in targets:
            problems.append(warning("footprint.target_twice", where, measure=found.value.per or "whole"))
        elif found.value:
            targets[found.value.per] = found.value
    credits_ = [_offset(where, fields) for where, fields in groups["offsets"].items()]
    problems.extend(problem for each in credits_ for problem in each.problems)
    return Outcome(Pledges(tuple(targets.values()), tuple(each.value for each in credits_ if each.value)), tuple(problems))


def _groups(texts: Mapping[str, str]) -> dict[str, dict[str, dict[str, str]]]:
    """The texts of each section by entry, with our field names; a unit of the heading is put behind a bare number."""
    groups: dict[str, dict[str, dict[str, str]]] = {"targets": {}, "offsets": {}}
    for key, text in texts.items():
        head, _, rest = key.partition(".")
        section = next((name for name, words in declared()["sections"].items() if _plain(head) in map(_plain, words)), None)
        if section is None or not str(text).strip():
            continue
        entry, _, heading = rest.rpartition(".")
        field = _field("target" if section == "targets" else "offset", heading)
        if field:
            fields = groups[section].setdefault(f"{head}.{entry}".rstrip("."), {})
            fields[field] = _with_unit(str(text).strip(), heading)
            fields["said"] = f"{fields.get('said', '')}{heading}{text}" if field in declared()["says_per"] else fields.get("said", "")
    return groups


def _field(kind: str, heading: str) -> str:
    wanted = _plain(_BRACKETS.sub("", unicodedata.normalize("NFKC", heading)))
    return next((field for field, words in declared()[kind].items() if wanted in map(_plain, words)), "")


def _plain(text: str) -> str:
    return re.sub(r"[\s_]", "", unicodedata.normalize("NFKC", text)).lower()


def _with_unit(text: str, heading: str) -> str:
    unit = _BRACKETS.search(unicodedata.normalize("NFKC", heading))
    bare = re.fullmatch(r"-?[\d.,]+", text) is not None
    return f"{text}{unit[1]}" if unit and bare else text


def _target(where: str, fields: Mapping[str, str]) -> Outcome[Target | None]:
    start, end = _year(fields.get("base_year")), _year(fields.get("target_year"))
    per = _per(fields.get("said", ""))
    base, aim = (grams_of(fields.get(name), per) for name in ("base_emission", "target_emission"))
    reduction = _share(fields.get("reduction"))
    if reduction is None and base and aim is not None:
        reduction = 1 - Decimal(aim) / Decimal(base)
    wanted = {"base_year": start, "target_year": end, "reduction": reduction}
    lacking = [name for name, value in wanted.items() if value is None]
    if start is None or end is None or reduction is None:
        return Outcome(None, (error("footprint.target_incomplete", where, fields=", ".join(lacking)),))
    if end <= start or not 0 <= reduction <= 1:
        return Outcome(None, (error("footprint.target_impossible", where, start=start, end=end, reduction=f"{reduction:.2%}"),))
    problems = [] if base is not None or not fields.get("base_emission") else [_unread(where, fields["base_emission"])]
    return Outcome(Target(start, end, reduction, base, fields.get("source", ""), per), tuple(problems))


def _per(said: str) -> str:
    """The intensity that a target is of, by what its headings and figures say; "" for the whole."""
    text = _plain(said)
    return next((per for per, words in declared()["per"].items() if any(_plain(word) in text for word in words)), "")


def _offset(where: str, fields: Mapping[str, str]) -> Outcome[Offset | None]:
    grams = grams_of(fields.get("quantity"))
    if grams is None or grams < 0:
        return Outcome(None, (_unread(where, fields.get("quantity", "")),))
    day = _DAY.search(fields.get("retired_on", ""))
    retired = f"{day[1]}-{int(day[2]):02d}-{int(day[3]):02d}" if day else ""
    year = _year(fields.get("year")) or _year(retired)
    found = Offset(fields.get("kind", ""), grams, year, _year(fields.get("vintage")), retired, fields.get("proof", ""), where)
    problems = [warning("footprint.offset_unproven", where, kind=found.kind, fields=", ".join(found.lacks))] if found.lacks else []
    if found.vintage and retired and found.vintage > int(retired[:4]):
        problems.append(warning("footprint.offset_too_young", where, kind=found.kind, vintage=found.vintage, retired_on=retired))
    return Outcome(found, tuple(problems))


def _unread(where: str, text: str) -> Problem:
    return error("footprint.pledge_unreadable", where, found=text)


def _year(text: str | None) -> int | None:
    found = _YEAR.search(text or "")
    return int(found[0]) if found else None


def _share(text: str | None) -> Decimal | None:
    """A share: ``30%`` (also within a sentence), or ``0.3``; None for what is none."""
    normal = unicodedata.normalize("NFKC", text or "")
    if found := _PERCENT.search(normal):
        return Decimal(found[1]) / 100
    try:
        share = Decimal(normal.strip())
    except InvalidOperation:
        return None
    return share if share.is_finite() else None


def grams_of(text: str | None, per: str = "") -> int | None:
    """An amount of emissions or credits in grams (by the unit of an intensity); a bare number is tonnes, and a piece a tonne.

    None for what is none or beyond any.
    """
    by = next((f"/{each.unit}" for each in items().intensity if each.name == per), "")
    try:
        number, unit = parse_quantity((text or "").replace(",", ""))
    except (ValueError, UnknownUnit):
        return None
    for tonne in _TONNES:
        try:
            ratio = 1 if unit in ("", "dimensionless") else exact_ratio(unit, tonne + by)
            grams = Decimal(number) * Decimal(ratio.numerator) / Decimal(ratio.denominator) * 10**6
            return round(grams) if abs(grams) < _BEYOND else None
        except (UnknownUnit, WrongDimension):
            continue
    return None


def retired_in(pledges: Pledges, year: int) -> Iterator[Offset]:
    """The credits for a year that count: retired, with proof and a vintage no later than the retirement."""
    for each in pledges.offsets:
        if each.year == year and not each.lacks and (each.vintage or 0) <= int(each.retired_on[:4]):
            yield each

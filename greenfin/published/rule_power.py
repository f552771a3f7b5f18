"""V-BAND of clean power: the reduction told for each megawatt-hour against the published averages of the grid it goes into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from greenfin.published.figures import span_of
from greenfin.published.index import Case
from greenfin.published.prose import Mention, told
from greenfin.published.rule_change import Reading, judged
from greenfin.published.settings import setting
from greenfin.published.shapes import HELD, Figure, Finding, Passage, Result, failed, together
from greenfin.published.spans import Span
from greenfin.published.words import pattern, plain

_AVERAGE = "grid.avg"
_MWH = 1000


@dataclass(frozen=True, slots=True)
class Highest:
    """The highest published average of a grid, in tCO2/MWh, with its region and year."""

    value: float
    region: str
    year: int


def check_power(case: Case) -> Result:
    """All passages that speak of clean power, and those that name the factor of the electricity used."""
    passages = (each for each in case.document.passages if pattern("prose.clean_power").search(plain(each.text)))
    found = [result for passage in passages for result in _of_passage(passage, case)]
    return together([*found, *(result for passage in case.document.passages for result in _by_factor(passage, case))])


def _by_factor(passage: Passage, case: Case) -> Iterator[Result]:
    """Emissions that a sentence takes from a factor it names: of the electricity that the sentence or the tables print."""
    found = told(passage)
    for number, sentence in enumerate(found.sentences):
        factors = list(pattern("ghg.factor").finditer(sentence))
        mine = [m for m in found.mentions if m.sentence == number and not m.figure.nearly]
        said = factors[0] if len(factors) == 1 else None
        carbon = [m for m in mine if said and m.figure.start >= said.end() and m.figure.kind in ("co2", "mass") and m.role == "level"]
        if said is None or len(carbon) != 1 or not pattern("ghg.by_electricity").search(sentence):
            continue
        used = [m.figure for m in mine if m.figure.kind == "energy"] or _energy(case)
        factor = span_of(said["number"]).scaled(1 / _MWH)  # tonnes for each megawatt-hour, kilograms for each kilowatt-hour
        readings = [_made(carbon[0], figure.base.times(factor), passage.where) for figure in used]
        if len({figure.base.value for figure in used}) == 1 or any(each.printed.meets(each.meant) for each in readings):
            yield judged(passage.where, readings[:1] if len(used) == 1 else readings, rule="V-GHG", code="published.by_factor")


def _made(carbon: Mention, tonnes: Span, where: str) -> Reading:
    return Reading("product", carbon.figure.span, tonnes.scaled(1 / carbon.figure.factor), (where,))


def _energy(case: Case) -> list[Figure]:
    """The electricity that the tables print for the period they are about."""
    return [
        fact.figure
        for facts in case.tables
        for fact in facts.facts
        if fact.is_level and fact.figure.kind == "energy" and fact.label.period == facts.now and not fact.label.is_part
    ]


def _of_passage(passage: Passage, case: Case) -> Iterator[Result]:
    found = told(passage)
    highest = _highest(_region(plain(passage.text), case), case)
    for number, _ in enumerate(found.sentences):
        mine = [m for m in found.mentions if m.sentence == number and not m.figure.nearly]
        power, carbon = _power(mine), _carbon(mine)
        if highest and len(power) == 1 and len(carbon) == 1:
            yield _judged(passage, power[0], carbon[0], highest)


def _power(mine: Sequence[Mention]) -> list[Mention]:
    return [m for m in mine if m.figure.kind == "energy" and m.figure.value > 0]


def _carbon(mine: Sequence[Mention]) -> list[Mention]:
    return [m for m in mine if m.figure.kind == "co2" or (m.figure.kind == "mass" and pattern("prose.carbon").search(m.before))]


def _region(text: str, case: Case) -> tuple[str, ...]:
    """The grid regions, of both schemes, of the one province that the text names; none where it names no or several."""
    provinces = [r for r in case.reference.regions.by_code.values() if r.kind == "province" and r.name_zh in text]
    return (provinces[0].parent_until_2020, provinces[0].parent_from_2021) if len(provinces) == 1 else ()


def _highest(regions: tuple[str, ...], case: Case) -> Highest | None:
    """The highest average of these grids (of all grids where none is known) in the years that still are in use."""
    grids = {code for code, region in case.reference.regions.by_code.items() if region.kind == "grid"}
    values = [each for each in case.reference.factors.by_id(_AVERAGE) if each.region in (regions or grids) and each.data_year]
    last = case.document.year or max((int(each.data_year or 0) for each in values), default=0)
    recent = [each for each in values if int(each.data_year or 0) >= last - setting("power", "years")]
    best = max(recent, key=lambda each: each.value, default=None)
    return Highest(float(best.value), case.reference.regions.by_code[best.region].name_zh, int(best.data_year or 0)) if best else None


def _judged(passage: Passage, power: Mention, carbon: Mention, highest: Highest) -> Result:
    ratio = carbon.figure.base.over(power.figure.base)
    if ratio is None:
        return Result()
    meant = ratio.scaled(_MWH)
    if meant.low <= highest.value:
        return HELD
    low, value, high = meant.rounded(4)
    slots = {"value": f"{value:.4g}", "high": f"{highest.value:.4g}", "region": highest.region, "year": highest.year}
    slots["printed"] = carbon.figure.text
    return failed(Finding("V-BAND", "warning", passage.where, "published.above_grid", carbon.figure.value, value, low, high, slots))

"""V-GHG: a printed total of emissions rebuilt from the activity rows with documented factors; one set has to explain all years."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from greenfin.published.figures import span_of
from greenfin.published.index import Case
from greenfin.published.settings import setting
from greenfin.published.shapes import HELD, Fact, Finding, Passage, Period, Result, failed, together
from greenfin.published.spans import Span
from greenfin.published.words import pattern, plain

_ITEMS = {"electricity": "kWh", "natural_gas": "Nm3", "gasoline": "L", "diesel": "L"}
_LIKELY = 2  # how unlikely a set may be that explains two years
_VINTAGE = 1  # and one of each year's own
_GOOD = ("exact", "close")
Sets = Sequence[Mapping[str, Any]]


def check_emissions(case: Case) -> Result:
    """The total of each year in which electricity and at least one fuel are printed."""
    years = {period: total for period in _periods(case) if (total := _one(case, "ghg_total", period))}
    rows = {period: _activity(case, period) for period in years}
    whole = {period: each for period, each in rows.items() if "electricity" in each and len(each) > 1}
    if not whole or any(_unknown(case, period) for period in whole):
        return Result()
    said = _declared(case)
    sets = {period: _with_said(_explained(case, period, each, years[period]), said) for period, each in whole.items()}
    if not any(sets.values()):
        return Result()
    if len(whole) > 1:
        return _consistent(years, whole, sets)
    return together([_single(years[period], found) for period, found in sets.items() if found])


def _declared(case: Case) -> tuple[Span, ...]:
    """The factors of electricity that the report itself names, in tCO2/MWh."""
    found = (match for text in _texts(case) for match in pattern("ghg.factor").finditer(plain(text)))
    return tuple(span_of(match["number"]) for match in found)


def _texts(case: Case) -> Iterator[str]:
    for block in case.document.blocks:
        if isinstance(block, Passage):
            yield block.text
        else:
            yield from (cell.text for row in block.rows for cell in row)


def _with_said(found: Sets, said: tuple[Span, ...]) -> Sets:
    """The sets with a factor of electricity that the report names, where it names any; these are not unlikely."""
    if not said:
        return found
    mine = [each for each in found if any(span.low <= per <= span.high for per in _per_mwh(each) for span in said)]
    return [{**each, "unlikely": min(int(each["unlikely"]), _VINTAGE)} for each in mine]


def _per_mwh(found: Mapping[str, Any]) -> Iterator[float]:
    for part in found["parts"]:
        if part["item"] == "electricity" and part.get("quantity"):
            yield part["co2e"] / part["quantity"] * (1000 if part["unit"] == "kWh" else 1)


def _single(total: Fact, found: Sets) -> Result:
    """One year alone: held by plain factors, asked about where none fit; an unusual mix proves nothing of a single number."""
    if any(_is_plain(each) for each in found):
        return HELD
    return Result() if any(each["fits"] != "none" for each in found) else failed(_unexplained(total, found))


def _is_plain(found: Mapping[str, Any], most: int = _LIKELY) -> bool:
    """Whether a set reproduces a total by factors that people use."""
    return found["fits"] in _GOOD and int(found["unlikely"]) <= most


def _periods(case: Case) -> list[Period]:
    periods = {fact.label.period for fact in case.by_name.get("ghg_total", ()) if fact.is_level and fact.label.period}
    return sorted(period for period in periods if period and not period.reach and not period.part and period.year > 0)


def _one(case: Case, name: str, period: Period) -> Fact | None:
    found = [fact for fact in case.levels(name, period) if fact.figure.kind in ("mass", "co2") or name != "ghg_total"]
    return found[0] if len({fact.figure.base.value for fact in found}) == 1 else None


def _activity(case: Case, period: Period) -> dict[str, Fact]:
    kinds = {"electricity": "energy", "natural_gas": "volume", "gasoline": "litre", "diesel": "litre"}
    found = {item: _one(case, item, period) for item in _ITEMS}
    return {item: fact for item, fact in found.items() if fact and fact.figure.kind == kinds[item]}


def _unknown(case: Case, period: Period) -> bool:
    """Whether scopes beyond the rows are in the total, or heat is bought: then the rows are not all of it."""
    return any(True for name in ("scope3", "purchased_heat") for _ in case.levels(name, period))


def _explained(case: Case, period: Period, rows: Mapping[str, Fact], total: Fact) -> Sets:
    import pyarrow as pa

    from greenfin.core.columns import schema
    from greenfin.footprint.uses import Question, used

    columns = schema("operations")
    known = {"site": ["-"] * len(rows), "item": list(rows), "unit": [_ITEMS[item] for item in rows], "months": [12] * len(rows)}
    known |= {"quantity": [fact.figure.base.value for fact in rows.values()], "month_on": [date(period.year, 1, 1)] * len(rows)}
    table = pa.table({n: pa.array(known.get(n, [None] * len(rows)), columns.field(n).type) for n in columns.names}, schema=columns)
    figure = total.figure
    said = f"{figure.base.value:.{max(0, _decimals(figure.base.room))}f}t"
    question = Question(period.year, date(period.year, 12, 31), published=said)
    explained = used(table, question, texts={}, reference=case.reference).value.get("explained")
    return explained if isinstance(explained, list) else []


def _decimals(room: float) -> int:
    return next((n for n in range(7) if room >= 0.4 * 10.0**-n), 2) if room else 2


def _consistent(years: Mapping[Period, Fact], rows: Mapping[Period, Mapping[str, Fact]], sets: Mapping[Period, Sets]) -> Result:
    """The plainest factors that explain one year tried on the next; a year that only an unusual mix explains is asked about."""
    latest, before = sorted(rows, reverse=True)[:2]
    shared = [
        each for one, other in ((latest, before), (before, latest)) for each in sets[one] if _carries(each, rows[other], years[other])
    ]
    if any(_is_plain(each) for each in shared):
        return Result((), 2, 2)
    if all(any(each["fits"] == "exact" and _is_plain(each, _VINTAGE) for each in sets[period]) for period in (latest, before)):
        return Result((), 2, 2)
    totals = [total for each in sets[before] if _is_plain(each) and (total := _with_factors(each, rows[latest])) is not None]
    nearest = min(totals, key=lambda total: abs(total - years[latest].figure.base.value), default=None)
    is_mixed = bool(shared) or any(each["fits"] == "exact" for each in sets[latest])
    return failed(_unexplained(years[latest], sets[latest], nearest, is_mixed=is_mixed))


def _carries(found: Mapping[str, Any], rows: Mapping[str, Fact], printed: Fact) -> bool:
    """Whether the factors of one year give the total of another."""
    total = _with_factors(found, rows) if found["fits"] in _GOOD else None
    return total is not None and abs(total / printed.figure.base.value - 1) <= setting("ghg", "within")


def _with_factors(found: Mapping[str, Any], rows: Mapping[str, Fact]) -> float | None:
    parts = {part["item"]: part["co2e"] / part["quantity"] * _scale(part) for part in found["parts"] if part.get("quantity")}
    if set(parts) - set(rows):
        return None
    return float(sum(per * rows[item].figure.base.value for item, per in parts.items()))


def _scale(part: Mapping[str, Any]) -> float:
    """Per unit of the printed rows: the sets count electricity by the megawatt-hour."""
    return 1 / 1000 if part["item"] == "electricity" and part["unit"] == "MWh" else 1.0


def _unexplained(total: Fact, found: Sets, nearest: float | None = None, *, is_mixed: bool = False) -> Finding:
    value = (
        nearest
        if nearest is not None
        else min((each["value"] for each in found), key=lambda v: abs(v - total.figure.base.value), default=None)
    )
    meant = None if value is None else round(value / total.figure.factor, 2)
    slots = {"printed": total.figure.text, "value": "-" if meant is None else f"{meant:,.2f}"}
    code = "published.total_unusual_mix" if is_mixed else "published.total_not_rebuilt"
    return Finding("V-GHG", "warning", total.where, code, total.figure.value, meant, slots=slots)

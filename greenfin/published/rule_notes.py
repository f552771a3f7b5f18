"""What needs a note rather than a correction: another unit, benefits that fall while loans grow, two perimeters in one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from greenfin.published.index import Case, named
from greenfin.published.prose import Mention, told
from greenfin.published.rule_change import levels_of
from greenfin.published.settings import setting
from greenfin.published.shapes import Fact, Finding, Passage, Period, Result, Table, failed, together
from greenfin.published.words import pattern, plain

_BENEFITS = ("tce_saved", "co2_reduced", "water_saved")


def check_notes(case: Case) -> Result:
    """All passages and tables."""
    found = [result for passage in case.document.passages for result in _units(passage)]
    found += [result for facts in case.tables for result in _benefits(levels_of(facts))]
    return together([*found, *_perimeters(case)])


def _units(passage: Passage) -> Iterator[Result]:
    """An amount of five digits or more without separators, in a smaller unit than the other amounts of the passage."""
    money = [m for m in told(passage).mentions if m.figure.kind == "money"]
    for mention in money:
        others = [m for m in money if m is not mention and m.figure.unit != mention.figure.unit]
        if len(others) < max(1 + 1, len(money) - 1) or len({m.figure.unit for m in others}) > 1:
            continue
        if pattern("number.unseparated").match(mention.figure.text) and mention.figure.factor < others[0].figure.factor:
            yield _unit(passage, mention, others[0])


def _unit(passage: Passage, mention: Mention, other: Mention) -> Result:
    value = mention.figure.base.value / other.figure.factor
    slots = {"printed": mention.figure.text, "unit": other.figure.unit, "value": f"{value:,.4f}"}
    return failed(Finding("V-UNIT", "info", passage.where, "published.other_unit", mention.figure.value, round(value, 4), slots=slots))


def _benefits(levels: dict[tuple[str, bool], dict[Period, Fact]]) -> Iterator[Result]:
    """Savings that fall for each unit of green loans while these grow: more than a reader would take for granted."""
    by_name = {named(next(iter(each.values()))): each for (_, is_share), each in levels.items() if each and not is_share}
    loans = by_name.get("green_loans", {})
    for name in _BENEFITS:
        benefit = by_name.get(name, {})
        years = sorted(set(loans) & set(benefit))
        if len(years) > 1 and "/" not in benefit[years[-1]].figure.kind:
            yield from _fallen(loans, benefit, years[-1], years[-2])


def _fallen(loans: dict[Period, Fact], benefit: dict[Period, Fact], now: Period, before: Period) -> Iterator[Result]:
    lent = loans[now].figure.base.over(loans[before].figure.base)
    saved = benefit[now].figure.base.over(benefit[before].figure.base)
    if lent is None or saved is None or lent.value <= 1 or saved.value / lent.value > setting("benefit", "kept"):
        return
    slots = {"printed": benefit[now].figure.text, "saved": f"{(saved.value - 1) * 100:+.2f}%", "lent": f"{(lent.value - 1) * 100:+.2f}%"}
    slots["per"] = f"{(saved.value / lent.value - 1) * 100:+.2f}%"
    cells = (benefit[before].where, loans[now].where, loans[before].where)
    where = benefit[now].where
    yield failed(Finding("V-BAND", "warning", where, "published.benefit_falls", benefit[now].figure.value, slots=slots, cells=cells))


def _perimeters(case: Case) -> Iterator[Result]:
    """A note below a table that names more than one perimeter of its figures."""
    held: Sequence[str] = ()
    for at, block in enumerate(case.document.blocks):
        if isinstance(block, Passage) and any(isinstance(each, Table) for each in case.document.blocks[max(0, at - 3) : at]):
            found = list(dict.fromkeys(match[0] for match in pattern("prose.perimeter").finditer(plain(block.text))))
            if len({*held, *found}) > 1 and found:
                shown = "/".join(dict.fromkeys([*held, *found]))
                yield failed(Finding("V-SHARE", "info", block.where, "published.two_perimeters", shown, slots={"printed": shown}))
            held = () if len({*held, *found}) > 1 else (*held, *found)
        else:
            held = ()

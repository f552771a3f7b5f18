"""V-RATIO: intensities, amounts per head and other quotients of a table, recomputed from the two rows (or columns) they are made of.

No pair of rows is known by name alone: a pair fits by its units, and it is held to be meant where it gives the other years (or the
other rows) of the same quotient. One year alone is held only against the one pair that its units and words allow, as a question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from greenfin.published.facts import Facts
from greenfin.published.index import Case, indicator_of
from greenfin.published.labels import canonical
from greenfin.published.rule_change import Reading, judged
from greenfin.published.settings import setting
from greenfin.published.shapes import HELD, Fact, Result, together
from greenfin.published.spans import Span
from greenfin.published.words import Quotient, known_rates, pattern, plain, quotients

Records = Mapping[int, Mapping[int, Fact]]  # a column's facts by row, or a row's by column
Pair = tuple[int, int]  # the fields above and below the stroke
_WEIGHTS = {"mass", "co2"}


@dataclass(frozen=True, slots=True)
class Tried:
    """A pair of fields: the quotient that it gives in each record, and whether the printed one agrees."""

    pair: Pair
    meant: Mapping[int, Span]
    holds: Mapping[int, bool]

    def support(self, record: int) -> int:
        """In how many other records it holds; none where it fails in another one."""
        others = [held for at, held in self.holds.items() if at != record]
        return len(others) if all(others) else 0


def check_ratios(case: Case) -> Result:
    """All quotients of all tables."""
    within = [result for facts in case.tables for records in records_of(facts) for result in _of_records(records)]
    return together([*within, *(result for facts in case.tables for result in _of_other_tables(facts, case))])


def records_of(facts: Facts) -> Iterator[Records]:
    """The amounts of a table by column and row, and by row and column."""
    down: dict[int, dict[int, Fact]] = {}
    across: dict[int, dict[int, Fact]] = {}
    for fact in facts.facts:
        if fact.is_level and fact.figure.value > 0:
            down.setdefault(fact.column, {})[fact.row] = fact
            across.setdefault(fact.row, {})[fact.column] = fact
    yield from (down, across)


def _of_records(records: Records) -> Iterator[Result]:
    fields = dict.fromkeys(field for facts in records.values() for field in facts)
    for field in fields:
        printed = {at: facts[field] for at, facts in records.items() if field in facts and _is_quotient(facts[field])}
        tried = _tried(field, printed, records)
        for at, fact in printed.items():
            yield from _judged(at, fact, tried, records, is_alone=len(printed) == 1)


def _of_other_tables(facts: Facts, case: Case) -> Iterator[Result]:
    """Amounts per head, per square metre of a table that prints neither: of the amounts of the same names and years elsewhere."""
    if any(pattern("prose.by_mean").search(plain(passage.text)) for passage in case.document.passages):
        return  # by an average of the year that no table need hold
    down = next(records_of(facts))
    for field in facts.layout.rows:
        printed = {at: held[field] for at, held in down.items() if field in held and _is_per_one(held[field])}
        if len(printed) < 1 + 1 or _tried(field, printed, down):
            continue
        records = {at: dict(enumerate([fact, *_elsewhere(fact, case)])) for at, fact in printed.items()}
        names = {at: [fact.label.subject for fact in held.values()] for at, held in records.items()}
        if len({tuple(held) for held in names.values()}) > 1:
            continue  # not the same amounts in each year
        tried = _tried(0, printed, records)
        for at, fact in printed.items():
            is_exact = fact.figure.span.room <= setting("ratio", "exact") * abs(fact.figure.value)
            yield from _judged(at, fact, [each for each in tried if each.holds.get(at) or is_exact], records, is_alone=False)


def _is_per_one(fact: Fact) -> bool:
    return "/" in fact.figure.kind and fact.figure.value > 0 and bool(pattern("row.quotient_words").search(fact.label.subject))


def _elsewhere(fact: Fact, case: Case) -> Iterator[Fact]:
    """The amounts that a quotient names, each told once of its period: what it is of, and what it is for each of."""
    period, core = fact.label.period, _core(fact)
    above = [indicator_of(core) or core, *case.by_kind_of.get(pattern("subject.whole_of").sub("", core), ())]
    names = list(dict.fromkeys([*above, *case.counted]))
    if period is None or len(names) > setting("ratio", "most"):
        return
    for name in names:
        levels = [level for level in case.levels(name, period) if not _is_quotient(level)]
        if len(levels) == 1 and levels[0].figure.value > 0 and (name in above or _is_named_below(levels[0], fact)):
            yield levels[0]


def _is_quotient(fact: Fact) -> bool:
    kind = fact.figure.kind
    if kind == "points":
        return False
    return (
        fact.label.is_share
        or _is_attribution(fact)
        or "/" in kind
        or bool(pattern("row.quotient").search(fact.label.text) or (not kind and _is_pure(fact)))
        or kind == "percent"
    )


def _is_attribution(fact: Fact) -> bool:
    """Whether it is the part of a company's emissions that its financing answers for: loan over value, and financed over all emissions."""
    return fact.figure.kind in ("", "percent") and bool(pattern("row.attribution").search(fact.label.text))


def _tried(field: int, printed: Mapping[int, Fact], records: Records) -> list[Tried]:
    if not printed:
        return []
    first, at = next(iter(printed.values())), next(iter(printed))
    beside = [(other, fact) for other, fact in records[at].items() if other != field and not _is_quotient(fact)]
    below = [(other, fact) for other, fact in beside if _fits_below(fact, first)]
    found = []
    for above, fact in beside:
        pairs = [(above, other) for other, under in below if other != above and _fits(first, fact, under)]
        found += [made for pair in pairs if (made := _of_pair(pair, printed, records)).holds]
        if len(found) > setting("ratio", "most"):
            return []
    return found


def _of_pair(pair: Pair, printed: Mapping[int, Fact], records: Records) -> Tried:
    meant, holds = {}, {}
    for at, fact in printed.items():
        above, below = records[at].get(pair[0]), records[at].get(pair[1])
        ratio = above.figure.base.over(below.figure.base) if above and below else None
        if ratio is not None:
            times = setting("share", "hundred") if fact.figure.kind == "percent" else 1 / fact.figure.factor
            meant[at] = ratio.scaled(times)
            holds[at] = fact.figure.span.meets(meant[at])
    return Tried(pair, meant, holds)


def _fits(quotient: Fact, above: Fact, below: Fact) -> bool:
    """Whether the units can give the quotient's."""
    kind = quotient.figure.kind
    if _is_attribution(quotient):
        return above.figure.kind == below.figure.kind != ""
    if quotient.label.is_share and quotient.label.subject and above.label.subject != quotient.label.subject:
        return False
    if not kind and _is_pure(quotient):
        return above.figure.kind == below.figure.kind != ""
    if not kind and above.figure.kind in ("", "count") and above.label.subject != quotient.label.subject:
        return _is_named_below(below, quotient)
    if kind == "percent":
        return above.figure.kind == below.figure.kind != "" and above.label.is_share == below.label.is_share
    over, _, under = kind.partition("/")
    return _fits_units(over, under, quotient, above, below)


def _fits_units(over: str, under: str, quotient: Fact, above: Fact, below: Fact) -> bool:
    """The same by the units on both sides of the quotient's stroke."""
    if over == under:  # persons for each session: told apart by their names alone
        return over == above.figure.kind == below.figure.kind and _is_named_below(below, quotient) and not _is_named_below(above, quotient)
    is_above = above.figure.kind == over or {above.figure.kind, over} <= _WEIGHTS
    if not below.figure.kind:
        return bool(over) and is_above and _is_named_below(below, quotient)
    return bool(over) and is_above and below.figure.kind not in ("percent", over) and under in ("", below.figure.kind)


def _is_pure(fact: Fact) -> bool:
    """Whether it is a quotient of two amounts of one kind, printed as a bare number."""
    return bool(pattern("row.pure").search(fact.label.text))


def _fits_below(below: Fact, quotient: Fact) -> bool:
    """Whether what is counted below the stroke is what the quotient's unit or name says: heads, floor space, customers, income."""
    wanted = _wanted(quotient)
    return not wanted or any(each.below.search(f"{below.label.text} {below.figure.unit}") for each in wanted)


def _is_named_below(below: Fact, quotient: Fact) -> bool:
    """Whether a number without a unit is by its own name what the quotient is for each of."""
    names = (below.row_label.text, below.column_label.text)
    return any(each.below.search(name) for each in _wanted(quotient) for name in names)


def _wanted(quotient: Fact) -> list[Quotient]:
    said = f"{quotient.row_label.text} {quotient.column_label.text} {quotient.figure.unit}"
    return [each for each in quotients() if each.quotient.search(said)]


def _judged(at: int, fact: Fact, tried: Sequence[Tried], records: Records, *, is_alone: bool) -> Iterator[Result]:
    mine = [each for each in tried if at in each.holds]
    if _is_attribution(fact):
        yield from _attributed(at, fact, mine, records)
        return
    if any(each.holds[at] for each in mine):
        if fact.figure.kind != "percent" or any(each.holds[at] and each.support(at) for each in mine):
            yield HELD
        return
    best = max(mine, key=lambda each: (each.support(at), _is_known(fact, each, records[at])), default=None)
    if best is None:
        return
    if best.support(at) >= (1 if _is_known(fact, best, records[at]) else _needed(fact)):
        yield _told(fact, best, at, records)
    elif is_alone and fact.figure.kind != "percent" and (only := _only(fact, mine, records[at])):
        result = _told(fact, only, at, records)
        yield replace(result, findings=tuple(replace(finding, severity="warning") for finding in result.findings))


def _attributed(at: int, fact: Fact, tried: Sequence[Tried], records: Records) -> Iterator[Result]:
    """A part that is two quotients at once: each that gives the other rows is held to give this one too."""
    for each in tried:
        if each.support(at) >= setting("ratio", "witnesses"):
            yield HELD if each.holds[at] else _told(fact, each, at, records)


def _needed(fact: Fact) -> float:
    """A percentage may be of any two amounts, and a number of few digits is soon met: such need more than one witness."""
    is_coarse = fact.figure.span.room > setting("ratio", "coarse") * abs(fact.figure.value)
    is_any = fact.figure.kind == "percent" and not fact.label.is_share
    return setting("ratio", "witnesses") if is_any or is_coarse else 1


def _is_known(fact: Fact, tried: Tried, record: Mapping[int, Fact]) -> bool:
    """Whether a percentage is by its name the rate of what stands above the stroke in what stands below it."""
    above, below = ((record[field].row_label.text, record[field].column_label.text) for field in tried.pair)
    return fact.figure.kind == "percent" and any(
        each.rate.search(fact.label.text)
        and any(map(each.above.search, above))
        and any(map(each.whole.search, below))
        and not any(map(each.above.search, below))
        for each in known_rates()
    )


def _only(fact: Fact, tried: Sequence[Tried], record: Mapping[int, Fact]) -> Tried | None:
    """The one pair that units allow, or the one whose upper name is in the quotient's."""
    named = [each for each in tried if (name := _core(record[each.pair[0]])) and name in _core(fact)]
    found = named or list(tried)
    return found[0] if len(found) == 1 else None


def _core(fact: Fact) -> str:
    return canonical(pattern("row.quotient_words").sub("", fact.label.subject))


def _told(fact: Fact, tried: Tried, at: int, records: Records) -> Result:
    cells = tuple(records[at][field].where for field in tried.pair)
    reading = Reading("ratio", fact.figure.span, tried.meant[at], cells)
    return judged(fact.where, [reading], rule="V-RATIO", code="published.quotient")

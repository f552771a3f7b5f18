"""V-SUM and V-SHARE in tables: totals of rows and columns, parts of a whole, shares of one hundred and of their denominators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from greenfin.published.facts import Facts
from greenfin.published.index import Case, named
from greenfin.published.rule_change import Reading, judged
from greenfin.published.settings import setting
from greenfin.published.shapes import HELD, Fact, Finding, Period, Result, failed, together
from greenfin.published.spans import Span
from greenfin.published.words import pattern

_AT_LEAST = 2
_LAST = 24  # rows above a total that may be the last way a table is cut
_LIKELY = ("money", "count", "")
_SHARED = (*_LIKELY, "co2", "mass", "tce", "energy", "volume", "area")  # what a column of shares may be of, the likeliest first
_WITHIN = (4, 12)  # quarters and months


def check_sums(case: Case) -> Result:
    """All tables: totals, parts, scopes, shares."""
    return together([result for facts in case.tables for result in _of_table(facts, case)])


def _of_table(facts: Facts, case: Case) -> Iterator[Result]:
    is_rest = pattern("page.goes_on").search(facts.layout.caption)  # its totals are of rows on an earlier page too
    is_of_some = pattern("page.of_some").search(facts.layout.caption)  # the largest few: its totals are of rows that it leaves out too
    for column in facts.layout.columns:
        mine = [fact for fact in facts.of_column(column) if fact.is_level]
        yield from () if is_rest else _totals([fact for fact in mine if not _is_mean(fact)], is_of_some=bool(is_of_some))
        yield from _parts(mine)
    for row in facts.layout.rows:
        mine = [fact for fact in facts.of_row(row) if fact.is_level]
        yield from _across(mine)
        yield from _over_the_year(mine)
    yield from _scopes(facts)
    yield from _shares(facts)
    yield from _heads(facts)
    yield from _of_all_loans(facts, case)


def _is_summed(fact: Fact) -> bool:
    """Whether amounts of this kind add up; rates, averages and shares do not."""
    kind = fact.figure.kind
    return kind not in ("percent", "points", "multiple") and "/" not in kind and not pattern("row.per_head").search(fact.label.text)


def _is_mean(fact: Fact) -> bool:
    """Whether a row or a column is the mean of those beside it: no part of a total."""
    return not fact.label.is_total and any(pattern("row.mean").search(label.text) for label in (fact.row_label, fact.column_label))


def _is_distinct(fact: Fact) -> bool:
    """Whether one thing may be in several rows: projects, customers."""
    return bool(pattern("row.distinct").search(fact.label.text))


def _totals(column: Sequence[Fact], *, is_of_some: bool) -> Iterator[Result]:
    """Each total row of a column against what stands above or below it; that of a list of some only is not less than they are."""
    is_cut = sum(fact.label.is_total for fact in column) > setting("bounds", "totals")
    for index, total in enumerate(column):
        if not total.label.is_total or (total.label.is_share and total.figure.kind != "percent"):
            continue
        if total.label.is_share:
            if abs(total.figure.value - setting("share", "hundred")) > setting("share", "off"):
                continue
        elif not _is_summed(total) or not (total.column_label.text or total.figure.kind):
            continue  # a column without any header may hold rates: the rest of a table that began on another page
        if _of_the_last(column[:index], total):
            yield HELD
            continue
        choices = [parts for parts in _choices(column, index, is_cut=is_cut) if len(parts) >= _AT_LEAST and _alike(total, parts)]
        is_held = is_of_some and choices and all(total.figure.base.low > sum_of(parts).high for parts in choices)
        if choices:
            yield HELD if is_held else _total(total, choices)


def _of_the_last(above: Sequence[Fact], total: Fact) -> bool:
    """Whether the last rows add up to it: a table cut in several ways ends with one total of the last way."""
    found = Span(0.0, 0.0, 0.0)
    for count, row in enumerate(reversed(above[-_LAST:]), 1):
        if row.label.is_total or not _alike(total, [row]):
            return False
        found += row.figure.base
        is_enough = count >= _AT_LEAST or (len(above) > 1 and above[-2].label.is_total)  # a subtotal of one row
        if is_enough and found.meets(total.figure.base) and total.figure.base.value:
            return True
    return False


def _choices(column: Sequence[Fact], index: int, *, is_cut: bool = False) -> Iterator[list[Fact]]:
    """What a total may be the sum of: all rows since the last total, without parts of parts, the upper rows, the subtotals, those below.

    In a column of very many totals (``is_cut``) only the last is of everything above it, and only the first of everything below.
    """
    since = next((i for i in range(index - 1, -1, -1) if column[i].label.is_total), -1)
    is_last, is_first = (not any(fact.label.is_total for fact in part) for part in (column[index + 1 :], column[:index]))
    above = column[:index] if is_last or not is_cut else ()
    below = column[index + 1 :] if is_first or not is_cut else ()
    for part in (column[since + 1 : index], above, below):
        plain_rows = [fact for fact in part if not fact.label.is_total]
        yield plain_rows
        yield [fact for fact in plain_rows if not fact.label.is_part]
        yield [fact for fact in part if fact.label.is_total]
        names_total = [bool(pattern("row.named_total").search(fact.row_label.text)) for fact in plain_rows]
        yield [fact for fact, is_one in zip(plain_rows, names_total, strict=True) if is_one]
        yield [fact for fact, is_one in zip(plain_rows, names_total, strict=True) if not is_one]
        yield from by_outline(plain_rows)
        yield without_children(plain_rows)
        yield without_children([fact for fact in plain_rows if not fact.label.is_part])
    grouped = [fact for fact in above if fact.label.is_total]
    if grouped and since >= 0:
        yield [*grouped, *column[since + 1 : index]]


def by_outline(rows: Sequence[Fact]) -> Iterator[list[Fact]]:
    """The rows of the highest number only (1, 2, 3 without 1.1), where rows are numbered."""
    texts = {id(fact): pattern("row.part").sub("", fact.row_label.text).strip() for fact in rows}
    numbers = {at: found[1] for at, text in texts.items() if (found := pattern("row.outline").match(text))}
    if len(numbers) == len(rows) and rows:
        least = min(number.count(".") for number in numbers.values())
        yield [fact for fact in rows if numbers[id(fact)].count(".") == least]


def without_children(rows: Sequence[Fact]) -> list[Fact]:
    """The rows without those that add up to the row right above them."""
    kept: list[Fact] = []
    at = 0
    while at < len(rows):
        kept.append(rows[at])
        at += 1 + _children(rows, at)
    return kept


def _children(rows: Sequence[Fact], at: int) -> int:
    """How many rows below are the parts of a row: the first run of at least two that adds up to it, of so many at most."""
    total = rows[at].figure.base
    if not total.value:
        return 0
    found = Span(0.0, 0.0, 0.0)
    for count, row in enumerate(rows[at + 1 : at + 1 + int(setting("bounds", "children"))], 1):
        found += row.figure.base
        if count >= _AT_LEAST and found.meets(total):
            return count
    return 0


def _alike(total: Fact, parts: Sequence[Fact]) -> bool:
    return all(part.figure.kind == total.figure.kind and part.label.is_share == total.label.is_share for part in parts)


def sum_of(parts: Sequence[Fact]) -> Span:
    """The sum of some figures in the unit of their kind, with its room."""
    found = parts[0].figure.base
    for part in parts[1:]:
        found += part.figure.base
    return found


def _total(total: Fact, choices: Sequence[Sequence[Fact]]) -> Result:
    printed, sums = total.figure.base, [sum_of(parts) for parts in choices]
    factor = total.figure.factor
    if any(printed.meets(each) for each in sums):
        return HELD
    best = min(range(len(sums)), key=lambda i: abs(sums[i].value - printed.value))
    if _is_distinct(total) and printed.high <= sums[best].high and printed.high >= max(part.figure.base.low for part in choices[best]):
        return HELD
    code = "published.share_total" if total.label.is_share else "published.total"
    reading = Reading("sum", total.figure.span, sums[best].scaled(1 / factor), tuple(f.where for f in choices[best]))
    return judged(total.where, [reading], rule="V-SHARE" if total.label.is_share else "V-SUM", code=code)


def _parts(column: Sequence[Fact]) -> Iterator[Result]:
    """A row that is a part of the one above it is not larger."""
    for index, part in enumerate(column):
        of = next((fact for fact in reversed(column[:index]) if not fact.label.is_part), None)
        if (
            not part.label.is_part
            or of is None
            or not _alike(of, [part])
            or not part.figure.kind
            or not _is_summed(part)
            or of.figure.base.low < 0
        ):
            continue
        is_named = bool(of.label.subject) and of.label.subject in part.label.subject
        if part.figure.base.low > of.figure.base.high and not is_named and _is_of_another(part, column[:index]):
            continue
        if part.figure.base.low > of.figure.base.high:
            slots = {"printed": part.figure.text, "of": of.figure.text}
            yield failed(
                Finding(
                    "V-SUM",
                    "error",
                    part.where,
                    "published.part_larger",
                    part.figure.value,
                    None,
                    None,
                    of.figure.value,
                    slots,
                    (of.where,),
                )
            )
        else:
            yield HELD


def _is_of_another(part: Fact, above: Sequence[Fact]) -> bool:
    """Whether it may be a part of an earlier row that parts were told of already: a whole cut a second way."""
    wholes = [one for one, other in pairwise(above) if other.label.is_part and not one.label.is_part]
    return any(_alike(whole, [part]) and whole.figure.base.high >= part.figure.base.low for whole in wholes)


def _across(row: Sequence[Fact]) -> Iterator[Result]:
    """A column named total against the columns of one period beside it."""
    for total in row:
        if not total.column_label.is_total or not _is_summed(total) or total.label.is_share:
            continue
        beside = [
            fact
            for fact in row
            if fact is not total and fact.label.period == total.label.period and not fact.label.is_share and _alike(total, [fact])
        ]
        parts = [fact for fact in beside if not (fact.column_label.is_total or fact.column_label.is_part or _is_mean(fact))]
        if len(parts) >= _AT_LEAST and all(fact.column_label.period == total.column_label.period for fact in parts):
            yield _total(total, [parts, *combined(parts)])


def _over_the_year(row: Sequence[Fact]) -> Iterator[Result]:
    """What was used in the whole year against its four quarters or twelve months; stocks are not added."""
    for total in row:
        if not pattern("row.whole_year").fullmatch(total.column_label.text) or pattern("row.not_added").search(total.row_label.text):
            continue
        parts = [fact for fact in row if pattern("row.within_year").fullmatch(fact.column_label.text)]
        if len(parts) in _WITHIN and _is_summed(total) and _alike(total, parts) and not total.label.is_share:
            yield _total(total, [parts])


def combined(parts: Sequence[Fact]) -> Iterator[list[Fact]]:
    """All but one, and pairs: a part of a part may stand among the parts. Of very many parts none."""
    if _AT_LEAST < len(parts) <= setting("bounds", "combined"):
        yield from (list(each) for each in combinations(parts, len(parts) - 1))
        yield from (list(each) for each in combinations(parts, _AT_LEAST))


def _scopes(facts: Facts) -> Iterator[Result]:
    """Emissions: the total is the sum of the first two scopes, or of all three."""
    names = ("scope1", "scope2", "scope2_market", "ghg_total")
    periods = dict.fromkeys(fact.label.period for fact in facts.facts if named(fact) == "ghg_total" and fact.is_level)
    for period in periods:
        held = {name: fact for name in names if (fact := _only(facts, name, period))}
        second = [held[name] for name in ("scope2", "scope2_market") if name in held]
        if "scope1" not in held or not second or "ghg_total" not in held or held["ghg_total"].label.is_share:
            continue
        choices = [[held["scope1"], each] for each in second]
        third = [
            fact for fact in facts.facts if named(fact) == "scope3" and fact.label.period == period and fact.is_level and _is_summed(fact)
        ]
        choices += [[*each, *more] for each in list(choices) for more in (third, third[:1], third[1:]) if more]
        if all(_kin(held["ghg_total"], each) for each in choices):
            yield _total(held["ghg_total"], choices)


def _kin(total: Fact, parts: Sequence[Fact]) -> bool:
    return all(part.figure.kind == total.figure.kind for part in parts) and not pattern("row.per_head").search(total.label.text)


def _only(facts: Facts, name: str, period: Period | None) -> Fact | None:
    found = [
        f for f in facts.facts if named(f) == name and f.label.period == period and f.is_level and not f.label.is_share and _is_summed(f)
    ]
    return found[0] if len(found) == 1 else None


def _shares(facts: Facts) -> Iterator[Result]:
    """Shares beside amounts: of the total where it is printed, else of the one whole that most rows agree on."""
    for column in facts.layout.columns:
        shares = [f for f in facts.of_column(column) if f.is_level and f.label.is_share and f.figure.kind in ("percent", "")]
        readings = []
        for kind in _SHARED:
            pairs = [(share, level) for share in shares if (level := _beside(facts, share, kind))]
            if len({level.column for _, level in pairs}) == 1 and len(pairs) > _AT_LEAST:
                readings.append(list(_of_one_whole(pairs, is_likely=kind in _LIKELY)))
        yield from min(filter(None, readings), key=lambda found: sum(not result.reproduced for result in found), default=())


def _heads(facts: Facts) -> Iterator[Result]:
    """Amounts per head beside amounts: all of one number of heads."""
    for column, label in facts.layout.columns.items():
        if not pattern("row.heads").search(label.text):
            continue
        per_head = [fact for fact in facts.of_column(column) if fact.is_level and fact.figure.value > 0]
        pairs = [(each, whole) for each in per_head if (whole := _whole_of(facts, each))]
        heads = _agreed([(each.figure.span, whole.figure.span) for each, whole in pairs])
        if heads is None or len({whole.column for _, whole in pairs}) > 1:
            continue
        for each, whole in pairs:
            meant = whole.figure.span.over(heads)
            if meant:
                yield judged(
                    each.where,
                    [Reading("heads", each.figure.span, meant.scaled(100), (whole.where,))],
                    rule="V-SHARE",
                    code="published.per",
                )


def _whole_of(facts: Facts, each: Fact) -> Fact | None:
    """The amount of the same row and period that is not per head."""
    beside = (f for f in facts.of_row(each.row) if f.is_level and f.label.period == each.label.period and f is not each)
    found = [f for f in beside if not pattern("row.per_head").search(f.column_label.text) and not f.label.is_share]
    return found[0] if len(found) == 1 else None


def _beside(facts: Facts, share: Fact, kind: str) -> Fact | None:
    """The amount of the same row and period that a share may be the share of: the one of the same name, else the only one of its kind."""
    period = share.label.period
    beside = [
        fact
        for fact in facts.of_row(share.row)
        if fact.is_level and not fact.label.is_share and fact.label.period == period and fact.figure.kind == kind
    ]
    named_alike = [fact for fact in beside if fact.key == (share.label.subject, False)]
    if not share.column_label.subject:
        beside = _between_shares(facts, share, beside)
    found = named_alike or (beside if kind not in ("count", "") else [])
    return found[0] if len(found) == 1 else None


def _between_shares(facts: Facts, share: Fact, amounts: list[Fact]) -> list[Fact]:
    """Where amounts and bare shares take turns, those amounts that stand between the share before and this one."""
    row = [fact for fact in facts.of_row(share.row) if fact.is_level and fact.label.period == share.label.period]
    bare = [fact.column for fact in row if fact.label.is_share and fact.key == share.key]
    is_amount_first = any(not fact.label.is_share and fact.column < min(bare) for fact in row)
    since = max((column for column in bare if column < share.column), default=-1)
    return [fact for fact in amounts if since < fact.column < share.column] if len(bare) > 1 and is_amount_first else amounts


def _of_one_whole(pairs: Sequence[tuple[Fact, Fact]], *, is_likely: bool) -> Iterator[Result]:
    """Each share of the whole that most rows agree on; where shares are likely to be of such amounts, else of the printed total."""
    total = next(
        (level for share, level in pairs if share.label.is_total and abs(share.figure.value - setting("share", "hundred")) < 1), None
    )
    agreed = _agreed([(share.figure.span, level.figure.base) for share, level in pairs if level.figure.value > 0 and level is not total])
    base = agreed or (total.figure.base if total and is_likely else None)
    for share, level in pairs:
        meant = level.figure.base.over(base) if base else None
        if meant is None or level is total:
            continue
        cells = (level.where, total.where) if total and agreed is None else (level.where,)
        yield judged(share.where, [Reading("share", share.figure.span, meant.scaled(100), cells)], rule="V-SHARE", code="published.share")


def _agreed(pairs: Sequence[tuple[Span, Span]]) -> Span | None:
    """The range of the whole (or of the heads) that most rows' parts and amounts allow together."""
    wholes = [found.scaled(100) for part, amount in pairs if (found := amount.over(part))]
    best = max(wholes, key=lambda each: sum(_holds(other, each.value) for other in wholes), default=None)
    if best is None:
        return None
    marks = sorted({end for each in wholes for end in (each.low, each.high)})
    middle = max(
        ((a + b) / 2 for a, b in pairwise(marks)),
        key=lambda at: sum(_holds(each, at) for each in wholes),
        default=best.value,
    )
    holding = [each for each in wholes if _holds(each, middle)]
    if len(holding) < max(1 + _AT_LEAST, setting("share", "agree") * len(wholes)):
        return None
    return Span(max(each.low for each in holding), middle, min(each.high for each in holding))


def _holds(span: Span, at: float) -> bool:
    return span.low <= at <= span.high


def _of_all_loans(facts: Facts, case: Case) -> Iterator[Result]:
    """The share of green loans where all loans are printed too."""
    for share in (fact for fact in facts.facts if fact.label.is_share and fact.is_level and named(fact) == "green_loans"):
        whole = pattern("share.whole").search(share.label.text)
        if whole and not pattern("share.all_loans").match((whole["of"] or whole["of2"]).strip()):
            continue
        period = share.label.period
        green, every = ([*case.levels(name, period)] if period else [] for name in ("green_loans", "total_loans"))
        money = [[fact for fact in found if fact.figure.kind == "money"] for found in (green, every)]
        if len(money[0]) == 1 and len(money[1]) == 1 and (ratio := money[0][0].figure.base.over(money[1][0].figure.base)):
            cells = (money[0][0].where, money[1][0].where)
            yield judged(
                share.where, [Reading("share", share.figure.span, ratio.scaled(100), cells)], rule="V-SHARE", code="published.share"
            )

"""What a header or a row name says: period, unit, change, share, and what is left: the subject."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from greenfin.published.shapes import Label, Period
from greenfin.published.words import mapping, pattern, plain, unit_of

_BRACKETS = re.compile(r"[(\[]([^()\[\]]{1,40})[)\]]")
_BEHIND = re.compile(r"(?:/|,|:|、)\s?([^/,:、()]{1,14})$")
_CENTURY = 2000
SAME_PART = "~"  # the same part of another year


@cache
def read_label(text: str) -> Label:
    """A label taken apart."""
    clean = cleaned(text)
    unit, rest = _unit(clean)
    is_total = bool(pattern("row.total").match(rest.strip()))
    is_part = bool(pattern("row.part").match(rest))
    rest = pattern("row.part").sub("", rest)
    rest = pattern("row.number").sub("", rest)
    change, basis, is_falling, rest = _change(rest, unit, clean)
    base_year = year_of_base(clean) if change else 0
    rest = pattern("subject.restated").sub(" ", rest)
    period, rest = period_in(rest)
    is_share = bool(pattern("share.is").search(rest)) or (bool(change) and bool(pattern("share.is").search(clean)))
    rest = pattern("share.words").sub(" ", rest)
    rest = pattern("row.grand").sub("", rest) if is_total else rest
    subject = canonical(pattern("subject.reach").sub("", rest) if period and period.reach else rest)
    subject = "" if pattern("subject.valued").fullmatch(subject) else subject
    return Label(clean, subject, unit, period, change, basis, is_share, is_total, is_part, is_falling, base_year)


def cleaned(text: str) -> str:
    """A label as it is read: plain, without marks of notes."""
    return pattern("number.note").sub("", plain(text)).strip()


def year_of_base(text: str) -> int:
    """The year that a change is against, where it is named; else 0.

    >>> year_of_base("change from 2020")
    2020
    """
    found = pattern("change.base_year").search(text)
    return int(found["year"] or found["year2"]) if found else 0


def canonical(text: str) -> str:
    """A name without signs, lower case, without words that say nothing about what it is: balance, amount.

    >>> canonical("Green loan balance") == canonical("green loan")
    True
    """
    return pattern("subject.stop").sub("", text.casefold().rstrip("s"))


def _unit(text: str) -> tuple[str, str]:
    """The unit in brackets or behind a stroke, and the text without it."""
    for found in reversed(list(_BRACKETS.finditer(text))):
        if unit_of(found[1]):
            return found[1].strip(), (text[: found.start()] + text[found.end() :]).strip()
    behind = _BEHIND.search(text)
    if behind and unit_of(behind[1]):
        return behind[1].strip(), text[: behind.start()].strip()
    whole = unit_of(text) if not pattern("change.points").fullmatch(text) else None
    return (text, "") if whole and whole.kind and text not in ("%",) else ("", text)


def _change(text: str, unit: str, whole: str) -> tuple[str, str, bool, str]:
    """The kind of change, its basis, whether it counts decreases, and the text without these words."""
    is_bare = bool(pattern("change.bare").search(text))
    basis = _basis(text if is_bare else pattern("change.whole_time").sub("", text))
    if pattern("row.whole_year").fullmatch(text.strip()) or (not basis and not is_bare):
        return "", "", False, text
    if pattern("share.is").search(text) and pattern("share.ends").search(text) and not basis:
        return "", "", False, text
    kind = _kind(text, unit, whole)
    return kind, basis, bool(pattern("change.falling").search(text)), pattern("change.all").sub(" ", text)


def _basis(text: str) -> str:
    for name in ("start", "same", "year", "before"):
        if pattern(f"change.basis_{name}").search(text):
            return name
    return ""


def _kind(text: str, unit: str, whole: str) -> str:
    meant = unit_of(unit) if unit else None
    if pattern("change.points").search(whole) or (meant and meant.kind == "points"):
        return "points"
    if meant and meant.kind == "percent":
        return "relative"
    if pattern("change.relative").search(text):
        return "relative"
    if pattern("change.absolute").search(text) or (meant and meant.kind and meant.kind != "percent"):
        return "absolute"
    return "any"


@cache
def period_in(text: str) -> tuple[Period | None, str]:
    """The period in a text, and the text without it."""
    reach, without = _reach(text)
    for name in ("quarter", "half", "english_day", "day", "month", "year"):
        if (found := pattern(f"period.{name}").search(without)) and (period := _dated(name, found)):
            return replace(period, reach=reach), f"{without[: found.start()]} {without[found.end() :]}"
    for name, shift in (("shift_same", -1), ("shift_two", -2), ("shift_before", -1), ("shift_now", 0)):
        if found := pattern(f"period.{name}").search(without):
            part = SAME_PART if name == "shift_same" else ""
            return Period(0, part, reach, shift), f"{without[: found.start()]} {without[found.end() :]}"
    return (Period(shift=0, reach=reach), without) if reach else (None, text)


def is_period(text: str) -> bool:
    """Whether a text is a period and nothing else but its unit in brackets.

    >>> is_period("2023 (tCO2e)"), is_period("2023 t")
    (True, False)
    """
    period, rest = period_in(plain(text))
    inside = rest.strip(" ()")
    return period is not None and (not inside or (rest.strip() == f"({inside})" and unit_of(inside) is not None))


def _reach(text: str) -> tuple[str, str]:
    for name in ("since", "ytd", "quarter"):
        if found := pattern(f"period.reach_{name}").search(text):
            if name == "quarter" and pattern("change.basis_same").search(text):
                continue
            keep = found[0] if re.search(r"\d{4}", found[0]) else ""
            return name, f"{text[: found.start()]} {keep} {text[found.end() :]}"
    return "", text


def _dated(name: str, found: re.Match[str]) -> Period | None:
    groups = {key: value for key, value in found.groupdict().items() if value}
    year = int(groups.get("y") or groups.get("y2") or groups.get("y3") or 0)
    year += _CENTURY if 0 < year < 100 else 0
    if name == "year":
        return Period(year)
    if name == "half":
        return Period(year, "H2" if groups.get("h2") == "2" else "H1")
    if name == "quarter":
        sign = groups.get("q") or groups.get("q2") or groups.get("q3") or groups.get("q4") or "1"
        return _ended(year, 3 * mapping("period.quarters")[sign.casefold()])
    month = mapping("period.months")[groups["mon"].casefold()] if "mon" in groups else int(groups["m"])
    return _ended(year, month)


def _ended(year: int, month: int) -> Period:
    """December and the fourth quarter are the year's end: the year."""
    return Period(year) if month == 12 else Period(year, f"M{month:02}")


def joined(labels: Sequence[Label], text: str, *, skip_reach: bool = False, whole: Label | None = None) -> Label:
    """Labels one above the other as one: the words of all, the first unit and period that are said from the inside out.

    ``whole``: what the text says as one, where it was read.
    """
    whole = whole or read_label(text)
    unit = next((label.unit for label in reversed(labels) if label.unit), whole.unit)
    period = _one_period([label.period for label in labels if label.period]) or whole.period
    subject = "|".join(dict.fromkeys(label.subject for label in labels if label.subject))
    if skip_reach and len(labels) > 1:  # a header over several columns that names a quarter or a year to date
        subject = "|".join(dict.fromkeys(x.subject for x in labels if x.subject and not (x.period and x.period.reach))) or subject
    if any(label.change for label in labels):
        subject = "|".join(part for part in subject.split("|") if not pattern("subject.of_change").fullmatch(part))
    base_year = next((label.base_year for label in labels if label.base_year), 0)
    return replace(whole, unit=unit, period=period, subject=subject, base_year=base_year)


def _one_period(periods: Sequence[Period]) -> Period | None:
    """A dated one before a relative one; the reach of whichever has it."""
    if not periods:
        return None
    best = next((period for period in reversed(periods) if period.year), periods[-1])
    return replace(best, reach=next((period.reach for period in periods if period.reach), ""))

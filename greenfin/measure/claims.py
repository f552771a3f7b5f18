"""What a text claims: indicators with numbers, units and their printed precision, read by a strict grammar; nothing is evaluated.

The words are data (``claim_words.csv``). A number is one indicator's where its unit says so (万吨标准煤), else of the nearest word
before it with nothing between but connecting words, else of the one behind it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from greenfin.core.units import UnknownUnit, WrongDimension, parse_unit, ratio, same_dimension

LONGEST = 10_000  # signs of a claim that are read
_UNIT_LENGTH = 20
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?|(?<=[^\x00-\x7f])\d[\d,]*(?:\.\d+)?")
_SENTENCES = re.compile(r"[。;!?\n]|\.\s")
_BREAK = re.compile(r"[,、:()]")
_CLAUSE = re.compile(r"[,、:();。]")
_NEAR = 10  # signs


@dataclass(frozen=True, slots=True)
class Claim:
    """An indicator as it was stated. ``half`` is half a unit of the last printed digit in ``unit`` (a whole one after 约 and the like)."""

    output: str
    value: Decimal
    unit: str
    half: Decimal
    is_yearly: bool = True

    def base(self) -> tuple[float, float, float]:
        """The stated number, its lowest and its highest reading, in the indicator's own unit (:func:`base_unit`)."""
        scale = scale_of(self.output, self.unit)
        low, high = self.value - self.half, self.value + self.half
        return float(self.value) * scale, float(low) * scale, float(high) * scale


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    output: str


@dataclass(frozen=True, slots=True)
class _Figure:
    start: int
    end: int
    value: Decimal
    unit: str
    half: Decimal


@cache
def words(kind: str) -> dict[str, str]:
    """The words of a kind (output, base, own, unit, hedge, joint, order, whole, elsewhere …) with what they mean, the longest first."""
    rows = list(csv.DictReader(files("greenfin.measure").joinpath("claim_words.csv").read_text("utf-8").splitlines()))
    found = {row["word"].casefold() if kind != "own" else row["word"]: row["means"] for row in rows if row["kind"] == kind}
    return dict(sorted(found.items(), key=lambda each: -len(each[0])))


def base_unit(output: str) -> str:
    """The unit that an indicator is compared in, such as ``tCO2``."""
    return words("base")[output]


@cache
def scale_of(output: str, unit: str) -> float:
    """How many of the indicator's own units one stated unit is; tonnes are tonnes of the substance. Raises WrongDimension."""
    base = base_unit(output)
    if same_dimension(unit, base) or not base.startswith(("t", "m3")):
        return ratio(unit, base)
    return ratio(unit, "t")


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in words(kind)))


def clean(text: str) -> str:
    """The text as it is read: NFKC, lower case, at most ten thousand signs; a number after a subscript stays a number."""
    apart = re.sub("\N{SUBSCRIPT TWO}(?=[0-9])", "2 ", text[:LONGEST])
    return unicodedata.normalize("NFKC", apart).casefold()


def claims_of(text: str) -> tuple[Claim, ...]:
    """Everything that a text states about the known indicators, in its order.

    >>> [(c.output, str(c.value), c.unit) for c in claims_of("年节约标准煤 3.2 万吨、减排二氧化碳 8.5 万吨")]
    [('tce', '3.2', '万吨'), ('co2', '8.5', '万吨')]
    """
    return tuple(claim for part in _SENTENCES.split(clean(text)) for claim in _claims(part))


def _claims(part: str) -> Iterator[Claim]:
    figures, found = list(_figures(part)), [_Word(m.start(), m.end(), words("output")[m[0]]) for m in _pattern("output").finditer(part)]
    is_yearly = not _pattern("whole").search(part)
    in_order = _in_order(part, figures, found)
    for place, figure in enumerate(figures):
        output = in_order[place] if in_order else _output(part, figures, place, found=found)
        if output and _takes(output, figure.unit):
            yield Claim(output, figure.value, figure.unit, figure.half, is_yearly)


def _takes(output: str, unit: str) -> bool:
    try:
        scale_of(output, unit)
    except (UnknownUnit, WrongDimension):
        return False
    return True


def _figures(part: str) -> Iterator[_Figure]:
    for number in _NUMBER.finditer(part):
        unit = unit_at(part, number.end())
        if unit is None:
            continue
        value = Decimal(number[0].replace(",", ""))
        exponent = value.as_tuple().exponent
        digit = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
        ahead = part[: number.start()].rstrip()
        hedged = ahead.endswith(tuple(words("hedge"))) and not ahead.endswith(tuple(words("no_hedge")))
        yield _Figure(number.start(), unit[1], value, unit[0], digit if hedged else digit / 2)


def unit_at(part: str, start: int) -> tuple[str, int] | None:
    """The longest unit that begins here, and where it ends; ASCII units end at a word's end."""
    start += len(part[start:]) - len(part[start:].lstrip())
    spelt = next((word for word in words("unit") if part.startswith(word, start)), "")
    if spelt:
        return parse_unit(words("unit")[spelt]), start + len(spelt)
    for end in range(min(len(part), start + _UNIT_LENGTH), start, -1):
        text = part[start:end]
        cut = end < len(part) and part[end - 1].isascii() and part[end - 1].isalpha() and part[end].isascii() and part[end].isalnum()
        if cut or text != text.strip() or text[0].isdigit():
            continue
        try:
            unit = parse_unit(text)
        except UnknownUnit:
            continue
        if unit != "dimensionless":
            return unit, end
    return None


def _output(part: str, figures: Sequence[_Figure], place: int, *, found: Sequence[_Word]) -> str:
    figure = figures[place]
    own = next((means for unit, means in words("own").items() if same_dimension(figure.unit, unit)), "")
    if own:
        return own
    left = figures[place - 1].end if place else 0
    right = figures[place + 1].start if place + 1 < len(figures) else len(part)
    before = [w for w in found if left <= w.start and w.end <= figure.start]
    behind = [w for w in found if figure.end <= w.start and w.end <= right]
    if behind and part[figure.end : behind[0].start].strip() in ("", *words("joint")):
        return behind[0].output
    if before and not _BREAK.search(part[before[-1].end : figure.start]):
        return before[-1].output
    if behind and not _BREAK.search(part[figure.end : behind[0].start]):
        return behind[0].output
    return before[-1].output if before else ""


def _in_order(part: str, figures: Sequence[_Figure], found: Sequence[_Word]) -> list[str]:
    """The indicators of a list that is followed by its numbers in the same order (分别为)."""
    mark = _pattern("order").search(part)
    if not mark or not figures:
        return []
    before = [w.output for w in found if w.end <= figures[0].start]
    return before[-len(figures) :] if len(before) >= len(figures) else []


def claimed_elsewhere(text: str) -> tuple[str, ...]:
    """Where else a text says the benefit is claimed: green certificate, carbon credit, green bond, facility, another bank.

    What it denies (未申领绿证, 绿证未出售, no carbon credits) is no claim.

    >>> claimed_elsewhere("绿证已售出，未申请CCER")
    ('green certificate',)
    """
    plain = clean(text)
    hits = (m for m in _pattern("elsewhere").finditer(plain) if not _is_denied(plain, m.start(), m.end()))
    return tuple(dict.fromkeys(words("elsewhere")[m[0]] for m in hits))


def _is_denied(text: str, start: int, end: int) -> bool:
    """Whether a word that denies stands just before the place, or begins what follows it, in the same clause."""
    ahead = _CLAUSE.split(text[max(0, start - _NEAR) : start])[-1]
    behind = _CLAUSE.split(text[end : end + _NEAR])[0].lstrip()
    return bool(_pattern("denies").search(ahead)) or behind.startswith(tuple(words("denies")))


@dataclass(frozen=True, slots=True)
class Rule:
    """What another claim does: its results of ``outputs`` stand ``apart`` from what the bank may claim, or count ``once`` as they are."""

    effect: str
    outputs: tuple[str, ...]


@cache
def rules() -> dict[str, Rule]:
    """The rule of each other place (``claim_rules.csv``)."""
    rows = csv.DictReader(files("greenfin.measure").joinpath("claim_rules.csv").read_text("utf-8").splitlines())
    return {row["place"]: Rule(row["effect"], tuple(row["outputs"].split())) for row in rows}

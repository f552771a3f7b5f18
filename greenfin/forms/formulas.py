"""The formulas of a return, computed exactly: sums, differences, comparisons and IF over cells of the same sheet. Nothing is executed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from greenfin.ingest.grids import column_letter, column_number

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|(\$?[A-Z]{1,3}\$?\d{1,7})(?!\w)|([A-Z]+)(?=\()|(<=|>=|<>|[-+*/=<>(),:]))")
_PLACES = 100  # digits that a number is rounded to
_MOST = 20_000  # words of a formula, cells of a range


class Unread(Exception):
    """A formula that is beyond what is computed here."""


@dataclass(slots=True)
class Calculator:
    """Values of cells by address: numbers that stand there (an empty cell is 0), and formulas over them."""

    numbers: Mapping[str, Fraction]
    formulas: Mapping[str, str]
    known: dict[str, Fraction] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)

    def value(self, at: str) -> Fraction:
        """The value of a cell; raises Unread for a formula that cannot be computed here, and for one that rests on itself."""
        if at in self.known:
            return self.known[at]
        if at not in self.formulas:
            return self.numbers.get(at, Fraction(0))
        if at in self.waiting:
            raise Unread(at)
        self.waiting.append(at)
        try:
            self.known[at] = _Parser(_tokens(self.formulas[at].removeprefix("=")), self).whole()
        except (RecursionError, ValueError, OverflowError) as bad:  # formulas or brackets inside each other, or digits, without end
            raise Unread(at) from bad
        finally:
            self.waiting.pop()
        return self.known[at]


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    text = text.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or len(found) > _MOST:
            raise Unread(text)
        found.append(next(part for part in token.groups() if part is not None).replace("$", ""))
        at = token.end()
    return found


class _Parser:
    """Reads the tokens of one formula from left to right."""

    def __init__(self, tokens: Sequence[str], calculator: Calculator) -> None:
        self.tokens, self.at, self.calculator = tokens, 0, calculator

    def whole(self) -> Fraction:
        value = self._compared()
        if self.at < len(self.tokens):
            raise Unread(self.tokens[self.at])
        return value

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._next()
        if not token or (wanted and token != wanted):
            raise Unread(token)
        self.at += 1
        return token

    def _compared(self) -> Fraction:
        value = self._added()
        while self._next() in _COMPARED:
            value = Fraction(_COMPARED[self._take()](value, self._added()))
        return value

    def _added(self) -> Fraction:
        value = self._multiplied()
        while self._next() in ("+", "-"):
            value = value + self._multiplied() if self._take() == "+" else value - self._multiplied()
        return value

    def _multiplied(self) -> Fraction:
        value = self._one()
        while self._next() in ("*", "/"):
            sign, other = self._take(), self._one()
            if sign == "/" and not other:
                raise Unread(sign)
            value = value * other if sign == "*" else value / other
        return value

    def _one(self) -> Fraction:
        word = self._take()
        if word in ("-", "+"):
            return self._one() * (-1 if word == "-" else 1)
        if word == "(":
            value = self._compared()
            self._take(")")
            return value
        if word[0].isdigit():
            return Fraction(word)
        return self.calculator.value(word) if word[-1].isdigit() else self._called(word)

    def _called(self, name: str) -> Fraction:
        self._take("(")
        args: list[list[Fraction]] = []
        while self._next() != ")":
            args.append(self._argument())
            if self._next() == ",":
                self._take()
        self._take(")")
        if name not in _CALLED:
            raise Unread(name)
        return _CALLED[name](args)

    def _argument(self) -> list[Fraction]:
        """The values of an argument: those of a range, or one."""
        if self.at + 2 < len(self.tokens) and self.tokens[self.at + 1] == ":":
            first, last = self._take(), (self._take(":"), self._take())[1]
            return [self.calculator.value(at) for at in _between(first, last)]
        return [self._compared()]


def _between(first: str, last: str) -> list[str]:
    (a, top), (b, bottom) = (_split(at) for at in (first, last))
    if (b - a + 1) * (bottom - top + 1) > _MOST:
        raise Unread(f"{first}:{last}")
    return [f"{column_letter(column)}{row}" for column in range(a, b + 1) for row in range(top, bottom + 1)]


def _split(at: str) -> tuple[int, int]:
    letters = at.rstrip("0123456789")
    if not letters or letters == at:
        raise Unread(at)
    return column_number(letters), int(at[len(letters) :])


def _if(args: Sequence[Sequence[Fraction]]) -> Fraction:
    if len(args) not in (2, 3):
        raise Unread("IF")
    return args[1][0] if args[0][0] else (args[2][0] if len(args) > 2 else Fraction(0))


def _rounded(args: Sequence[Sequence[Fraction]]) -> Fraction:
    places = int(args[1][0]) if len(args) > 1 else 0
    if abs(places) > _PLACES:
        raise Unread("ROUND")
    size = Fraction(10) ** places
    value = args[0][0] * size
    whole = (abs(value) * 2 + 1) // 2
    return Fraction(whole if value >= 0 else -whole) / size


def _summed(args: Sequence[Sequence[Fraction]]) -> Fraction:
    return sum((value for arg in args for value in arg), Fraction(0))


def _absolute(args: Sequence[Sequence[Fraction]]) -> Fraction:
    return abs(args[0][0])


def _all(args: Sequence[Sequence[Fraction]]) -> Fraction:
    return Fraction(all(value for arg in args for value in arg))


_CALLED: Mapping[str, Callable[[Sequence[Sequence[Fraction]]], Fraction]] = {
    "SUM": _summed, "IF": _if, "ROUND": _rounded, "ABS": _absolute, "AND": _all,
}  # fmt: skip
_COMPARED: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}

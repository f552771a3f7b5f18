"""The register of published figures as a file: what was published where and when, so that a figure never differs without a record."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

from greenfin.core.money import round_half_up
from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.core.records import PriorCell
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.ingest.codes import read_unit
from greenfin.ingest.files import read_grids
from greenfin.ingest.numbers import number_in
from greenfin.ingest.restatements import Restatement
from greenfin.ingest.under_headings import Line, lines_under

NEEDED = ("cell", "period", "value", "unit")
KINDS = ("report", "return", "exchange", "rating")
_YEAR = re.compile(r"(\d{4})(?:\D+12(?:\D+31)?)?\D*(?:00:00:00)?")


@dataclass(frozen=True, slots=True)
class Published:
    """A figure as it went out: the value as printed, in ``unit`` with ``decimals``; ``period`` is a year or another period's text."""

    cell: str
    period: str
    value: Fraction
    decimals: int
    unit: str
    kind: str = ""
    document: str = ""
    on: str = ""
    perimeter: str = ""
    source_cell: str = ""

    @property
    def place(self) -> str:
        """Where it was published and where the register says so."""
        return " ".join(filter(None, (self.document, self.on, f"[{self.source_cell}]" if self.source_cell else "")))


def period_of(text: str) -> str:
    """The year that a text means that is a year or its end (``2024年末``, ``2024-12-31``); any other text as it is.

    >>> period_of("2024-12-31"), period_of("2024-09-30")
    ('2024', '2024-09-30')
    """
    found = _YEAR.fullmatch(text.strip())
    return found[1] if found else text.strip()


@cache
def _words() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def headings() -> tuple[str, ...]:
    """The headings that a new register has."""
    return tuple(words[0] for words in _words()["headings"].values())


def order_of(cells: Sequence[str]) -> tuple[str, ...]:
    """What each column of a line of headings is: a field of :class:`Published`, or empty."""
    known = {word: name for name, words in _words()["headings"].items() for word in words}
    return tuple(known.get(cell.strip().casefold(), "") for cell in cells)


def kind_word(kind: str) -> str:
    """How a register says where a figure was published."""
    return _words()["kinds"][kind][0]


def read_register(path: Path) -> Outcome[tuple[Published, ...]]:
    """The published figures of a file (xlsx or csv), one a row: cell, period, value, unit; and where, document, date, perimeter.

    A row without one of the four, or that cannot be read, is an error and left out. Raises Refused for a file without these headings,
    naming those that were recognised.
    """
    grids = read_grids(path)
    lines, known = lines_under(grids.value, _words()["headings"], needed=NEEDED)
    if lines is None:
        missing = ", ".join(_words()["headings"][name][0] for name in NEEDED if name not in known)
        raise Refused(error("ingest.register_unknown", path.name, found=", ".join(sorted(known)) or "-", missing=missing))
    made = [_entry(line) for line in lines]
    found = tuple(one for one in made if isinstance(one, Published))
    return Outcome(found, (*grids.problems, *(one for one in made if isinstance(one, Problem))))


def _entry(line: Line) -> Published | Problem:
    lacking = [name for name in NEEDED if not line.text(name)]
    unit = read_unit(line.text("unit"))
    said = line.text("kind").casefold()
    kind = next((name for name, words in _words()["kinds"].items() if said in words), "")
    if said and not kind:
        lacking.append("kind")
    try:
        number = number_in(line.value("value"), unit="").value
    except ValueError:
        lacking.append("value")
    if lacking or unit.problem or "!" not in line.text("cell"):
        names = lacking or ["unit" if unit.problem else "cell"]
        return error("ingest.register_row", line.at(), missing=", ".join(_words()["headings"][name][0] for name in dict.fromkeys(names)))
    decimals = max(0, -int(number.as_tuple().exponent))
    period, day = period_of(line.text("period")), line.text("on").partition(" ")[0]
    texts = (kind, line.text("document"), day, line.text("perimeter"))
    return Published(line.text("cell"), period, Fraction(number), decimals, str(unit.value), *texts, line.at())


def is_same(one: Published, other: Published) -> bool:
    """Whether two printed figures can be the same one: equal when the finer is rounded to the decimals of the coarser."""
    try:
        ratio = exact_ratio(other.unit, one.unit)
    except (UnknownUnit, WrongDimension):
        return False
    if one.value == other.value * ratio:
        return True
    back = round_half_up(one.value / ratio, other.decimals)
    return round_half_up(other.value * ratio, one.decimals) == one.value or back == other.value


def contradictions(entries: Sequence[Published], records: Sequence[Restatement], *, same: Mapping[str, str]) -> Iterator[Problem]:
    """Figures of a cell, period and perimeter that were published with two values and no record of restatement between them: errors that
    name both places (X-14)."""
    first: dict[tuple[str, str, str], list[Published]] = {}
    for entry in entries:
        key = (same.get(entry.cell, entry.cell), entry.period, entry.perimeter)
        stood = first.setdefault(key, [])
        if stood and not any(is_same(entry, was) or _is_recorded(was, entry, records, same) for was in stood):
            slots = {"cell": entry.cell, "period": entry.period, "was": _told(stood[-1]), "now": _told(entry)}
            yield error("ingest.register_differs", entry.source_cell, **slots, first=stood[-1].place, second=entry.place)
        else:
            stood.append(entry)


def _is_recorded(was: Published, now: Published, records: Sequence[Restatement], same: Mapping[str, str]) -> bool:
    figure = same.get(now.cell, now.cell)
    return any(
        same.get(record.cell, record.cell) == figure
        and is_same(was, _valued(record, record.old, was))
        and is_same(now, _valued(record, record.new, was))
        for record in records
    )


def _valued(record: Restatement, value: Fraction, of: Published) -> Published:
    return Published(record.cell, of.period, value, decimals_of(value), record.unit or of.unit)


def decimals_of(value: Fraction) -> int:
    """How many decimals a value has, at most ten."""
    return len(f"{float(value):.10f}".rstrip("0").partition(".")[2])


def differing(
    prior: Sequence[PriorCell], entries: Sequence[Published], records: Sequence[Restatement], *, same: Mapping[str, str], as_of: date
) -> Iterator[Problem]:
    """Figures of last year that are not what the register says was published, without a record: an error (X-14), a warning where last
    year's file itself gives a reason."""
    period = period_of(f"{as_of.year - 1}-{as_of:%m-%d}")
    stood: dict[str, dict[str, Published]] = {}  # the last of each perimeter
    for entry in entries:
        if entry.period == period:
            stood.setdefault(same.get(entry.cell, entry.cell), {})[entry.perimeter] = entry
    for cell in prior:
        name = f"{cell.table}!{cell.row}.{cell.column}"
        published = list(stood.get(same.get(name, name), {}).values())
        now = Published(name, period, cell.value, decimals_of(cell.value), cell.unit, source_cell=cell.source_cell)
        if published and not any(is_same(now, was) or _is_recorded(was, now, records, same) for was in published):
            slots = {"cell": name, "found": _told(now), "published": _told(published[0]), "first": published[0].place}
            if cell.restated:
                yield warning("ingest.prior_unrecorded", cell.source_cell, **slots)
            else:
                yield error("ingest.prior_unrecorded", cell.source_cell, **slots)


def _told(entry: Published) -> str:
    return f"{float(entry.value):,.{entry.decimals}f} {entry.unit}"

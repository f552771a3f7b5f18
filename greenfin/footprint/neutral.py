"""Where the bank stands against its target, and what a statement of carbon neutrality would rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, Severity
from greenfin.core.units import magnitude, quantity
from greenfin.footprint.ahead import Ahead, whole
from greenfin.footprint.pledges import Pledges, Target, retired_in
from greenfin.footprint.rows import total
from greenfin.methods.operations import target_path

ELECTRICITY = "electricity"
WHOLE = Fraction(1)
NO_CLAIM = ("footprint.site_missing", "footprint.site_without_bills", "footprint.not_counted_kind")  # beside every error of the figures


@dataclass(frozen=True, slots=True)
class OnPath:
    """The target of a year against what was emitted, in grams (by ``size`` for an intensity); ``ahead``: the whole to the year's end."""

    target: Target
    base: int
    path: tuple[tuple[int, int], ...]  # year, grams
    wanted: int
    actual: int
    ahead: tuple[Ahead, ...]
    size: Fraction = WHOLE

    @property
    def expected(self) -> int:
        """The year to its end."""
        return round(whole(self.ahead) / self.size)


@dataclass(frozen=True, slots=True)
class Neutral:
    """The four lines, in grams: gross, after green power, offsets (retired), residual; ``bought`` holds credits of the year however far.

    ``lacks`` are codes of what speaks against the statement; ``claim``: neutral, not_neutral, or refused where evidence lacks.
    """

    gross: int
    green: int
    offsets: int
    bought: int
    lacks: tuple[str, ...]

    @property
    def after_green_power(self) -> int:
        """Gross less what the electricity bought green would have emitted."""
        return self.gross - self.green

    @property
    def residual(self) -> int:
        """What is left when the retired credits are set against it (apart: they never lower the gross figure)."""
        return self.after_green_power - self.offsets

    @property
    def surplus(self) -> int:
        """What was bought beyond what is left after green power; nothing where it does not reach (see ``shortfall``)."""
        return max(self.bought - self.after_green_power, 0)

    @property
    def shortfall(self) -> int:
        """What is left after green power beyond what was bought."""
        return max(self.after_green_power - self.bought, 0)

    @property
    def claim(self) -> str:
        """``neutral``, ``not_neutral``, ``refused`` (the figures would do, the evidence does not)."""
        if self.residual > 0:
            return "not_neutral"
        return "refused" if self.lacks else "neutral"


def on_path(target: Target, *, base: int, actual: int, ahead: Sequence[Ahead], year: int, size: Fraction = WHOLE) -> OnPath:
    """The straight way from the base year's emissions to the target, and where ``year`` is on it; before and after it goes on level.

    ``base`` is by ``size``, ``actual`` and ``ahead`` are the whole that is divided by it.
    """
    years = range(target.base_year, target.target_year + 1)
    grams = _path(target, base, years)
    at = min(max(year, target.base_year), target.target_year)
    wanted = dict(zip(years, grams, strict=True))[at]
    return OnPath(target, base, tuple(zip(years, grams, strict=True)), wanted, round(actual / size), tuple(ahead), size)


def _path(target: Target, base: int, years: Sequence[int]) -> list[int]:
    count = np.asarray(years, dtype=np.float64)
    ends = (quantity(float(target.base_year), "1"), quantity(float(target.target_year), "1"), quantity(count, "1"))
    path = target_path(quantity(float(base), "gCO2e"), quantity(float(target.reduction), "1"), years=ends)
    return [round(float(grams)) for grams in magnitude(path, "gCO2e")]


def neutral(emissions: pa.Table, pledges: Pledges, *, year: int, problems: Sequence[Problem], incomplete: bool) -> Neutral:
    """The four lines of a year; ``problems`` are those of the figures, ``incomplete`` says that months lack."""
    gross = (total(emissions, "1") or 0) + (total(emissions, "2_location") or 0)
    retired = list(retired_in(pledges, year))
    of_year = [each for each in pledges.offsets if each.year in (year, None)]
    lacks = dict.fromkeys(p.code for p in problems if p.severity is Severity.ERROR or p.code in NO_CLAIM)
    if incomplete:
        lacks["footprint.months_lacking"] = None
    if len(retired) < len(of_year):
        lacks["footprint.offset_unproven"] = None
    if not emissions.num_rows:
        lacks["footprint.no_data"] = None
    offsets = sum(each.grams for each in retired)
    return Neutral(gross, green_part(emissions), offsets, sum(each.grams for each in of_year), tuple(lacks))


def green_part(emissions: pa.Table) -> int:
    """What the electricity that was proven green would have emitted at its site's location-based factor, in grams."""
    used, left = (_by_site(emissions, scope) for scope in ("2_location", "2_market"))
    parts = [
        grams * (1 - Fraction(left[site][0]) / Fraction(amount)) for site, (amount, grams) in used.items() if site in left and amount > 0
    ]
    return round(sum(parts, Fraction(0)))


def _by_site(emissions: pa.Table, scope: str) -> dict[str, tuple[float, int]]:
    """Electricity (once, whatever gases are counted) and its grams by site."""
    rows = emissions.filter(pc.and_(pc.equal(emissions["scope"], scope), pc.equal(emissions["item"], ELECTRICITY)))
    found: dict[str, tuple[float, int]] = {}
    gases = sorted(set(rows["gas"].to_pylist()), key=str)
    for row in rows.to_pylist():
        amount, grams = found.get(row["site"], (0.0, 0))
        once = float(row["quantity"]) if row["gas"] == gases[0] else 0.0
        found[row["site"]] = (amount + once, grams + int(row["amount"]))
    return found

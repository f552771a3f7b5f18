"""A portfolio against a scenario: intensity paths (SDA), shares of the market (PACTA), temperature scores of targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from greenfin.core.problems import Outcome, Refused, error
from greenfin.financed.aligning.asked import Aligned, Table, Way
from greenfin.financed.aligning.pacta import pacta
from greenfin.financed.aligning.sda import sda
from greenfin.financed.aligning.temperature import temperature

WAYS: Mapping[str, Way] = {"sda": sda, "pacta": pacta, "temperature": temperature}


def aligned(
    way: str, portfolio: Sequence[Table], scenario: Sequence[Table], *, choices: Mapping[str, str] | None = None
) -> Outcome[Aligned]:
    """A portfolio's alignment by company, sector and as a whole; raises Refused for an unknown way or what the way cannot do without."""
    if way not in WAYS:
        raise Refused(error("financed.align_unknown", "--align", found=way, known=", ".join(WAYS)))
    return WAYS[way](portfolio, scenario, choices=choices or {})


__all__ = ["WAYS", "Aligned", "Table", "aligned"]

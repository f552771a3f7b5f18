"""What is said of a stated result: by how much it is not the recomputed one, and where else its benefit is claimed."""

from __future__ import annotations

from collections.abc import Iterator

from greenfin.core.problems import Problem, info, warning
from greenfin.core.slips import told
from greenfin.measure.claims import claimed_elsewhere, rules
from greenfin.methods.bands import ranges
from greenfin.methods.numbers import digits

EVERY: tuple[tuple[str, str], ...] = (("", ""),)


def difference(where: str, output: str, *, stated: float, computed: float, unit: str, project: str = "-") -> Problem:
    """A stated result that is not the recomputed one: a remark within the tolerance, beyond it a warning with the likely slip."""
    low, high = tolerance()
    share = stated / computed if computed else float("inf")
    shown = {
        "project": project,
        "output": output,
        "stated": f"{digits(stated)} {unit}".strip(),
        "computed": f"{digits(computed)} {unit}".strip(),
    }
    shown |= {"difference": f"{share - 1:+.1%}"}
    if low <= share <= high:
        return info("measure.claim_near", where, **shown)
    return warning("measure.claim_differs", where, **shown, slip=told(share, low, high))


def tolerance() -> tuple[float, float]:
    """How far a stated result may be from the recomputed one before it is a warning."""
    band = next(each for each in ranges() if each.band == "claim_over_result")
    return band.low, band.high


def elsewhere(text: str, where: str, project: str = "-") -> Iterator[Problem]:
    """A warning for every other place where a text says that the benefit is claimed."""
    for place in claimed_elsewhere(text):
        yield warning("measure.claimed_elsewhere", where, project=project, place=place, other="-", effect=rules()[place].effect)


def within_tolerance(stated: float, computed: float) -> bool:
    """Whether a stated result is as near to the recomputed one as the tolerance asks."""
    low, high = tolerance()
    return computed > 0 and low <= stated / computed <= high

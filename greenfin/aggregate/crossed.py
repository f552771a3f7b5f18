"""What must hold between the sums of two editions over one book: the bridge gives both totals, one project has one benefit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.bridge import BOTH, FIRST, NEITHER, SECOND, Bridge
from greenfin.aggregate.facts import Facts
from greenfin.aggregate.outcomes import outcomes
from greenfin.core.money import to_yuan
from greenfin.core.problems import Problem, error, info
from greenfin.core.records import Sum, sum_key

ALL_GASES = "ghg"  # what a project cuts of all gases: its CO2 equivalent where it has one, else its carbon dioxide
_JOIN = "\t"


def bridge_agrees(bridge: Bridge, sums: Mapping[str, Sum]) -> Iterator[Problem]:
    """X-03: the bridge's parts give the green total of each edition, and with what is green under neither the loans that could be read."""
    totals = {
        (BOTH, FIRST): sum_key("green_balance"),
        (BOTH, SECOND): sum_key("form_balance", {"edition": bridge.second}),
        (BOTH, FIRST, SECOND, NEITHER): sum_key("loans_balance"),
    }
    for parts, name in totals.items():
        known = sums.get(name)
        if known is None or known.value is None or known.value == bridge.fen(*parts):
            continue
        found, expected = (f"{to_yuan(fen):,}" for fen in (bridge.fen(*parts), known.value))
        yield error("aggregate.bridge_differs", bridge.second, sum=name, found=found, expected=expected)


def benefits_agree(first: Facts, second: Facts) -> Iterator[Problem]:
    """X-04: a project whose green loans are the same under both editions has the same benefit under both, to the gram.

    Projects with other loans, with another share of one, or that only the second edition has a method for differ by right: how many
    is told.
    """
    greens = [_green(facts) for facts in (first, second)]
    changed = _projects(first, greens[0][1] != greens[1][1])
    totals = [_totals(facts, green) for facts, (green, _) in zip((first, second), greens, strict=True)]
    differing = {name for name in totals[0].keys() | totals[1].keys() if totals[0].get(name) != totals[1].get(name)}
    wrong = sorted(name for name in differing & totals[0].keys() if name.partition(_JOIN)[0] not in changed)
    if wrong:
        project, _, output = wrong[0].partition(_JOIN)
        yield error("aggregate.benefit_differs", project, n=len(wrong), output=output)
    right = {name.partition(_JOIN)[0] for name in differing} - {name.partition(_JOIN)[0] for name in wrong}
    if right:
        yield info("aggregate.benefit_by_edition", min(right), n=len(right))


def _green(facts: Facts) -> tuple[pa.Table, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """The green loans, and the green amount of every loan in the book's order."""
    rows = outcomes(facts)
    amounts = np.asarray(pc.fill_null(rows["green_fen"], 0).to_numpy(), dtype=np.int64)
    return rows.filter(pa.array(amounts != 0)), amounts


def _projects(facts: Facts, which: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> frozenset[str]:
    return frozenset(pc.unique(facts.book.loans["project_id"].filter(pa.array(which))).drop_null().to_pylist())


def _totals(facts: Facts, green: pa.Table) -> Mapping[str, int]:
    """The benefit of each project and output over its green loans."""
    parts = facts.parts.filter(pc.is_in(facts.parts["loan_id"], value_set=green["loan_id"].combine_chunks()))
    parts = parts.filter(pc.not_equal(parts["output"], ALL_GASES))
    named = parts.append_column("name", pc.binary_join_element_wise(parts["project_id"], parts["output"], _JOIN))
    sums = named.group_by(["name"], use_threads=False).aggregate([("amount", "sum")])
    return dict(zip(sums["name"].to_pylist(), sums["amount_sum"].to_pylist(), strict=True))

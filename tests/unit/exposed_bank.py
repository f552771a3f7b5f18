"""A small book of exposures under one standard, for the tests of its sums and tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aggregate_bank import bank, factors, loan

from greenfin.aggregate import Facts
from greenfin.core.columns import table_of

STANDARD = "pboc-high-carbon-draft"
WAN = 1_000_000  # fen
T = 1_000_000  # grams


def exposed(number: int, asset: str, wan: int, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An exposure of so many 万元 and its row under the standard."""
    name = f"E{number}"
    own = {"exposure_id": name, "asset_class": asset, "balance_fen": wan * WAN, "undrawn_fen": 10 * WAN}
    exposure = {**own, "average_fen": more.pop("average_fen", None)}
    row = {**own, "standard": STANDARD, "included": True, "section": "C", "quality": 3, "factors": "[]", **more}
    return exposure, row


PAIRS = [
    exposed(
        1,
        "project_finance",
        1000,
        average_fen=800 * WAN,
        scope1_g=30 * T,
        scope2_g=10 * T,
        financed_g=40 * T,
        section="D",
        high_carbon="power",
    ),
    exposed(2, "business_loan", 500, scope1_g=5 * T, scope2_g=5 * T, financed_g=10 * T, high_carbon="steel", quality=5),
    exposed(3, "business_loan", 300, scope1_g=1 * T, scope2_g=1 * T, scope3_g=7 * T, financed_g=2 * T),
    exposed(4, "corporate_bond", 200, scope1_g=8 * T, scope2_g=0, financed_g=8 * T, high_carbon="steel"),
    exposed(5, "mortgage", 100, included=False, excluded_reason="person", section=None, quality=None),
]


def exposed_bank(pairs: list[tuple[dict[str, Any], dict[str, Any]]] | None = None, **more: Any) -> Facts:
    """The bank with these exposures; its loans are 2,000 万元."""
    pairs = PAIRS if pairs is None else pairs
    base = bank(loans=[loan("L1", 2000 * WAN)], tags=[], parts=[], measurements=[], **more)
    exposures, rows = ([pair[which] for pair in pairs] for which in (0, 1))
    return replace(base, exposures=table_of("exposures", exposures), financed=table_of("financed", rows))


UNVERIFIED = factors("sector.C24", "unverified")

"""Footprint: the bank's own operations as emissions of scopes 1, 2 and 3."""

from greenfin.footprint.agree import disagreements
from greenfin.footprint.as_json import PRINTED, footprint_json, tonnes
from greenfin.footprint.coverage import uncounted
from greenfin.footprint.doubt import without_doubts
from greenfin.footprint.explain import explain_emission
from greenfin.footprint.items import items
from greenfin.footprint.monthly import drawn
from greenfin.footprint.pledges import pledges_of
from greenfin.footprint.rows import by, total
from greenfin.footprint.standing import Case, standing, target_sums
from greenfin.footprint.whole_year import footprint

__all__ = [
    "PRINTED",
    "Case",
    "by",
    "disagreements",
    "drawn",
    "explain_emission",
    "footprint",
    "footprint_json",
    "items",
    "pledges_of",
    "standing",
    "target_sums",
    "tonnes",
    "total",
    "uncounted",
    "without_doubts",
]

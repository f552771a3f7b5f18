"""Footprint: the bank's own operations as emissions of scopes 1, 2 and 3."""

from greenfin.footprint.as_json import footprint_json
from greenfin.footprint.explain import explain_emission
from greenfin.footprint.items import items
from greenfin.footprint.rows import by, total
from greenfin.footprint.whole_year import footprint

__all__ = ["by", "explain_emission", "footprint", "footprint_json", "items", "total"]

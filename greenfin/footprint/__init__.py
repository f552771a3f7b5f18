"""Footprint: the bank's own energy as emissions of scopes 1 and 2."""

from greenfin.footprint.as_json import footprint_json
from greenfin.footprint.explain import explain_emission
from greenfin.footprint.whole_year import footprint

__all__ = ["explain_emission", "footprint", "footprint_json"]

"""Measure: the yearly environmental results of green projects, over a whole book or for one project."""

from greenfin.measure.as_json import single_json
from greenfin.measure.explain import explain_project
from greenfin.measure.one import Single, measure_one
from greenfin.measure.whole_book import measure

__all__ = ["Single", "explain_project", "measure", "measure_one", "single_json"]

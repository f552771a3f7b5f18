"""Sums by declared keys, exactly: the parts equal the whole."""

from greenfin.aggregate.facts import Facts
from greenfin.aggregate.outcomes import outcomes
from greenfin.aggregate.sums import aggregate

__all__ = ["Facts", "aggregate", "outcomes"]

"""Sums by declared keys, exactly: the parts equal the whole."""

from greenfin.aggregate.crossed import bridge_agrees
from greenfin.aggregate.facts import Facts
from greenfin.aggregate.forms import STATEMENTS, in_all_gases, loans_stated, with_forms
from greenfin.aggregate.outcomes import outcomes
from greenfin.aggregate.sums import aggregate

__all__ = ["STATEMENTS", "Facts", "aggregate", "bridge_agrees", "in_all_gases", "loans_stated", "outcomes", "with_forms"]

"""Sums by declared keys, exactly: the parts equal the whole."""

from greenfin.aggregate.crossed import bridge_agrees
from greenfin.aggregate.facts import Facts
from greenfin.aggregate.forms import STATEMENTS, in_all_gases, loans_stated, with_forms
from greenfin.aggregate.outcomes import outcomes
from greenfin.aggregate.shards import Adding, of_shard
from greenfin.aggregate.sums import What, aggregate, customer_sums, everything, rows_summed, without_customers

__all__ = [
    "STATEMENTS",
    "Adding",
    "Facts",
    "What",
    "aggregate",
    "bridge_agrees",
    "customer_sums",
    "everything",
    "in_all_gases",
    "loans_stated",
    "of_shard",
    "outcomes",
    "rows_summed",
    "with_forms",
    "without_customers",
]

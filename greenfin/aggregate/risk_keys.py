"""Groups of loans by the risk of their borrowers' industries and of open events: over-capacity, high-carbon, environmental penalties."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.facts import Facts
from greenfin.aggregate.risks import at_risk

YES, NO = "true", "false"
_STANDARD = "pboc-high-carbon-draft"
_PENALTY = "environment"


def over_capacity(loans: pa.Table, facts: Facts) -> pa.Array:
    """Whether the borrower's industry, as the loan has it, else the list of customers, is one of over-capacity (``overcapacity.csv``)."""
    customers = facts.book.customers
    at = pc.index_in(loans["customer_no"].combine_chunks(), value_set=customers["customer_no"].combine_chunks(), skip_nulls=True)
    industry = pc.coalesce(loans["industry_customer"].combine_chunks(), pc.take(customers["industry"].combine_chunks(), at))
    return _flagged(pc.is_in(industry, value_set=pa.array(_industries(), pa.string())))


def carbon_intensive(loans: pa.Table, facts: Facts) -> pa.Array:
    """Whether the loan stands in a high-carbon industry of the financed emissions (T26)."""
    rows = facts.financed.filter(pc.and_(pc.equal(facts.financed["standard"], _STANDARD), pc.is_valid(facts.financed["high_carbon"])))
    return _flagged(pc.is_in(loans["loan_id"].combine_chunks(), value_set=pc.unique(rows["exposure_id"])))


def penalised(loans: pa.Table, facts: Facts) -> pa.Array:
    """Whether the borrower has an environmental breach that is still open at the data date (T09)."""
    if not len(facts.book.risk_events):
        return _flagged(pa.array([False] * len(loans), pa.bool_()))
    rows, risks, _ = at_risk(facts, loans)
    customers = pa.array(sorted({one.customer for one in risks if one.kind == _PENALTY}), pa.string())
    rows = rows.filter(pc.is_in(rows["customer"], value_set=customers))
    return _flagged(pc.is_in(loans["loan_id"].combine_chunks(), value_set=rows["loan_id"].combine_chunks()))


def _flagged(found: pa.Array) -> pa.Array:
    return pc.if_else(found, YES, NO)


@cache
def _industries() -> tuple[str, ...]:
    text = files("greenfin.aggregate").joinpath("overcapacity.csv").read_text("utf-8")
    return tuple(row["industry"] for row in csv.DictReader(text.splitlines()))

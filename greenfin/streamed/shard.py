"""One shard of a book through all steps up to the sums: the same steps as of a whole book, over projects with all their loans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin import aggregate, pipeline
from greenfin.core.problems import Outcome, Problem
from greenfin.core.records import BOOK_TABLES, Book, Sum
from greenfin.disclose.counted import measurements_counted, parts_counted
from greenfin.ingest.book import split_all
from greenfin.ingest.branches import with_whole_codes
from greenfin.ingest.checks import check_loans, unit_ratios
from greenfin.ingest.given_tags import read_given_tags, with_flags
from greenfin.ingest.links import check_links, with_customers
from greenfin.ingest.outside import out_of_book
from greenfin.ingest.rules import against_industry, interface_rules
from greenfin.pipeline import Inputs
from greenfin.reference.load import Reference
from greenfin.run_folder import loans_of
from greenfin.streamed.joining import SPANS, Joined
from greenfin.streamed.plan import Plan, customers_of, shard_of
from greenfin.streamed.reading import ROW, SHARD, hashed
from greenfin.streamed.spool import Spool
from greenfin.tag.compiled import way_for

BUCKET = "bucket"
_BRANCH = ["branch_code", "branch_name", "source_sheet"]
_STEPS = ("tag.", "measure.", "attribute.", "aggregate.", "financed.", "run.")  # whose problems are about loans and projects


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Of all ways in which something was measured one row each, with a loan that counts it; and a loan of each branch.

    What a report says of its methods, factors and sources rests on these alone.
    """

    loans: pa.Table
    tags: pa.Table
    parts: pa.Table
    counted: pa.Table
    others: pa.Table


@dataclass(frozen=True, slots=True)
class Done:
    """What a shard came to: its sums, its rows, and the rows by customer (``customers``, with a ``bucket``)."""

    sums: tuple[Sum, ...]
    tables: Mapping[str, pa.Table]  # loans, given_tags, rejected of the book; outcomes (one row a loan) and tags
    customers: pa.Table
    witnesses: Witnesses
    ratios: NDArray[np.float64]
    problems: tuple[Problem, ...] = field(default_factory=tuple)  # of the book's rows, then of what was made of them
    read: int = 0  # how many of the problems were met while reading


def loans_in_shard(joined: Joined, spool: Spool, shard: int) -> pa.Table:
    """The candidate loans of a shard in the order of the book."""
    own = spool.read_part(SPANS, shard)
    own = own.filter(pc.invert(pc.is_in(own[ROW], value_set=joined.gone)))
    if joined.moved.num_rows:
        own = pa.concat_tables([own, joined.moved.filter(pc.equal(joined.moved[SHARD], shard)).select(own.column_names)])
    return own.sort_by(ROW).combine_chunks()


def book_in_shard(plan: Plan, whole: Book, joined: Joined, reference: Reference, *, loans: pa.Table, shard: int) -> Outcome[Book]:
    """The book of a shard from its candidate loans, with every check of single loans and of loans against their projects."""
    layout, day = plan.layout, plan.as_of
    own = shard_of(whole, projects=whole.projects["project_id"].filter(pc.equal(joined.shards, shard)).combine_chunks())
    left = out_of_book(with_whole_codes(loans, joined.branches), layout=layout)
    tags = read_given_tags([ledger.head for ledger in plan.ledgers], left.value.filter(pc.is_null(left.value["reject"])))
    kept, rejected = split_all(loans=with_flags(left.value, layout=layout), given_tags=tags.value)
    customers = customers_of(whole, kept["loans"])
    kept["loans"], filled = with_customers(kept["loans"], customers, layout=layout)
    book = replace(own, **kept, rejected=rejected)
    said: list[Problem] = [*left.problems, *tags.problems, *filled]
    said += check_links({name: getattr(book, name) for name in BOOK_TABLES}, rejected, layout=layout)
    book = replace(book, customers=customers)  # what they say of each other is told of the whole list
    known = book.projects if book.projects.num_rows else whole.projects.slice(0, 1)  # where the book has any, others are unknown
    said += check_loans(book.loans, known, as_of=day, layout=layout)
    said += interface_rules(book.loans, book.projects, as_of=day, layout=layout)
    said += against_industry(book.loans, reference, layout=layout)
    return Outcome(book, tuple(said))


def computed(plan: Plan, book: Outcome[Book], rest: Inputs, reference: Reference, *, decisions: pa.Table) -> Done:
    """All steps over the book of a shard and the decisions about it."""
    inputs = Inputs(book.value, decisions, bank=rest.bank, model=rest.model)
    chosen = replace(pipeline.chosen_of(inputs, plan.options, reference), what=aggregate.without_customers, way=way_for("", plan.rows))
    found = pipeline.counted(inputs, plan.options, chosen, reference=reference)
    facts = found.value.facts
    rows = aggregate.rows_summed(facts)
    problems = tuple(p for p in found.problems if p.code.startswith(_STEPS))
    return Done(
        sums=aggregate.of_shard(found.value.sums),
        tables={
            "loans": book.value.loans,
            "given_tags": book.value.given_tags,
            "rejected": book.value.rejected,
            "outcomes": loans_of(facts),
            "tags": found.value.tags,
        },
        customers=rows.append_column(BUCKET, _buckets(rows["customer_no"], plan.shards)),
        witnesses=_witnesses(facts),
        ratios=unit_ratios(book.value.loans, book.value.projects),
        problems=(*book.problems, *problems),
        read=len(book.problems),
    )


def decisions_in_shard(decisions: pa.Table, joined: Joined, *, loans: pa.Table, shard: int) -> pa.Table:
    """Those about a row of the shard; the first shard tells of those that are about none of the book."""
    names = pa.concat_arrays([loans[name].combine_chunks() for name in ("loan_id", "receipt_no")])
    about = pc.is_in(decisions["receipt_no"], value_set=names, skip_nulls=True)
    if not shard:
        known = pc.is_valid(decisions["receipt_no"])
        unknown = pc.is_in(decisions["receipt_no"], value_set=joined.unknown)
        about = pc.or_(about, pc.or_(unknown, pc.invert(known)))
    return decisions.filter(about)


def _buckets(customers: pa.ChunkedArray, parts: int) -> pa.Array:
    return pa.array((hashed(pc.fill_null(customers, "")) % np.uint64(parts)).astype(np.int32))


def _witnesses(facts: aggregate.Facts) -> Witnesses:
    standing = measurements_counted(facts)
    counted, ids = _one_each(standing), pc.unique(standing["project_id"])
    others = _one_each(facts.measurements.filter(pc.invert(pc.is_in(facts.measurements["project_id"], value_set=ids))))
    parts = _first_of(facts.parts.filter(parts_counted(facts)), "project_id", counted["project_id"])
    branches = facts.book.loans.select(_BRANCH).append_column("at", pa.array(np.arange(len(facts.book.loans))))
    named = branches.group_by(_BRANCH, use_threads=False).aggregate([("at", "min")])
    at = pc.index_in(parts["loan_id"], value_set=facts.book.loans["loan_id"].combine_chunks())
    rows = np.unique(np.concatenate([at.to_numpy(), named["at_min"].to_numpy()]).astype(np.int64))
    tags = facts.tags.filter(pc.is_in(facts.tags["loan_id"], value_set=parts["loan_id"].combine_chunks()))
    return Witnesses(facts.book.loans.take(pa.array(rows)), tags, parts, counted, others)


def _one_each(measurements: pa.Table) -> pa.Table:
    """One row for each way of measuring: all columns but the project and its amount."""
    names = [name for name in measurements.column_names if name not in ("project_id", "amount")]
    numbered = measurements.append_column("at", pa.array(np.arange(len(measurements))))
    first = numbered.group_by(names, use_threads=False).aggregate([("at", "min")])["at_min"]
    return measurements.take(pa.array(np.sort(first.to_numpy())))


def _first_of(table: pa.Table, column: str, values: pa.ChunkedArray) -> pa.Table:
    """For each value the first row that has it."""
    at = pc.index_in(pc.unique(values), value_set=table[column].combine_chunks())
    return table.take(pc.drop_null(at))


def merged(parts: Iterator[Witnesses]) -> Witnesses:
    """The witnesses of all shards, one for each way of measuring."""
    every = list(parts)
    joined = {name: pa.concat_tables([getattr(one, name) for one in every]) for name in ("loans", "tags", "parts", "counted", "others")}
    counted = _one_each(joined["counted"])
    kept = pc.unique(joined["parts"].filter(pc.is_in(joined["parts"]["project_id"], value_set=pc.unique(counted["project_id"])))["loan_id"])
    chosen = {name: joined[name].filter(pc.is_in(joined[name]["loan_id"], value_set=kept)) for name in ("tags", "parts")}
    return Witnesses(joined["loans"], chosen["tags"], chosen["parts"], counted, _one_each(joined["others"]))

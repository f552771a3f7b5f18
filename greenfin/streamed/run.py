"""A whole run in bounded memory: spans of the ledgers into shards, shards into sums and rows on disk, sums into tables.

The same cells as a run of the whole book (:mod:`greenfin.pipeline`), whatever the batches and shards; see ADR 24.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from greenfin import aggregate, pipeline
from greenfin.core.problems import Outcome, Problem, Severity
from greenfin.core.records import Book, Sum
from greenfin.ingest.checks import jump_of
from greenfin.pipeline import Counted, Inputs, RunResult
from greenfin.reference.load import Reference
from greenfin.streamed import kept, listed
from greenfin.streamed.joining import Joined, joined
from greenfin.streamed.listed import MOST_OF_A_CODE
from greenfin.streamed.memory import give_back
from greenfin.streamed.plan import Plan, no_loans, others_of, read_rest, without_loans
from greenfin.streamed.problems import Told, table_of, told_apart
from greenfin.streamed.reading import SHARD, read_task, tasks
from greenfin.streamed.shard import BUCKET, Witnesses, book_in_shard, computed, decisions_in_shard, loans_in_shard, merged
from greenfin.streamed.spool import Spool

Advance = Callable[[str, int, int, int], None]  # step, parts done, parts in all, loans a part
Do = Callable[[int, Reference], None]  # one part by its number
Each = Callable[[Sequence[int], Do, Reference], Iterator[int]]  # all parts, in any order and place; each number when it is finished


@dataclass(frozen=True, slots=True)
class Work:
    """What every shard is computed from; ``said``: the problems met in all but the loans, as rows."""

    plan: Plan
    spool: Spool
    book: Book
    looked: Joined
    rest: Inputs
    said: pa.Table

    @property
    def folders(self) -> list[Path]:
        """Where the results of the shards are."""
        return [self.spool.folder / kept.name_of(shard) for shard in range(self.plan.shards)]

    def for_shards(self) -> Work:
        """The same without what no shard looks at, so that less is sent where shards are made elsewhere."""
        looked = replace(self.looked, named=self.book, problems=())
        return replace(self, looked=looked, said=table_of(()))


@dataclass(frozen=True, slots=True)
class Streamed:
    """A run whose rows are on disk: ``result`` has its tables and sums, and of its rows those that its words rest on.

    ``problems`` are lists of problems (:mod:`greenfin.streamed.listed`) in the order of a run (``read``: those of them that were met while
    reading); ``counts`` how many there are of each severity; ``loans`` the rows of the book.
    """

    work: Work
    result: RunResult
    problems: tuple[Path, ...]
    read: tuple[Path, ...]
    counts: Counter[str]
    loans: int

    @staticmethod
    def count(problems: Sequence[Problem]) -> Counter[str]:
        """How many there are of each severity."""
        return Counter(problem.severity.value for problem in problems)


def in_turn(numbers: Sequence[int], do: Do, reference: Reference) -> Iterator[int]:
    """The parts one after another, here."""
    for number in numbers:
        do(number, reference)
        yield number


def run(plan: Plan, spool: Spool, *, reference: Reference, advance: Advance, each: Each = in_turn) -> Streamed:
    """The run of a plan: :func:`in_parts`, then :func:`together`. Raises NeedsAll, Refused, OSError."""
    return together(in_parts(plan, spool, reference=reference, advance=advance, each=each), reference)


def in_parts(plan: Plan, spool: Spool, *, reference: Reference, advance: Advance, each: Each = in_turn) -> Work:
    """All parts of a run; what the spool holds already is not done again. ``each`` says where parts are made.

    Raises NeedsAll, Refused, OSError.
    """
    rest = read_rest(plan, others_of(plan, reference), reference)
    pipeline.chosen_of(rest, plan.options, reference)
    rest, said = replace(rest, problems=()), table_of(rest.problems)
    give_back()
    spans = len(tasks(plan))
    left = [number for number in range(spans) if not listed.is_there(spool.folder / span_name(number))]
    for at, _ in enumerate(each(left, partial(read_span, plan, spool), reference), spans - len(left) + 1):
        advance("read", at, spans, plan.rows // spans)
    looked = joined(plan, rest.book, spool, decided=rest.decisions["receipt_no"].combine_chunks())
    give_back()
    work = Work(plan, spool, rest.book, looked, rest, said)
    left = [shard for shard in range(plan.shards) if not spool.has(kept.name_of(shard))]
    for at, _ in enumerate(each(left, partial(compute_shard, work.for_shards()), reference), plan.shards - len(left) + 1):
        advance("sum", at, plan.shards, plan.rows // plan.shards)
    return work


def span_name(number: int) -> str:
    """The list of a span's problems; it is written last."""
    return f"span-{number:06d}"


def read_span(plan: Plan, spool: Spool, number: int, reference: Reference) -> None:
    """A span read, sorted into shards and kept."""
    task = tasks(plan)[number]
    problems = []
    for at, batch in enumerate(read_task(plan, task, reference)):
        spool.write_parts(f"span-{number:06d}-{at:06d}.arrow", batch.value, by=SHARD, parts=plan.shards)
        problems.append(table_of(batch.problems))
    listed.keep(spool.folder / span_name(number), pa.concat_tables(problems), plan.lang)
    give_back()


def compute_shard(work: Work, shard: int, reference: Reference) -> None:
    """A shard through all steps up to the sums, and kept."""
    loans = loans_in_shard(work.looked, work.spool, shard)
    book = book_in_shard(work.plan, work.book, work.looked, reference, loans=loans, shard=shard)
    decisions = decisions_in_shard(work.rest.decisions, work.looked, loans=loans, shard=shard)
    done = computed(work.plan, book, work.rest, reference, decisions=decisions)
    kept.keep(work.spool, shard, done, shards=work.plan.shards, lang=work.plan.lang)
    give_back()


def together(work: Work, reference: Reference) -> Streamed:
    """The run of all shards: sums, tables and words. Raises OSError."""
    plan, rest, folders = work.plan, work.rest, work.folders
    rejected = pa.concat_tables([work.book.rejected, *(pq.read_table(folder / "rejected.parquet") for folder in folders)])
    bare = replace(rest, book=replace(without_loans(work.book), rejected=rejected), decisions=rest.decisions.slice(0, 0))
    chosen = pipeline.chosen_of(rest, plan.options, reference)
    found = pipeline.counted(bare, plan.options, chosen, reference=reference)
    witnesses = merged(kept.witnesses_of(folder) for folder in folders)
    facts = _facts(found.value.facts, work.looked, witnesses)
    sums = _sums(found.value, facts, work)
    read, made = _problem_files(work, found.problems, has_rows=bool(len(rejected) or sums["loans_count"].value))
    first = listed.counted_in((*read, *made))
    inputs = replace(rest, book=replace(work.looked.named, rejected=rejected), problems=())
    whole = Outcome(Counted(witnesses.tags, facts, {}, sums), first.few)
    result = pipeline.disclosed(whole, chosen, inputs=inputs, options=plan.options, reference=reference)
    more = result.problems[len(first.few) :]
    last = _listed(work, "problems-2", table_of(more))
    loans = sum(pq.read_metadata(folder / "outcomes.parquet").num_rows for folder in folders)
    told = {code: n for code, n in first.codes.items() if n > MOST_OF_A_CODE}
    return Streamed(work, replace(result, told=told), (*read, *made, last), read, first.severities + Streamed.count(more), loans)


def _facts(rest: aggregate.Facts, looked: Joined, witnesses: Witnesses) -> aggregate.Facts:
    """The facts of the book without its rows: what its tables say in words rests on the witnesses."""
    named = looked.named
    book = replace(rest.book, loans=witnesses.loans, projects=named.projects, inputs=named.inputs, stated_benefits=named.stated_benefits)
    measured = pa.concat_tables([witnesses.counted, witnesses.others])
    return replace(rest, book=book, tags=witnesses.tags, parts=witnesses.parts, measurements=measured)


def _sums(rest: Counted, facts: aggregate.Facts, work: Work) -> Mapping[str, Sum]:
    adding = aggregate.Adding(rest.sums.values())
    for folder in work.folders:
        adding.add(kept.sums_of(folder))
    for bucket in range(work.plan.shards):
        rows = work.spool.read_part(kept.CUSTOMERS, bucket)
        adding.add(aggregate.customer_sums(rows.drop_columns([BUCKET]), facts))
    return adding.sums(facts)


def _problem_files(work: Work, rest: Sequence[Problem], *, has_rows: bool) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Problems of single rows stay where they are; those said once a book are added up and put before and behind them.

    First the files of what was met while reading, then those of all that was made of it.
    """
    read, made = Told(), Told()
    spans = [work.spool.folder / span_name(number) for number in range(len(tasks(work.plan)))]
    for span in spans:
        read.add(listed.of_book(span))
    for folder in work.folders:
        read.add(listed.of_book(folder / kept.READ))
        made.add(listed.of_book(folder / kept.MADE))
    ratios = np.concatenate([kept.ratios_of(folder) for folder in work.folders])
    first = [*work.looked.problems, *read.problems(0)]
    first += jump_of(ratios, work.book.projects, layout=work.plan.layout)
    first += () if has_rows else (no_loans(work.plan),)
    last = [*made.problems(work.plan.shards), *told_apart(list(rest))[0]]
    heads = (_listed(work, "problems-0", pa.concat_tables([work.said, table_of(first)])), _listed(work, "problems-1", table_of(last)))
    return (heads[0], *spans, *(f / kept.READ for f in work.folders)), (*(f / kept.MADE for f in work.folders), heads[1])


def _listed(work: Work, name: str, problems: pa.Table) -> Path:
    listed.keep_all(work.spool.folder / name, problems, work.plan.lang)
    return work.spool.folder / name


def severities(counts: Counter[str]) -> dict[str, int]:
    """How many problems there are of each severity."""
    return {s.value: counts[s.value] for s in Severity}

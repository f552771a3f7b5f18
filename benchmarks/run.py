"""Time each step of the main job over the example book repeated to a chosen size; medians of several runs, as JSON lines.

``python benchmarks/run.py [--loans 20000] [--runs 5]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import timing
from greenfin import aggregate, attribute, example, measure, pipeline, tag
from greenfin.core.records import Book
from greenfin.reference.load import load


def repeated(book: Book, loans: int) -> Book:
    """The book again and again under new loan and project ids, until it has at least so many loans."""
    times = -(-loans // len(book.loans))
    copies = {
        name: pa.concat_tables([renamed(getattr(book, name), key, i) for i in range(times)])
        for name, key in (("loans", ("loan_id", "project_id")), ("projects", ("project_id",)), ("inputs", ("project_id",)))
    }
    return replace(book, **copies)


def renamed(table: pa.Table, names: tuple[str, ...], copy: int) -> pa.Table:
    for name in names:
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pc.binary_join_element_wise(table[name], f"c{copy}", "-"))
    return table


def main() -> None:
    """Print one JSON line per step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--loans", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    reference = load()
    inputs = pipeline.read(example.files(), as_of=example.AS_OF, reference=reference)
    book = repeated(inputs.book, asked.loans)
    tags = tag.tag(book, reference).value
    measured = measure.measure(book, tags, reference, on=book.as_of).value
    parts = attribute.attribute(book, tags, measured).value
    facts = pipeline.compute(inputs, pipeline.Options(policy="working"), reference=reference).facts
    whole = replace(facts, book=book, tags=tags, measurements=measured, parts=parts)
    steps: dict[str, Callable[[], object]] = {
        "floor: copy and add two integer columns": lambda: np.add(
            book.loans["balance_fen"].to_numpy(), book.loans["amount_fen"].to_numpy()
        ),
        "tag": lambda: tag.tag(book, reference),
        "measure": lambda: measure.measure(book, tags, reference, on=book.as_of),
        "attribute": lambda: attribute.attribute(book, tags, measured),
        "aggregate": lambda: aggregate.aggregate(whole),
    }
    for name, work in steps.items():
        taken = timing.spread(timing.repeated(work, asked.runs))
        rate = len(book.loans) / taken["median"]
        print(json.dumps({"step": name, "loans": len(book.loans), "runs": asked.runs, "seconds": taken, "loans_per_second": round(rate)}))


if __name__ == "__main__":
    main()

"""A bank with a loan on every line of the regulator's form, its registers and an answer to every question of the returns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

from aggregate_bank import WORKING, Row, bank, loan, measurement, operation, part, tag

from greenfin.aggregate import Facts, aggregate, in_all_gases, with_forms
from greenfin.core.columns import table_of
from greenfin.core.problems import Outcome
from greenfin.core.records import Bank, Table
from greenfin.disclose import build
from greenfin.reference.load import Reference, load

NFRA = "green-financing-stat-2020"
MAIN = "green-finance-2025"
CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")
WAN = 10_000_00  # fen in ten thousand yuan


@cache
def reference() -> Reference:
    return load()


def lines() -> tuple[str, ...]:
    """The entries that the form's lowest lines are about, in its order."""
    return tuple(row.keys["entry"] for row in reference().templates["T08"].rows if "entry" in row.keys)


def on_every_line() -> tuple[list[Row], list[Row], list[Row], list[Row]]:
    """One loan a line: 1, 2, 3 … ten thousand yuan, every class of quality in turn, its own project with every benefit."""
    loans, tags, measured, parts = [], [], [], []
    for n, entry in enumerate(lines(), 1):
        name, project = f"L{n}", f"P{n}"
        loans.append(loan(name, n * WAN, project_id=project, class5=CLASSES[n % 5], prior_balance_fen=WAN, start_on=date(2020, 1, 1)))
        tags.append(tag(name, "green", entry, edition=NFRA))
        for output, unit in (("tce", "gce"), ("co2", "gCO2"), ("cod", "gCOD"), ("pm25", "gPM25")) if entry[0] not in "89" else ():
            measured.append(measurement(project, output, n * 10**6, unit))
            parts.append(part(name, project, output, n * 10**6, unit))
    loans.append(loan("pledge", 7 * WAN, env_rights="carbon_pledged"))
    tags.append(tag("pledge", "not_green", edition=NFRA))
    return loans, tags, measured, parts


def whole_bank() -> Facts:
    loans, tags, measured, parts = on_every_line()
    staff = [operation("staff", 10, "person", month) for month in range(1, 13)]
    used = [operation("electricity", 1000, "kWh"), operation("water", 50, "m3"), operation("paper", 1000, "sheet")]
    facts = bank(policy=WORKING, loans=loans, tags=tags, measurements=measured, parts=parts, rejected=(), operations=[*staff, *used])
    register = {"source_sheet": "book.xlsx!登记", "source_row": 3}
    green: Row = {"side": "held", "issuer": "示例水务集团", "label": "绿色债券", **register}
    book = replace(
        facts.book,
        bonds=table_of("bonds", [
            green | {"balance_fen": 5 * WAN, "green_nfra": "1.6.1"},
            green | {"issuer": "示例银行股份有限公司", "balance_fen": 9 * WAN, "green_nfra": "3.2.1"},
            green | {"side": "issued", "balance_fen": 8 * WAN, "green_nfra": "3.2.1"},
        ]),
        bills=table_of("bills", [
            {"bill_no": "1", "kind": "银行承兑汇票", "balance_fen": 2 * WAN, "green_nfra": "CBIRCGC20B08010000", **register},
            {"bill_no": "2", "kind": "银行承兑汇票贴现", "balance_fen": 3 * WAN, "green_nfra": "8.1", **register},
            {"bill_no": "3", "kind": "银行承兑汇票", "amount_fen": 4 * WAN, "green_nfra": None, **register},
        ]),
        letters=table_of("letters", [{"letter_no": "1", "amount_fen": 6 * WAN, "green_nfra": "8.5", **register}]),
    )  # fmt: skip
    return replace(facts, book=book, reference=reference())


def made(facts: Facts, *templates: str) -> Outcome[tuple[Table, ...]]:
    """The tables of a bank whose tags under the form's edition are its only ones, with the problems of sums and tables."""
    empty = replace(facts, tags=facts.tags.slice(0, 0), parts=facts.parts.slice(0, 0), measurements=facts.measurements.slice(0, 0))
    sums = with_forms(aggregate(empty), {NFRA: in_all_gases(facts)}, empty)
    tables = build(
        reference(), sums.value, templates=templates, prior=(), policy=WORKING, as_of=facts.book.as_of, edition=MAIN, facts=facts
    )
    return Outcome(tables.value, (*sums.problems, *tables.problems))


def answered(**stated: str) -> Facts:
    return replace(whole_bank(), bank=Bank(extra={f"green_operations.{name}": text for name, text in stated.items()}))

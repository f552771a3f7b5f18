"""What is missing of the projects behind green or doubtful loans, and which branch is asked about a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.collect.ask import Ask, masked, shortened
from greenfin.collect.loans import borrowers, covered, per_loan, relevant
from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.ingest.answers import fillable, seal

_RUNNING = ("operation", "completed")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who is asked about a project: the branch with the greatest balance in it; the borrower, and all balances together.

    ``names``: of all who borrowed for it, which its texts may hold.
    """

    branch: str
    customer: str
    balance_fen: int
    code: str
    name_zh: str
    name_en: str
    names: tuple[str, ...] = ()


def with_named_projects(book: Book) -> Book:
    """The book with an empty row for each project that a loan names and the ledger lacks."""
    named = book.loans["project_id"].drop_null().unique()
    strangers = named.filter(pc.invert(pc.is_in(named, value_set=book.projects["project_id"].combine_chunks()))).to_pylist()
    if not strangers:
        return book
    made = table_of("projects", [{"project_id": name} for name in sorted(strangers) if name])
    return replace(book, projects=pa.concat_tables([book.projects, made]).combine_chunks())


def owners(book: Book, tags: pa.Table) -> Mapping[str, Owner]:
    """The owners of the projects of relevant loans, by project."""
    at = np.flatnonzero(relevant(book, tags) & pc.is_valid(book.loans["project_id"]).to_numpy(zero_copy_only=False))
    rows = book.loans.select(["project_id", "branch_code", "customer_name", "balance_fen"]).take(pa.array(at))
    rows = rows.append_column("balance", pc.fill_null(rows["balance_fen"], 0))
    entries = {name: pa.array(per_loan(book, tags, name, at).tolist(), pa.string()) for name in ("code", "name_zh", "name_en")}
    for name, values in entries.items():
        rows = rows.append_column(name, values)
    rows = rows.set_column(1, "branch_code", pc.fill_null(rows["branch_code"], ""))
    summed = rows.group_by(["project_id", "branch_code"], use_threads=False).aggregate(
        [("balance", "sum"), *((name, "min") for name in ("customer_name", *entries))]
    )
    ordered = summed.sort_by([("project_id", "ascending"), ("balance_sum", "descending"), ("branch_code", "ascending")])
    found: dict[str, Owner] = {}
    known = borrowers(book)
    for row in ordered.to_pylist():
        first = found.get(row["project_id"])
        if first:
            found[row["project_id"]] = replace(first, balance_fen=first.balance_fen + row["balance_sum"])
            continue
        code, zh, en = (row[f"{name}_min"] or "" for name in ("code", "name_zh", "name_en"))
        named_ = known.get(row["project_id"], ())
        found[row["project_id"]] = Owner(row["branch_code"], row["customer_name_min"] or "", row["balance_sum"], code, zh, en, named_)
    return found


def project_asks(book: Book, held: Mapping[str, Owner], *, with_names: bool) -> Iterator[Ask]:
    """The questions about the project ledger; ``book`` as :func:`with_named_projects` gives it."""
    mine = book.projects.filter(pc.is_in(book.projects["project_id"], value_set=pa.array(sorted(held), pa.string())))
    for row in mine.sort_by([("project_id", "ascending")]).to_pylist():
        owner = held[row["project_id"]]
        for column, reason in _open(row):
            value = row[column]
            shown = "" if value is None else str(value)
            yield Ask(
                branch=owner.branch,
                sheet="projects",
                key=row["project_id"],
                subject=named(row["project_name"], owner, with_names=with_names),
                target="projects",
                field=column,
                reason=reason,
                serves={"code": owner.code, "name_zh": owner.name_zh, "name_en": owner.name_en},
                is_required=fillable()["projects", column].is_required,
                was=shortened(shown if with_names else covered(shown, owner.names)),
                seal=seal(value),
                balance_fen=owner.balance_fen,
            )


def named(project: str | None, owner: Owner, *, with_names: bool) -> str:
    """What a project is called: its name, else its borrower."""
    if project:
        return shortened(project if with_names else covered(project, owner.names))
    return owner.customer if with_names else masked(owner.customer)


def _open(row: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The columns that are asked about, each with what is the matter."""
    for column in ("project_name", "total_invest_fen", "region", "content", "stage", "industry"):
        if row[column] in (None, ""):
            yield column, "missing"
    invest, content = row["total_invest_fen"], row["content"]
    if isinstance(invest, int) and invest <= 0:
        yield "total_invest_fen", "impossible"
    if isinstance(content, str) and 0 < len(content.strip()) < fillable()["projects", "content"].least:
        yield "content", "short"
    if row["operating_on"] is None and row["stage"] in _RUNNING:
        yield "operating_on", "missing"

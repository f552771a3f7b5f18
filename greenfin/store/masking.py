"""Names and identity numbers covered (``masking.toml``): for whoever may not read them, and in exports."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import repeat
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.names import firms_in
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, allowed_branches, may
from greenfin.store.writing import writing

Own: TypeAlias = Sequence[Collection[str]]


@dataclass(frozen=True, slots=True)
class MaskRules:
    """The whole of ``masking.toml``: which columns, and what stays readable."""

    mark: str
    branch: str
    names: frozenset[str]
    long_name: int
    codes: frozenset[str]
    long_code: int
    texts: frozenset[str]
    of: tuple[str, ...]
    numbers: str


@cache
def mask_rules() -> MaskRules:
    """The rules in force."""
    raw = tomllib.loads(files("greenfin.store").joinpath("masking.toml").read_text("utf-8"))
    names, codes, texts = raw["names"], raw["codes"], raw["texts"]
    return MaskRules(
        raw["mark"], raw["branch"], frozenset(names["columns"]), names["long"], frozenset(codes["columns"]), codes["long"],
        frozenset(texts["columns"]), tuple(texts["of"]), texts["numbers"],
    )  # fmt: skip


def cover_name(name: str) -> str:
    """A name with one mark a sign; the last sign stays, of a firm's name the first and the last two.

    >>> cover_name("ABC"), cover_name("Green Power")
    ('**C', 'G********er')
    """
    rules = mask_rules()
    if len(name) < rules.long_name:
        return rules.mark * max(len(name) - 1, 1) + name[1:][-1:]
    return name[0] + rules.mark * (len(name) - 3) + name[-2:]


def cover_code(code: str) -> str:
    """An identity number with its first and last two signs; all of a short one covered.

    >>> cover_code("91320000MA1XXXXX4K"), cover_code("12345")
    ('91**************4K', '*****')
    """
    rules = mask_rules()
    if len(code) < rules.long_code:
        return rules.mark * len(code)
    return code[:2] + rules.mark * (len(code) - 4) + code[-2:]


def cover_in(text: str, names: Iterable[str]) -> str:
    """A text with these names covered in it, the longest first; it stays as long as it was.

    >>> cover_in("a pump of Green Power", ["Green Power"])
    'a pump of G********er'
    """
    for name in sorted({name for name in names if len(name) > 1}, key=len, reverse=True):
        text = text.replace(name, cover_name(name))
    return text


def masked(table: pa.Table, shown: pa.Array | None = None, *, names: Collection[str] = (), own: Own = ()) -> pa.Table:
    """The table with names and identity numbers covered; rows where ``shown`` is true stay as they are.

    ``names``: others that its texts may hold; ``own``: for each row those that its own texts may hold, or none at all.
    """
    rules, covered = mask_rules(), table
    for name in table.column_names:
        if name in rules.names:
            new = _by_value(table[name], cover_name)
        elif name in rules.codes:
            new = _by_value(table[name], cover_code)
        elif name in rules.texts and pa.types.is_string(table[name].type):
            new = _without_names(table, name, names, own)
        else:
            continue
        if shown is not None:
            new = pc.if_else(shown, _whole(table[name]), new)
        covered = covered.set_column(covered.column_names.index(name), table.schema.field(name), new.cast(table[name].type))
    return covered


def visible(actor: Actor, table: pa.Table, action: str = "read_loans", *, of: pa.Table | None = None) -> pa.Table:
    """The rows of the actor's branches, with names and numbers covered where the actor may not read them; ``of``: the loans of the book.

    Raises Refused.
    """
    return masked_for(actor, _rows_for(actor, table, action), loans=of)


def masked_for(actor: Actor, table: pa.Table, *, names: Collection[str] = (), loans: pa.Table | None = None) -> pa.Table:
    """The table as the actor may read it: names and numbers only in branches where he may; ``names`` as of :func:`masked`.

    ``loans``: the book's, whose borrowers may stand in the texts of a project they share.
    """
    branches = allowed_branches(actor, "read_names") if may(actor, "read_names") else frozenset()
    if branches is None:
        return table
    own = () if loans is None else of_projects(table, loans)
    return masked(table, _within(table, branches) if branches else None, names=names, own=own)


def exported(store: Store, actor: Actor, table: pa.Table, *, what: str, with_names: bool = False) -> pa.Table:
    """What the actor takes out of the store: rows of his branches, covered unless ``with_names``; an event says so.

    ``what`` names the table or file. Raises Refused where he may not export, or not with names.
    """
    rows = _rows_for(actor, table, "export")
    if with_names:
        rows = _rows_for(actor, rows, "export_names")
    with writing(store) as made:
        made.event(actor.user, "export.made", subject=what, detail={"rows": rows.num_rows, "with_names": with_names})
    return rows if with_names else masked(rows)


def _rows_for(actor: Actor, table: pa.Table, action: str) -> pa.Table:
    branches = allowed_branches(actor, action)
    return table if branches is None else table.filter(_within(table, branches))


def _within(table: pa.Table, branches: frozenset[str]) -> pa.Array:
    """Which rows belong to the branches; a row without a branch, or a table without the column, to none of them."""
    column = mask_rules().branch
    if column not in table.column_names:
        return pc.fill_null(pa.nulls(table.num_rows, pa.bool_()), False)
    return pc.fill_null(pc.is_in(_whole(table[column]), value_set=pa.array(sorted(branches), pa.string())), False)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()


def _by_value(column: pa.ChunkedArray, cover: Callable[[str], str]) -> pa.Array:
    """Each value covered once, however often it stands in the column."""
    coded = pc.dictionary_encode(_whole(column).cast(pa.string()))
    values = pa.array([cover(value) if value else value for value in coded.dictionary.to_pylist()], pa.string())
    return values.take(coded.indices)


def _without_names(table: pa.Table, column: str, others: Collection[str], own: Own) -> pa.Array:
    """The texts without identity numbers, without what looks like a firm, the names of their own rows and the others."""
    texts = _by_value(table[column], lambda text: cover_in(_without_numbers(text), (*others, *firms_in(text))))
    named = [table[name].to_pylist() for name in mask_rules().of if name in table.column_names]
    if not named and not own:
        return texts
    beside = own or repeat(())
    rows = zip(texts.to_pylist(), zip(*named, strict=True) if named else repeat(()), beside, strict=False)
    return pa.array([cover_in(text, [name for name in (*of, *more) if name]) if text else text for text, of, more in rows], pa.string())


def of_projects(table: pa.Table, loans: pa.Table) -> Own:
    """For each row of the table the names of all borrowers of its project; empty where it has no column of projects."""
    if not {"project_id", "customer_name"} <= {*loans.column_names} or "project_id" not in table.column_names:
        return ()
    pairs = loans.select(["project_id", "customer_name"]).drop_null().group_by(["project_id", "customer_name"]).aggregate([])
    by: dict[str, list[str]] = {}
    for project, name in zip(pairs["project_id"].to_pylist(), pairs["customer_name"].to_pylist(), strict=True):
        by.setdefault(project, []).append(name)
    return [by.get(project, ()) for project in table["project_id"].to_pylist()]


def _without_numbers(text: str) -> str:
    return re.sub(mask_rules().numbers, lambda found: mask_rules().mark * len(found.group()), text)

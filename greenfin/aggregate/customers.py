"""One name for each customer of the ledger, whichever of number, credit code and name a row has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.facts import texts
from greenfin.names.parts import folded

NUMBER, CODE, NAME = "customer_no", "customer_uscc", "folded"  # the last: the name as names are compared (:func:`with_names`)
JOINED = (NUMBER, CODE, NAME)
COVERED = "*"  # a natural person's name is covered and tells nobody apart
_Node = tuple[str, str]


def with_names(table: pa.Table) -> pa.Table:
    """The table with its customers' names as they are compared (``folded``; null: none, or covered)."""
    distinct, at = texts(table["customer_name"])
    plain = pa.array([text if text and COVERED not in text else "" for text in distinct], pa.string())
    names = folded(plain) if distinct else plain
    names = pc.if_else(pc.equal(names, ""), pa.scalar(None, pa.string()), names)
    return table.append_column(NAME, pc.take(names, pa.array(at)))


def of_customers(loans: pa.Table, known: Mapping[str, pa.Array]) -> pa.Table:
    """The loans of the customers whose number, code or name is ``known``, under whichever of the three their other loans stand, with
    ``customer``: one name for each customer.

    Rows of one number or one credit code are one customer; a row that has neither is the customer of its name.
    """
    names = {column: pc.drop_null(values) for column, values in known.items()}
    rows = loans.slice(0, 0)
    while True:
        found = loans.filter(_any_of(loans, names))
        if len(found) == len(rows):
            break
        rows = found
        plain = _named_only(loans, rows)
        names = {NUMBER: _more(names, rows, NUMBER), CODE: _more(names, rows, CODE), NAME: pa.concat_arrays([names[NAME], plain])}
    return rows.append_column("customer", pa.array(_joined(rows), pa.string()))


def _any_of(loans: pa.Table, names: Mapping[str, pa.Array]) -> pa.ChunkedArray:
    one, two, three = (pc.is_in(loans[column], value_set=pc.drop_null(names[column])) for column in JOINED)
    return pc.or_(pc.or_(one, two), three)


def _more(names: Mapping[str, pa.Array], rows: pa.Table, column: str) -> pa.Array:
    return pc.unique(pa.concat_arrays([names[column], pc.drop_null(rows[column].combine_chunks())]))


def _named_only(loans: pa.Table, rows: pa.Table) -> pa.Array:
    """Names of the chosen rows under which loans without number and code stand."""
    bare = loans.filter(pc.and_(pc.is_null(loans[NUMBER]), pc.is_null(loans[CODE])))[NAME].combine_chunks()
    both = bare.filter(pc.is_in(bare, value_set=pc.drop_null(rows[NAME].combine_chunks())))
    return pc.unique(pc.drop_null(both))


def _joined(rows: pa.Table) -> list[str | None]:
    """The name of each row's customer: its least number, else its credit code, else its name."""
    nodes = [_nodes(*row) for row in zip(*(rows[column].to_pylist() for column in JOINED), strict=True)]
    above: dict[_Node, _Node] = {}
    for one in nodes:
        for other in one[1:]:
            _unite(above, one[0], other)
    for name, first in _by_name(nodes, rows[NAME].to_pylist()).items():
        _unite(above, first, (NAME, name))
    return [_top(above, one[0])[1] if one else None for one in nodes]


def _by_name(nodes: Sequence[Sequence[_Node]], names: Sequence[str | None]) -> Mapping[str, _Node]:
    """Of each name that a row stands under alone, the first customer with a number or a code who has it too."""
    alone = {one[0][1] for one in nodes if one and one[0][0] == NAME}
    known: dict[str, _Node] = {}
    for one, name in zip(nodes, names, strict=True):
        if name in alone and one[0][0] != NAME:
            known[name] = min(known.get(name, one[0]), one[0], key=_rank)
    return known


def _nodes(number: str | None, code: str | None, name: str | None) -> list[_Node]:
    """What a row's customer is known by: its number and code, its name where it has neither."""
    ids = [(column, text) for column, text in ((NUMBER, number), (CODE, code)) if text]
    return ids or ([(NAME, name)] if name else [])


def _top(above: dict[_Node, _Node], one: _Node) -> _Node:
    while one in above:
        one = above[one]
    return one


def _unite(above: dict[_Node, _Node], one: _Node, other: _Node) -> None:
    first, second = sorted((_top(above, one), _top(above, other)), key=_rank)
    if first != second:
        above[second] = first


def _rank(node: _Node) -> tuple[int, str]:
    return JOINED.index(node[0]), node[1]

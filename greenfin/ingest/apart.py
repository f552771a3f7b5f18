"""Sheets of receipts told apart: ledgers with balances, tables of green tags, lists of drawings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from greenfin.core.problems import Problem, info, warning
from greenfin.ingest.blocks import Block, block_as
from greenfin.ingest.cells import is_blank, narrow
from greenfin.ingest.given_tags import is_tag_table
from greenfin.ingest.titles import titles_of
from greenfin.ingest.vocabulary import marks

_BALANCE = ("loan.balance", "loan.balance_rmb")
_MOVES = ("loan.amount", "loan.start_date")


def told_apart(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], list[Problem]]:
    """The blocks, those of receipts that are no ledger as what they are; left out where they are nothing else.

    A table of tags with balances is a table of tags only beside a ledger that has most of its receipts; a list without
    balances is a list of drawings, or of tags, only beside a ledger that has them, or where its title says so.
    """
    blocks = [_as_ledger(block) for block in blocks]
    ledgers = [b for b in blocks if b.kind == "loans" and not b.layout]
    held = [b for b in ledgers if set(_BALANCE) & set(b.places)]
    whole = [b for b in held if not is_tag_table(b)]
    others = [b for b in blocks if b.kind == "loans" and b.layout]
    tables = [b for b in held if is_tag_table(b)]
    known = {key for block in (*whole, *others) for key in _receipts(block)} if tables else set()
    found: list[Block] = []
    problems: list[Problem] = []
    for block in blocks:
        other: Block | None = block
        if any(block is b for b in tables) and _is_among(block, known):
            other = block_as(block, "given_tags")
            problems.append(info("ingest.tag_table_not_ledger", block.grid.at(block.header_row), count=_count(block)))
        elif any(block is b for b in ledgers) and all(block is not b for b in held) and (held or others or _tells_moves(block)):
            other = _without_balance(block)
            problems.append(_about(block, other))
        if other is not None:
            found.append(other)
    return tuple(found), problems


def _as_ledger(block: Block) -> Block:
    """A table of tags that has balances as a ledger, until it is told apart."""
    if block.kind != "given_tags" or block.layout or not set(_BALANCE) & set(block.places):
        return block
    return block_as(block, "loans") or block


def _tells_moves(block: Block) -> bool:
    """Whether sheet or title say that a list with amounts and days is one of drawings: it needs no ledger beside it."""
    words = marks()["drawing_sheets"]
    return all(field in block.places for field in _MOVES) and any(word in text for text in titles_of(block) for word in words)


def _without_balance(block: Block) -> Block | None:
    """A list of receipts without balances as a list of drawings or a table of tags; None where it is neither."""
    if all(field in block.places for field in _MOVES):
        return block_as(block, "drawings")
    return block_as(block, "given_tags")


def _about(block: Block, other: Block | None) -> Problem:
    where, count = block.grid.at(block.header_row), _count(block)
    if other is None:
        return warning("ingest.sheet_without_balance", where, count=count)
    if other.kind == "drawings":
        return info("ingest.drawings_not_ledger", where, count=count)
    return info("ingest.tag_table_not_ledger", where, count=count)


def _count(block: Block) -> int:
    return max(block.end - block.first, 0)


def _is_among(block: Block, known: set[str]) -> bool:
    """Whether at least half of the receipts of a block are known."""
    mine = set(_receipts(block))
    return bool(mine) and 2 * len(mine & known) >= len(mine)


def _receipts(block: Block) -> Iterator[str]:
    place = block.places.get("loan.receipt_no") or block.places.get("loan.contract_no")
    if place:
        cells = set(block.grid.columns[place.column][block.first : block.end])
        yield from (narrow(cell) for cell in cells if not is_blank(cell))

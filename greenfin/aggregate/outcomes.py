"""One row per loan: its tag, what the tag counts for under the policy, and the amounts that follow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.aggregate.facts import Facts, texts
from greenfin.core.money import to_yuan
from greenfin.core.problems import Outcome, Problem, error, warning

PPM = 1_000_000
Ints = NDArray[np.int64]


def outcomes(facts: Facts) -> pa.Table:
    """The loans with their tag's columns, ``outcome`` (green, not_green, review), the three amounts (``green_fen`` …) and classes.

    The three amounts of a row add up to its balance, to the fen; they are null where the balance is. ``class1``, ``class2`` and ``section``
    (GB/T 4754 letter of the use) are null where they are not known.
    """
    return outcomes_with_problems(facts).value


def outcomes_with_problems(facts: Facts) -> Outcome[pa.Table]:
    """:func:`outcomes` and what was wrong with the tags: missing, doubled, or green without a usable share."""
    return facts.once("outcomes", lambda: _made(facts))


def _made(facts: Facts) -> Outcome[pa.Table]:
    loans, tags = facts.book.loans, facts.tags
    at = _places(loans["loan_id"].combine_chunks(), tags["loan_id"].combine_chunks())
    joined = loans
    for name in tags.column_names:
        if name not in loans.column_names:
            joined = joined.append_column(name, tags[name] if at is None else pc.take(tags[name].combine_chunks(), at))
    share, usable = _shares(joined)
    outcome = _outcome(joined, facts, usable)
    joined = joined.append_column("outcome", outcome)
    joined = _amounts(joined, outcome, share)
    joined = _classes(joined, facts)
    return Outcome(joined, (*_problems(joined, tags, usable), *_unapproved(joined, facts)))


def _places(loans: pa.Array, tags: pa.Array) -> pa.Array | None:
    """Of each loan the place of its first tag; None where they are the same, one by one."""
    if loans.equals(tags) and len(pc.unique(tags)) == len(tags):
        return None
    return pc.index_in(loans, value_set=tags)


def _shares(joined: pa.Table) -> tuple[Ints, NDArray[np.bool_]]:
    """The green share of each row and whether it can be used (present, within 0..1)."""
    share = joined["share_ppm"]
    usable = pc.fill_null(pc.and_(pc.greater_equal(share, 0), pc.less_equal(share, PPM)), False)
    return _ints(share), np.asarray(usable.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _outcome(joined: pa.Table, facts: Facts, usable: NDArray[np.bool_]) -> pa.Array:
    decision = joined["decision"]
    counts = pc.fill_null(joined["approved"], False) if facts.policy.needs_approval else pa.scalar(True)
    green = pc.and_(pc.and_(pc.fill_null(pc.equal(decision, "green"), False), counts), pa.array(usable))
    not_green = pc.fill_null(pc.equal(decision, "not_green"), False)
    return pc.if_else(green, "green", pc.if_else(not_green, "not_green", "review")).combine_chunks()


def _amounts(joined: pa.Table, outcome: pa.Array, share: Ints) -> pa.Table:
    balance = _ints(joined["balance_fen"])
    known = joined["balance_fen"].combine_chunks().is_valid().to_numpy(zero_copy_only=False)
    kind = np.asarray(outcome.to_numpy(zero_copy_only=False))
    green = np.where(kind == "green", part_of(balance, np.clip(share, 0, PPM)), 0)
    review = np.where(kind == "review", balance, 0)
    amounts = {"green_fen": green, "not_green_fen": balance - green - review, "review_fen": review}
    for name, values in amounts.items():
        joined = joined.append_column(name, pa.array(values, mask=~known))
    return joined


def part_of(balance: Ints, share_ppm: Ints) -> Ints:
    """Balance times share in millionths, rounded half up, exactly (no product above 64 bits is formed)."""
    whole, rest = np.divmod(balance, PPM)
    part: Ints = whole * share_ppm + (rest * share_ppm + PPM // 2) // PPM
    return part


def _ints(column: pa.ChunkedArray) -> Ints:
    return np.asarray(pc.fill_null(column, 0).combine_chunks().to_numpy(zero_copy_only=False), dtype=np.int64)


def _classes(joined: pa.Table, facts: Facts) -> pa.Table:
    where = pc.binary_join_element_wise(joined["edition"], joined["code"], "\t")
    for level, name in enumerate(("class1", "class2")):
        joined = joined.append_column(name, _mapped(where, partial(_ancestor, facts=facts, level=level)))
    return joined.append_column("section", _mapped(joined["industry_use"], partial(_section, facts=facts)))


def _mapped(column: pa.ChunkedArray, made: Callable[[str], str | None]) -> pa.Array:
    """A value per distinct text, spread over the rows."""
    distinct, at = texts(column)
    values = pa.array([None if text is None else made(text) for text in distinct], type=pa.string())
    return pc.take(values, pa.array(at))


def _ancestor(text: str, facts: Facts, level: int) -> str | None:
    edition, _, code = text.partition("\t")
    if not code:
        return None
    catalogue = facts.reference.catalogues.get(edition) if facts.reference else None
    if catalogue is None:
        parts = code.split(".")
        return ".".join(parts[: level + 1]) if len(parts) > level else None
    if code not in catalogue.entries:
        return None
    line = (*reversed(catalogue.ancestors(code)), code)
    return line[level] if len(line) > level else None


def _section(text: str, facts: Facts) -> str | None:
    """The section's letter of a GB/T 4754 code."""
    if text[:1].isalpha():
        return text[0]
    industry = facts.reference.industries.get(text) if facts.reference else None
    return industry.section if industry else None


def _problems(joined: pa.Table, tags: pa.Table, usable: NDArray[np.bool_]) -> tuple[Problem, ...]:
    found: list[Problem] = []
    untagged = joined["decision"].null_count
    if untagged:
        found.append(warning("aggregate.loan_untagged", _first(joined, pc.is_null(joined["decision"])), n=untagged))
    doubled = len(tags) - len(pc.unique(tags["loan_id"]))
    if doubled:
        found.append(error("aggregate.tag_twice", "", n=doubled))
    shareless = pc.and_(pc.fill_null(pc.equal(joined["decision"], "green"), False), pa.array(~usable))
    n = pc.sum(shareless).as_py() or 0
    if n:
        found.append(error("aggregate.share_unusable", _first(joined, shareless), n=n))
    unclassed = pc.and_(pc.equal(joined["outcome"], "green"), pc.is_null(joined["class1"]))
    n = pc.sum(unclassed).as_py() or 0
    if n:
        found.append(error("aggregate.green_without_class", _first(joined, unclassed), n=n))
    if joined["balance_fen"].null_count:
        missing = pc.is_null(joined["balance_fen"])
        found.append(error("aggregate.balance_missing", _first(joined, missing), n=joined["balance_fen"].null_count))
    editions = sorted(pc.unique(joined["edition"].drop_null()).to_pylist())
    if len(editions) > 1:
        found.append(error("aggregate.editions_mixed", "", editions=", ".join(editions)))
    return tuple(found)


def waiting(joined: pa.Table, facts: Facts) -> pa.ChunkedArray:
    """Which loans are tagged green and would count but for the approval that the policy asks for."""
    green = pc.and_(pc.fill_null(pc.equal(joined["decision"], "green"), False), pc.equal(joined["outcome"], "review"))
    unapproved = pc.invert(pc.fill_null(joined["approved"], False))
    return pc.and_(pc.and_(green, unapproved), pa.scalar(facts.policy.needs_approval))


def _unapproved(joined: pa.Table, facts: Facts) -> tuple[Problem, ...]:
    waits = joined.filter(waiting(joined, facts))
    if not len(waits):
        return ()
    balance = to_yuan(pc.sum(waits["balance_fen"]).as_py() or 0)
    return (
        warning(
            "aggregate.green_unapproved", str(waits["loan_id"][0].as_py()), n=len(waits), balance=f"{balance:,}", policy=facts.policy.id
        ),
    )


def _first(joined: pa.Table, which: pa.ChunkedArray) -> str:
    """The loan id of the first row chosen."""
    return str(joined.filter(which)["loan_id"][0].as_py())

"""Branch codes that lost their leading zeros in some rows: one branch stays one branch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Outcome, info

Layout = Mapping[str, Mapping[str, str]]


def even_branches(table: pa.Table, *, layout: Layout) -> Outcome[pa.Table]:
    """The rows with branch codes padded to the length of the others where only leading zeros are missing; each code is said once."""
    codes = table["branch_code"].combine_chunks().dictionary_encode()
    known = padded([code for code in codes.dictionary.to_pylist() if code])
    if not known:
        return Outcome(table)
    problems = []
    for code, whole in sorted(known.items()):
        rows = np.nonzero(pc.fill_null(pc.equal(table["branch_code"], code), False).to_numpy(zero_copy_only=False))[0]
        first = table.select(["source_sheet", "source_row"]).slice(int(rows[0]), 1).to_pylist()[0]
        where = f"{first['source_sheet']}!{layout.get(first['source_sheet'], {}).get('branch_code', '')}{first['source_row']}"
        problems.append(info("ingest.branch_zero_restored", where, found=code, value=whole, count=len(rows)))
    return Outcome(with_whole_codes(table, known), tuple(problems))


def with_whole_codes(table: pa.Table, known: Mapping[str, str]) -> pa.Table:
    """The rows with branch codes as :func:`padded` says that they must have been."""
    if not known:
        return table
    codes = table["branch_code"].combine_chunks().dictionary_encode()
    values = pa.array([known.get(code, code) for code in codes.dictionary.to_pylist()], pa.string())
    return table.set_column(table.column_names.index("branch_code"), "branch_code", values.take(codes.indices))


def padded(codes: Sequence[str]) -> dict[str, str]:
    """The codes that lost zeros, as they must have been: such a code stands beside them, or all of full length begin with those zeros.

    >>> padded(["0102", "0103", "102", "110"]), padded(["01", "0102", "010203"]), padded(["102", "1020"])
    ({'102': '0102', '110': '0110'}, {}, {})
    """
    numbers = [code for code in codes if code.isascii() and code.isdigit()]
    lengths = Counter(len(code) for code in numbers if code.startswith("0"))
    if not lengths:
        return {}
    whole = max(lengths, key=lambda length: (lengths[length], length))
    full = {code for code in numbers if len(code) == whole}
    lost = {code: code.zfill(whole) for code in numbers if len(code) < whole and not code.startswith("0")}
    return {c: p for c, p in lost.items() if p in full or all(f.startswith("0" * (whole - len(c))) for f in full)}

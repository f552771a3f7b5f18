"""Every kind of dirt in every layout it can stand in: read right, or told with the cell named and the other rows untouched."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenfin.core.records import Book
from greenfin.ingest import read_book
from greenfin.reference.load import load
from tests.dirt.kinds import ROW, VALUES, Expected, Kind
from tests.dirt.layouts import AS_OF, COLUMN, LAYOUTS, Layout, truth
from tests.dirt.shapes import SHAPES

KINDS = (*VALUES, *SHAPES)
_LOUD = ("error", "warning")


def fits(kind: Kind, layout: Layout) -> bool:
    """Whether a layout can have this dirt."""
    return layout.kind in kind.kinds and set(kind.roles) <= set(layout.roles) and (not kind.layouts or layout.id in kind.layouts)


PAIRS = [(kind, layout) for kind in KINDS for layout in LAYOUTS if fits(kind, layout)]
QUICK = [pair for n, pair in enumerate(PAIRS) if n % 5 == 0]
SLOW = [pair for n, pair in enumerate(PAIRS) if n % 5]


def _id(pair: object) -> str:
    return getattr(pair, "id", "")


def test_there_is_enough_of_it() -> None:
    assert len(LAYOUTS) >= 12
    assert len(KINDS) >= 80
    assert len({k.id for k in KINDS}) == len(KINDS)
    assert {layout.id for _, layout in PAIRS} == {layout.id for layout in LAYOUTS}
    assert {kind.id for kind, _ in PAIRS} == {kind.id for kind in KINDS}


@pytest.mark.parametrize("layout", LAYOUTS, ids=_id)
def test_clean(layout: Layout, tmp_path: Path) -> None:
    """Without dirt every layout gives the same loans and no error."""
    _check(layout.sheet_of(truth()).save(tmp_path), layout, Expected(), clean=True)


@pytest.mark.parametrize(("kind", "layout"), QUICK, ids=_id)
def test_dirt(kind: Kind, layout: Layout, tmp_path: Path) -> None:
    spoil(kind, layout, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "layout"), SLOW, ids=_id)
def test_dirt_in_the_other_layouts(kind: Kind, layout: Layout, tmp_path: Path) -> None:
    spoil(kind, layout, tmp_path)


def spoil(kind: Kind, layout: Layout, folder: Path) -> None:
    """Put the dirt in, read, and hold what is read to what must come of it."""
    sheet = layout.sheet_of(truth())
    expected = kind.spoil(sheet)
    where = sheet.address(*expected.at) if expected.at else ""
    _check(sheet.save(folder), layout, expected, where=where)


def _check(path: Path, layout: Layout, expected: Expected, *, where: str = "", clean: bool = False) -> None:
    outcome = read_book([path], as_of=AS_OF, reference=load())
    book, problems = outcome.value, outcome.problems
    said = {p.code for p in problems}
    if expected.codes:
        told = [p for p in problems if p.code in expected.codes]
        assert told, f"none of {expected.codes}; told {sorted(said)}"
        assert not where or any(p.where.endswith(f"!{where}") or p.where.endswith(f":{where}") for p in told), [p.where for p in told]
    if clean:
        assert not [p for p in problems if p.severity.value == "error"], [p.code for p in problems if p.severity.value == "error"]
    _compare(book, layout, expected)


def _compare(book: Book, layout: Layout, expected: Expected) -> None:
    rows = truth()
    kept = [n for n in range(len(rows)) if n not in expected.rejected | expected.gone]
    read = {row["receipt_no"]: row for row in book.loans.to_pylist()}
    assert len(read) == len(kept), (sorted(read), [r["code"] for r in book.rejected.to_pylist()])
    assert (book.rejected.num_rows > 0) == bool(expected.rejected), book.rejected.to_pylist()
    for n in kept:
        receipt = expected.values.get((n, "receipt"), rows[n]["receipt"])
        assert receipt in read, (receipt, sorted(read))
        for role in layout.roles:
            wanted = expected.values.get((n, role), rows[n][role])
            if n == ROW and expected.at == (n, role) and (n, role) not in expected.values:
                continue  # told, and read as it stands
            if wanted is not ...:
                assert _same(read[receipt][COLUMN[role]], wanted, role), (role, read[receipt][COLUMN[role]], wanted)


def _same(found: object, wanted: object, role: str) -> bool:
    if role == "purpose" and isinstance(found, str) and isinstance(wanted, str):
        return found.replace("\n", "") == wanted.replace("\n", "")
    return found == wanted or (role == "green" and not found and not wanted)

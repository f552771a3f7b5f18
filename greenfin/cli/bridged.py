"""Totals under several editions and what lies between them, for a person and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from greenfin.cli.aligned import aligned
from greenfin.core.money import to_yuan

if TYPE_CHECKING:
    import pyarrow as pa

    from greenfin.aggregate.bridge import Bridge
    from greenfin.cli.session import Session
    from greenfin.reference.load import Reference

_SHOWN_LEVEL = 1  # of classes and reasons; the files hold level 2


def bridge_lines(session: Session, bridges: Sequence[Bridge], reference: Reference) -> Iterator[str]:
    """Each bridge with its title and rows: amount in yuan and receipts."""
    from greenfin.bridged import steps, tables

    for bridge, table in zip(bridges, tables(bridges, reference), strict=True):
        yield ""
        yield table.title_zh if session.lang == "zh" else table.title_en
        rows = [step for step in steps(bridge, reference) if step.level <= _SHOWN_LEVEL]
        money = [f"{to_yuan(step.fen):,.2f}" for step in rows]
        wide = max(map(len, money))
        words = [f"{'  ' * (step.level + 1)}{step.zh if session.lang == 'zh' else step.en}" for step in rows]
        yield from aligned([(word, f"{fen:>{wide}}", str(step.receipts)) for word, fen, step in zip(words, money, rows, strict=True)])


def bridge_json(bridges: Sequence[Bridge]) -> list[dict[str, object]]:
    """Each bridge with every line; amounts in fen."""
    from dataclasses import asdict

    return [{"first": b.first, "second": b.second, "lines": [asdict(line) for line in b.lines]} for b in bridges]


def edition_counts(session: Session, tags: pa.Table) -> Iterator[str]:
    """Loans by decision (and official carbon mark) under each edition, and how the first meets each of the others; one edition: nothing."""
    import pyarrow.compute as pc

    editions = pc.unique(tags["edition"]).to_pylist()
    if len(editions) < 2:
        return
    parts = [tags.filter(pc.equal(tags["edition"], edition)) for edition in editions]
    for edition, rows in zip(editions, parts, strict=True):
        counts = {name: _many(rows, "decision", name) for name in ("green", "not_green", "review")}
        counts |= {name: _many(rows, "carbon_mark", name) for name in ("direct", "enabling")}
        yield session.say("bridge.edition_counts", edition=edition, **counts)
    greens = [set(rows.filter(pc.equal(rows["decision"], "green"))["loan_id"].to_pylist()) for rows in parts]
    for edition, rows, green in zip(editions[1:], parts[1:], greens[1:], strict=True):
        both, one, other = len(greens[0] & green), len(greens[0] - green), len(green - greens[0])
        if rows.num_rows == parts[0].num_rows:  # under auto an edition has only the loans of its own time
            neither = rows.num_rows - both - one - other
            yield session.say("bridge.pair", first=editions[0], second=edition, both=both, one=one, other=other, neither=neither)


def _many(rows: pa.Table, column: str, value: str) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.equal(rows[column], value)).as_py() or 0)

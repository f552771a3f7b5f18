"""The tables of a re-tagging: the bridge, the matrix of classes, what was lost and gained, the transition, growth, the proof."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.reasons import CARRIED, GAINED, LOST, RECLASSIFIED
from greenfin.core.records import Table
from greenfin.disclose.printed import pick
from greenfin.movement.draft import Draft, word_pair
from greenfin.movement.retagged import Retagged, flows
from greenfin.movement.roll_tables import in_order
from greenfin.movement.sides import STATES, Side, ints
from greenfin.movement.transition import STATUSES
from greenfin.reference.catalogue import crossings

LARGEST = 200


def retag_tables(made: Retagged, lang: str = "zh") -> tuple[Table, ...]:
    """R01 bridge, R02 matrix, R03 lost by old entry, R04 gained by new entry, R05 transition, R06 growth (with an earlier
    book), R07 proof, R08 largest changes. ``lang`` is that of words inside cells.
    """
    growth = (_growth(made),) if made.prior else ()
    return (
        _bridge(made),
        _matrix(made),
        _changes(made, "R03", "lost", lang),
        _changes(made, "R04", "gained", lang),
        _transition(made),
        *growth,
        _proof(made),
        _largest(made, lang),
    )


def _slots(made: Retagged) -> dict[str, object]:
    return {"old": made.old.edition, "new": made.new.edition, "as_of": made.old.book.as_of.isoformat()}


def _by(made: Retagged, key: str, column: str) -> Mapping[str, tuple[int, int]]:
    """Fen and loans by a column's value, over the loans where the amount is not nothing."""
    rows = made.rows.filter(pc.not_equal(made.rows[column], 0))
    found = rows.group_by([key]).aggregate([(column, "sum"), (column, "count")])
    columns = (found[name].to_pylist() for name in (key, f"{column}_sum", f"{column}_count"))
    return {name or "": (fen, n) for name, fen, n in zip(*columns, strict=True)}


def _bridge(made: Retagged) -> Table:
    """Old green, less what was lost by cause, plus what was gained by cause, gives the new; inside and transition stand below."""
    draft = Draft("R01")
    draft.column("label", "label", word="step")
    draft.column("amount")
    draft.column("receipts")
    steps = [_line(draft, "old", made.old.total("green"), _greens(made.old), kind="total")]
    for name, causes, sign in (("lost", LOST, -1), ("gained", GAINED, 1)):
        found = _by(made, "why", f"{name}_fen")
        for cause in causes:
            fen, n = found.get(cause, (0, 0))
            steps.append(_line(draft, f"{name}_{cause}", sign * fen, n, level=1))
    draft.row("new", word="new_green", kind="total")
    new = draft.total("new", "amount", steps)
    draft.count("new", "receipts", _greens(made.new))
    draft.row("new_book", word="new_book")
    book = draft.money("new_book", "amount", made.new.total("green"))
    draft.row("difference", word="difference")
    draft.diff("difference", "amount", new, book)
    inside = _by(made, "relation", "kept_green_fen")
    for name in (CARRIED, RECLASSIFIED):
        _line(draft, name, *inside.get(name, (0, 0)), level=1)
    kept = made.rows.filter(pc.equal(made.rows["transition"], "kept"))
    fen = _total(kept, "old_green_fen") - _total(kept, "new_green_fen")
    touched = kept.filter(pc.not_equal(kept["old_green_fen"], kept["new_green_fen"])).num_rows
    back = _line(draft, "kept", fen, touched, level=1)
    draft.row("reported", word="reported", kind="total")
    draft.total("reported", "amount", [new, back])
    return draft.done(notes=("bridge", "inside", "kept"), **_slots(made))


def _greens(side: Side) -> int:
    return int((ints(side.rows["green_fen"]) != 0).sum())


def _total(rows: pa.Table, column: str) -> int:
    return int(pc.sum(rows[column]).as_py() or 0)


def _line(draft: Draft, row: str, fen: int, n: int, *, level: int = 0, kind: str = "row") -> str:
    draft.row(row, word=row, level=level, kind=kind)
    draft.count(row, "receipts", n)
    return draft.money(row, "amount", fen)


def _matrix(made: Retagged) -> Table:
    """From each old first-level class (and not green, review) to each new one; rows add up to the old total, columns to the new."""
    passed = flows(made)
    old, new = (_labels(side) for side in (made.old, made.new))
    sums: dict[tuple[str, str], int] = {}
    for one in range(3):
        for other in range(3):
            rows = np.flatnonzero(passed[one, other])
            pairs = pa.table(
                {"a": old[one].take(pa.array(rows)), "b": new[other].take(pa.array(rows)), "f": pa.array(passed[one, other][rows])}
            )
            for pair in pairs.group_by(["a", "b"]).aggregate([("f", "sum")]).to_pylist():
                sums[pair["a"], pair["b"]] = sums.get((pair["a"], pair["b"]), 0) + pair["f_sum"]
    froms, tos = (sorted({pair[at] for pair in sums}, key=_place) for at in (0, 1))
    draft = Draft("R02")
    draft.column("label", "label", word="from_class", old=made.old.edition)
    for to in tos:
        zh, en = _class_name(made, made.new, to)
        draft.column(to, word="given", zh=zh, en=en)
    draft.column("total", word="total")
    for name in froms:
        zh, en = _class_name(made, made.old, name)
        draft.row(name, zh=zh, en=en)
        draft.total(name, "total", [draft.money(name, to, sums.get((name, to), 0)) for to in tos])
    draft.row("total", word="total", kind="total")
    for column in (*tos, "total"):
        draft.total("total", column, [draft.name(name, column) for name in froms])
    return draft.done(notes=("matrix",), **_slots(made))


def _labels(side: Side) -> list[pa.Array]:
    """For each state what the rows are called: the first-level class of the green part, else the state."""
    classes = pc.fill_null(side.rows["class1"], "unknown").combine_chunks()
    return [classes, *(pa.array([state] * len(classes), pa.string()) for state in STATES[1:3])]


def _place(name: str) -> tuple[int, list[tuple[int, int, str]]]:
    return (STATES.index(name), []) if name in STATES else (0, in_order(name))


def _class_name(made: Retagged, side: Side, code: str) -> tuple[str, str]:
    if code in STATES:
        return word_pair(f"movement.row.state_{code}")
    entry = made.reference.catalogues[side.edition].entries.get(code)
    return (f"{code} {entry.name_zh}", f"{code} {entry.name_en}") if entry else (code, code)


def _changes(made: Retagged, id_: str, which: str, lang: str) -> Table:
    """What was lost (by old entry) or gained (by new entry): amount, loans, the reasons and the crosswalk's hint."""
    column, side, code = (f"{which}_fen", made.old, "old_code") if which == "lost" else (f"{which}_fen", made.new, "new_code")
    rows = made.rows.filter(pc.not_equal(made.rows[column], 0))
    found = rows.group_by([code, "why", "crosswalk"]).aggregate([(column, "sum"), (column, "count")]).to_pylist()
    draft = Draft(id_)
    draft.column("label", "label", word=f"{which}_entry", old=made.old.edition, new=made.new.edition)
    draft.column("amount")
    draft.column("receipts")
    draft.column("why", "text")
    draft.column("crosswalk", "text")
    cells = []
    for line in sorted(found, key=lambda one: (in_order(one[code] or ""), one["why"], one["crosswalk"])):
        row = "-".join((line[code] or "unknown", line["why"], line["crosswalk"] or "none"))
        zh, en = _class_name(made, side, line[code] or "")
        draft.row(row, zh=zh, en=en)
        cells.append(draft.money(row, "amount", line[f"{column}_sum"]))
        draft.count(row, "receipts", line[f"{column}_count"])
        draft.text(row, "why", _word(f"movement.row.{which}_{line['why']}", lang))
        hint = _leads_to(made, line[code]) if which == "lost" else _came_from(made, line[code]) if line["why"] != "share" else ""
        draft.text(row, "crosswalk", _crosswalk(line["crosswalk"], lang) + hint)
    draft.row("total", word="total", kind="total")
    draft.total("total", "amount", cells)
    draft.total("total", "receipts", [cell.replace(".amount", ".receipts") for cell in cells])
    return draft.done(notes=("crosswalk",), **_slots(made))


def _word(code: str, lang: str) -> str:
    return pick(*word_pair(code), lang, between=" / ")


def _leads_to(made: Retagged, code: str | None) -> str:
    """The new entries that the crosswalk names for an old one."""
    found = crossings(made.reference, made.old.edition, code or "", made.new.edition)
    codes = ", ".join(dict.fromkeys(c.to_code for c in found if c.to_code))
    return f" → {codes}" if codes else ""


def _came_from(made: Retagged, code: str | None) -> str:
    """The old entries that the crosswalk names for a new one."""
    found = crossings(made.reference, made.new.edition, code or "", made.old.edition)
    codes = ", ".join(dict.fromkeys(c.to_code for c in found if c.to_code))
    return f" ← {codes}" if codes else ""


def _crosswalk(kinds_: str | None, lang: str) -> str:
    return ", ".join(_word(f"movement.crosswalk.{kind}", lang) for kind in (kinds_ or "none").split("+"))


def _transition(made: Retagged) -> Table:
    """Loans by what their dates say: those that keep the earlier edition stand apart from those that go by the new one."""
    draft = Draft("R05")
    draft.column("label", "label", word="transition")
    for name in ("balance", "old_green", "new_green", "receipts"):
        draft.column(name)
    for status in STATUSES:
        rows = made.rows.filter(pc.equal(made.rows["transition"], status))
        draft.row(status, word=f"transition_{status}")
        draft.money(status, "balance", _total(rows, "balance_fen"))
        draft.money(status, "old_green", _total(rows, "old_green_fen"))
        draft.money(status, "new_green", _total(rows, "new_green_fen"))
        draft.count(status, "receipts", rows.num_rows)
    draft.row("total", word="total", kind="total")
    for name in ("balance", "old_green", "new_green", "receipts"):
        draft.total("total", name, [draft.name(status, name) for status in STATUSES])
    return draft.done(notes=("transition",), **_slots(made))


def _growth(made: Retagged) -> Table:
    """Green at both dates under one edition each, and the mixed comparison split into business and change of edition."""
    if made.prior is None:
        raise ValueError("growth needs an earlier book")
    draft = Draft("R06")
    draft.column("label", "label", word="basis")
    for name in ("prior", "now", "change", "growth"):
        draft.column(name)
    pairs = {"from": (made.prior[0], made.old), "to": (made.prior[1], made.new), "mixed": (made.prior[0], made.new)}
    for name, (before, after) in pairs.items():
        draft.row(name, word=f"growth_{name}")
        first, last = draft.money(name, "prior", before.total("green")), draft.money(name, "now", after.total("green"))
        draft.diff(name, "change", last, first)
        draft.growth(name, "growth", last, first)
    draft.row("edition", word="growth_edition")
    draft.diff("edition", "change", draft.name("to", "now"), draft.name("from", "now"))
    draft.row("business", word="growth_business")
    draft.diff("business", "change", draft.name("mixed", "change"), draft.name("edition", "change"))
    return draft.done(notes=("growth",), prior=made.prior[0].book.as_of.isoformat(), **_slots(made))


def _proof(made: Retagged) -> Table:
    """Each state under both editions; both columns add up to the same book."""
    draft = Draft("R07")
    draft.column("label", "label", word="state")
    draft.column("old", word="edition_old")
    draft.column("new", word="edition_new")
    draft.column("change")
    for state in STATES:
        draft.row(state, word=f"state_{state}")
        one, other = draft.money(state, "old", made.old.total(state)), draft.money(state, "new", made.new.total(state))
        draft.diff(state, "change", other, one)
    draft.row("all", word="state_all", kind="total")
    for name in ("old", "new", "change"):
        draft.total("all", name, [draft.name(state, name) for state in STATES])
    return draft.done(notes=("retag_proof",), **_slots(made))


def _largest(made: Retagged, lang: str) -> Table:
    """The loans whose green amount or entry changed, the largest first; all of them are in the detail files."""
    draft = Draft("R08")
    draft.column("label", "label", word="receipt")
    for name in ("old_tag", "new_tag", "why", "crosswalk", "transition"):
        draft.column(name, "text")
    draft.column("balance")
    draft.column("change")
    rows = changed(made)
    rows = rows.append_column("size", pc.add(rows["lost_fen"], rows["gained_fen"]))
    keys = [("size", "descending"), ("balance_fen", "descending"), ("loan_id", "ascending")]
    for at, one in enumerate(rows.take(pc.select_k_unstable(rows, k=min(LARGEST, len(rows)), sort_keys=keys)).to_pylist(), 1):
        row = f"{at:04d}"
        draft.row(row, zh=one["loan_id"], en=one["loan_id"])
        for side in ("old", "new"):
            draft.text(
                row, f"{side}_tag", f"{_word('movement.row.state_' + one[f'{side}_outcome'], lang)} {one[f'{side}_code'] or ''}".strip()
            )
        which = "lost" if one["lost_fen"] else "gained" if one["gained_fen"] else ""
        draft.text(row, "why", _word(f"movement.row.{which}_{one['why']}" if which else f"movement.row.{one['why']}", lang))
        hint = _leads_to(made, one["old_code"]) if one["old_outcome"] == "green" else _came_from(made, one["new_code"])
        draft.text(row, "crosswalk", _crosswalk(one["crosswalk"], lang) + hint)
        draft.text(row, "transition", _word(f"movement.row.transition_{one['transition']}", lang))
        draft.money(row, "balance", one["balance_fen"])
        draft.money(row, "change", one["gained_fen"] - one["lost_fen"])
    return draft.done(notes=("largest_retag",), largest=LARGEST, **_slots(made))


def changed(made: Retagged) -> pa.Table:
    """The loans whose green amount changed or which are green under both editions in classes that the crosswalk does not join."""
    moved = pc.or_(pc.not_equal(made.rows["lost_fen"], 0), pc.not_equal(made.rows["gained_fen"], 0))
    return made.rows.filter(pc.or_(moved, pc.equal(made.rows["why"], RECLASSIFIED)))

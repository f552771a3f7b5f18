"""The classes that a bank has given already: tables of tags, and the green columns of the ledger, in one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import empty, schema
from greenfin.core.problems import Outcome, Problem, Severity, error, warning
from greenfin.ingest.blocks import Block
from greenfin.ingest.checks import Layout
from greenfin.ingest.frames import Fault, Frame, frame_of
from greenfin.ingest.vocabulary import mark, marks, plain, words_of

SYSTEMS: Mapping[str, str] = {  # field -> whose class it is
    "loan.green_pboc": "pboc",
    "loan.green_nfra": "nfra",
    "loan.green_bond_cat": "bond",
    "loan.green_local": "local",
    "tag.trade": "trade",
}
_FLAGS: Mapping[str, str] = {"loan.green_flag": "pboc", "loan.green_flag_nfra": "nfra"}
_COLUMNS: tuple[tuple[str, str, str | None], ...] = (  # system, class and flag among the columns of loans
    ("pboc", "bank_green_code", "bank_green"),
    ("nfra", "green_nfra", "bank_green_nfra"),
    ("bond", "green_bond_code", None),
    ("local", "green_local", None),
)
_LOAN_FACTS = (
    "loan.purpose", "loan.product", "loan.kind", "loan.start_date", "loan.due_date", "loan.rate", "loan.rate_monthly",
    "loan.class5", "loan.status", "loan.amount", "loan.industry_use",
)  # fmt: skip
_TITLE_ROWS = 8


def is_tag_table(block: Block) -> bool:
    """Whether a sheet of receipts is about their classes and says nothing else of the loans but the balance."""
    held = set(block.places)
    return bool(held & (SYSTEMS.keys() | _FLAGS.keys())) and not held & set(_LOAN_FACTS)


def read_given_tags(blocks: Iterable[Block], loans: pa.Table) -> Outcome[pa.Table]:
    """Candidate rows (``given_tags`` and ``reject``) of the tables of tags and of the ledger's own columns, repeated ones once."""
    listed = tuple(blocks)
    nothing = empty("given_tags").append_column("reject", pa.array([], pa.string()))
    read = [_tag_table(block) for block in listed if block.kind == "given_tags"]
    more = [_further(block) for block in listed if block.kind == "loans"]
    editions = {(b.grid.sheet, system): found for b in listed if b.kind == "loans" for system, found in _editions_of(b).items()}
    own = _of_loans(loans, editions)
    table = pa.concat_tables([nothing, *(o.value for o in read), own, *(o.value for o in more)]).combine_chunks()
    return _once(table).plus(tuple(p for outcome in (*read, *more) for p in outcome.problems))


def with_flags(loans: pa.Table, *, layout: Layout) -> pa.Table:
    """Loans with the regulator's flag as the bank's flag, in sheets that have no other."""
    bare = [sheet for sheet, held in layout.items() if "bank_green" not in held and "bank_green_nfra" in held]
    if not bare:
        return loans
    here = pc.is_in(loans["source_sheet"], value_set=pa.array(bare, pa.string()))
    flags = pc.if_else(here, loans["bank_green_nfra"], loans["bank_green"])
    return loans.set_column(loans.column_names.index("bank_green"), "bank_green", flags)


def _editions_of(block: Block) -> dict[str, tuple[str, bool]]:
    """For each system the edition that a ledger's header or title names, and whether it is the header."""
    sheet = stated_edition(block)
    found = {system: (sheet, False) for system in SYSTEMS.values() if _is_about(sheet, system)}
    headers = {SYSTEMS[f]: edition_in(place.header) for f, place in block.places.items() if f in SYSTEMS}
    return found | {system: (edition, True) for system, edition in headers.items() if edition}


def stated_edition(block: Block) -> str:
    """The edition that the rows above a header name (``目录版本：…2025年版``); empty where they name none."""
    top = block.header_row - block.depth + 1
    for row in range(max(top - _TITLE_ROWS, 0), top):
        cells = [plain(cell) for cell in block.grid.row(row) if isinstance(cell, str)]
        for index, text in enumerate(cells):
            if any(word in text for word in mark("edition_marks")):
                beside = cells[index + 1] if index + 1 < len(cells) else ""
                if found := edition_in(text) or edition_in(beside):
                    return found
    return ""


def edition_in(text: str) -> str:
    """The edition that a header or a title speaks of; empty where none."""
    known = words_of("loan.catalogue_version")
    clean = plain(text)
    if named := max((word for word in known if len(word) > len("2025") and word in clean), key=len, default=""):
        return known[named]
    return next((edition for edition, words in marks()["edition_words"].items() if any(plain(w) in clean for w in words)), "")


def _tag_table(block: Block) -> Outcome[pa.Table]:
    """One row per receipt and class column of a table of tags."""
    frame = _keyed(frame_of(block, industries={}))
    parts = [_rows(frame, SYSTEMS[field], field) for field in block.places if field in SYSTEMS]
    classed = {SYSTEMS[field] for field in block.places if field in SYSTEMS}
    parts += [_rows(frame, system) for flag, system in _FLAGS.items() if flag in block.places and system not in classed]
    refused = _refused(frame)
    further = _further(block)
    return Outcome(pa.concat_tables([*parts, refused, further.value]), (*frame.problems(), *further.problems))


def _keyed(frame: Frame) -> Frame:
    """The frame with rows refused that name no receipt."""
    keys = pc.coalesce(frame.column("loan.receipt_no"), frame.column("loan.contract_no"))
    broken = {int(row) for fault in frame.faults if fault.rejects for row in fault.rows}
    rows = [row for row in np.nonzero(pc.is_null(keys).to_numpy(zero_copy_only=False))[0].tolist() if row not in broken]
    if not rows:
        return frame
    fault = frame.fault("loan.receipt_no", np.array(rows, dtype=np.int64), error("ingest.key_missing"))
    return Frame(frame.block, frame.rows, frame.columns, (*frame.faults, fault), frame.notes)


def _rows(frame: Frame, system: str, field: str = "") -> pa.Table:
    """The sound rows that hold a class of a system, or its flag; ``field`` is the column of the classes."""
    codes = frame.column(field) if field else pa.nulls(frame.size, pa.string())
    flags = frame.column(next((name for name, owner in _FLAGS.items() if owner == system), ""), pa.bool_())
    sheet = stated_edition(frame.block)
    header = edition_in(frame.block.places[field].header) if field else ""
    sound = pa.array([code is None for code in frame.rejects()], pa.bool_())
    keep = pc.and_(sound, pc.or_(pc.is_valid(codes), pc.fill_null(flags, False)))
    otherwise = header or (sheet if _is_about(sheet, system) else "")
    editions = _editions(frame.column("loan.catalogue_version"), system, otherwise, is_of_header=bool(header))
    made = {
        "receipt_no": pc.coalesce(frame.column("loan.receipt_no"), frame.column("loan.contract_no")),
        "branch_code": frame.column("loan.org_code"),
        "system": pa.array([system] * frame.size, pa.string()),
        "edition": editions,
        "code": codes,
        "is_green": pc.coalesce(flags, pc.if_else(pc.is_valid(codes), True, pa.scalar(None, pa.bool_()))),
        "share_ppm": frame.column("loan.green_ratio", pa.int64()),
        "given_on": frame.column("loan.green_date", pa.date32()),
        "source_sheet": pa.array([frame.block.grid.sheet] * frame.size, pa.string()),
        "source_row": pa.array(frame.block.grid.numbers(frame.rows), pa.int64()),
    }
    return _fitted(made, frame.size).filter(keep)


def _fitted(made: Mapping[str, pa.Array], size: int) -> pa.Table:
    arrays = [made.get(f.name, pa.nulls(size, f.type)).cast(f.type) for f in schema("given_tags")]
    return pa.Table.from_arrays(arrays, schema=schema("given_tags")).append_column("reject", pa.nulls(size, pa.string()))


def _refused(frame: Frame) -> pa.Table:
    """The rows that cannot stand, once each."""
    rejects = pa.array(frame.rejects(), pa.string())
    made = {
        "receipt_no": frame.column("loan.receipt_no"),
        "source_sheet": pa.array([frame.block.grid.sheet] * frame.size, pa.string()),
        "source_row": pa.array(frame.block.grid.numbers(frame.rows), pa.int64()),
    }
    table = _fitted(made, frame.size)
    return table.set_column(table.column_names.index("reject"), "reject", rejects).filter(pc.is_valid(rejects))


def _is_about(edition: str, system: str) -> bool:
    return bool(edition) and system in marks()["edition_systems"].get(edition, ["pboc"])


def _editions(stated: pa.Array, system: str, otherwise: str, *, is_of_header: bool) -> pa.Array:
    """The edition of each row's class: what the column's header says, else the row, else the sheet."""
    if is_of_header:
        return pa.array([otherwise] * len(stated), pa.string())
    names = pc.unique(stated).to_pylist()
    fitting = pa.array([name for name in names if name and (system == "pboc" or _is_about(name, system))], pa.string())
    mine = pc.if_else(pc.fill_null(pc.is_in(stated, value_set=fitting), False), stated, pa.scalar(None, pa.string()))
    if system == "pboc":  # an edition of the regulator's statistics or of the bonds says nothing of this class
        others = pa.array([name for name in names if name and "pboc" not in marks()["edition_systems"].get(name, ["pboc"])], pa.string())
        mine = pc.if_else(pc.fill_null(pc.is_in(mine, value_set=others), False), pa.scalar(None, pa.string()), mine)
    return pc.fill_null(mine, otherwise) if otherwise else mine


def _further(block: Block) -> Outcome[pa.Table]:
    """The classes in further columns of the same system (one per edition), each read beside the receipts alone."""
    parts: list[pa.Table] = []
    problems: list[Problem] = []
    keys = {f: block.places[f] for f in ("loan.receipt_no", "loan.contract_no", "loan.org_code", "loan.green_date") if f in block.places}
    for field, place in block.more:
        if field not in SYSTEMS:
            continue
        part = replace(block, kind="given_tags", places={**keys, field: place}, more=(), unknown=(), twice=())
        frame = frame_of(part, industries={})
        parts.append(_rows(frame, SYSTEMS[field], field))
        problems.extend(p for p in Frame(part, frame.rows, frame.columns, _of(frame, field), ()).problems() if p.severity is Severity.ERROR)
    nothing = empty("given_tags").append_column("reject", pa.array([], pa.string()))
    return Outcome(pa.concat_tables([nothing, *parts]), tuple(problems))


def _of(frame: Frame, field: str) -> tuple[Fault, ...]:
    return tuple(fault for fault in frame.faults if fault.field == field)


def _of_loans(loans: pa.Table, editions: Mapping[tuple[str, str], tuple[str, bool]]) -> pa.Table:
    """The green columns of accepted loans as tags: one row per class, and per flag that says green without one."""
    parts = []
    sheets = loans["source_sheet"].combine_chunks()
    for system, code, flag in _COLUMNS:
        codes = loans[code].combine_chunks()
        flags = loans[flag].combine_chunks() if flag and flag in loans.column_names else pa.nulls(loans.num_rows, pa.bool_())
        keep = pc.or_(pc.is_valid(codes), pc.fill_null(flags, False))
        rows = loans.filter(keep)
        stated = _editions(rows["bank_edition"].combine_chunks(), system, "", is_of_header=False)
        for (sheet, owner), (edition, is_header) in editions.items():
            if owner == system:
                here = pc.equal(sheets.filter(keep), sheet)
                stated = pc.if_else(here if is_header else pc.and_(here, pc.is_null(stated)), edition, stated)
        made = {
            "receipt_no": pc.coalesce(rows["receipt_no"], rows["loan_id"]).combine_chunks(),
            "branch_code": rows["branch_code"].combine_chunks(),
            "system": pa.array([system] * rows.num_rows, pa.string()),
            "edition": stated,
            "code": codes.filter(keep),
            "is_green": pc.coalesce(flags.filter(keep), pa.array(np.ones(rows.num_rows, np.bool_))),
            "share_ppm": rows["green_share_ppm"].combine_chunks(),
            "given_on": rows["green_on"].combine_chunks(),
            "source_sheet": rows["source_sheet"].combine_chunks(),
            "source_row": rows["source_row"].combine_chunks(),
        }
        parts.append(_fitted(made, rows.num_rows))
    return pa.concat_tables(parts)


def _once(table: pa.Table) -> Outcome[pa.Table]:
    """Each tag once; a receipt with several classes of one system and edition in one sheet is told, and both stay."""
    sheet = table["source_sheet"].combine_chunks()
    names = ("receipt_no", "branch_code", "system", "edition", "code", "reject", "source_sheet")
    keys = [pc.fill_null(table[n].cast(pa.string()), "").combine_chunks() for n in names]
    whole = pc.binary_join_element_wise(*keys, "\x1f").dictionary_encode()
    first = np.unique(whole.indices.to_numpy(zero_copy_only=False), return_index=True)[1]
    keep = np.zeros(table.num_rows, np.bool_)
    keep[first] = True
    keep |= np.array(pc.is_valid(table["reject"]).to_pylist(), dtype=np.bool_)
    problems: list[Problem] = []
    if not keep.all():
        row = int(np.nonzero(~keep)[0][0])
        where = f"{sheet[row].as_py()}!{table['source_row'][row].as_py()}"
        problems.append(warning("ingest.tags_repeated", where, count=int((~keep).sum())))
    return Outcome(table.filter(pa.array(keep)), tuple(problems))

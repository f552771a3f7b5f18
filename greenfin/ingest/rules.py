"""What a loan's own dates, amounts and classes must be to each other: the rules of the regulators' interfaces, as warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.money import to_yuan
from greenfin.core.problems import Problem, warning
from greenfin.reference.catalogue import Catalogue
from greenfin.reference.load import Reference
from greenfin.reference.words import IndustryWords, read_industry_words

Layout = Mapping[str, Mapping[str, str]]
Row = Mapping[str, object]
_DAYS, _FEN = ("due_on", "extended_due_on", "green_on", "ended_on"), ("balance_fen", "amount_fen", "overdue_fen")
CLASSES = ("bank_green_code", "green_nfra", "green_local", "green_bond_code")


_SAID = ("source_sheet", "source_row", "project_id", *_DAYS, *_FEN, *CLASSES)  # of a loan


def interface_rules(loans: pa.Table, projects: pa.Table, *, as_of: date, layout: Layout) -> Iterator[Problem]:
    """A warning for each loan that breaks a rule, at the cell that breaks it."""
    yield from _capital(projects, layout)
    for mask, column, make in (*_dates(loans, as_of), *_amounts(loans, projects), *_classes(loans, layout)):
        rows = np.nonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))[0]
        for row in loans.select(_SAID).take(rows).to_pylist():
            yield make(_at(row, column, layout=layout), row)


def _capital(projects: pa.Table, layout: Layout) -> Iterator[Problem]:
    """Projects with more capital than they cost."""
    over = pc.fill_null(pc.greater(projects["capital_fen"], projects["total_invest_fen"]), False)
    for row in projects.filter(over).to_pylist():
        at = _at(row, "capital_fen", layout=layout)
        yield warning("ingest.capital_over_investment", at, project=row["project_id"], found=_yuan(row["capital_fen"]))


Rule = tuple[pa.ChunkedArray, str, Callable[[str, Row], Problem]]


def _at(row: Row, column: str, *, layout: Layout) -> str:
    sheet = str(row["source_sheet"])
    return f"{sheet}!{layout.get(sheet, {}).get(column, '')}{row['source_row']}"


def _yuan(fen: object) -> str:
    return f"{to_yuan(int(str(fen))):,}"


def _dates(loans: pa.Table, as_of: date) -> Iterator[Rule]:
    day = pa.scalar(as_of, pa.date32())
    last = pc.max_element_wise(loans["due_on"], loans["extended_due_on"])
    yield (
        pc.less(last, loans["green_on"]),
        "due_on",
        lambda at, row: warning("ingest.due_before_tagging", at, found=row["due_on"], day=row["green_on"]),
    )
    yield (
        pc.greater(loans["green_on"], day),
        "green_on",
        lambda at, row: warning("ingest.tagged_after_day", at, found=row["green_on"], as_of=as_of),
    )
    yield (
        pc.less(loans["extended_due_on"], loans["due_on"]),
        "extended_due_on",
        lambda at, row: warning("ingest.extended_before_due", at, found=row["extended_due_on"], day=row["due_on"]),
    )
    live = pc.and_kleene(pc.greater(loans["balance_fen"], 0), pc.equal(loans["status"], "normal"))
    yield (
        pc.and_kleene(pc.less(last, day), live),
        "due_on",
        lambda at, row: warning("ingest.past_due_as_normal", at, found=row["extended_due_on"] or row["due_on"], as_of=as_of),
    )
    yield (
        pc.and_kleene(pc.less_equal(loans["ended_on"], day), pc.greater(loans["balance_fen"], 0)),
        "ended_on",
        lambda at, row: warning("ingest.ended_with_balance", at, found=row["ended_on"], balance=_yuan(row["balance_fen"])),
    )


def _amounts(loans: pa.Table, projects: pa.Table) -> Iterator[Rule]:
    yield (
        pc.less_equal(loans["amount_fen"], 0),
        "amount_fen",
        lambda at, row: warning("ingest.amount_not_positive", at, found=_yuan(row["amount_fen"])),
    )
    yield (
        pc.greater(loans["overdue_fen"], loans["balance_fen"]),
        "overdue_fen",
        lambda at, row: warning("ingest.overdue_over_balance", at, found=_yuan(row["overdue_fen"]), balance=_yuan(row["balance_fen"])),
    )
    if projects.num_rows:
        found = pc.index_in(loans["project_id"].combine_chunks(), value_set=projects["project_id"].combine_chunks())
        totals = projects["total_invest_fen"].combine_chunks().take(found)
        within = pc.less_equal(loans["balance_fen"].combine_chunks(), totals)  # a balance above it is told for itself
        yield (
            pc.and_kleene(pc.greater(loans["amount_fen"].combine_chunks(), totals), within),
            "amount_fen",
            lambda at, row: warning("ingest.amount_over_investment", at, project=row["project_id"], found=_yuan(row["amount_fen"])),
        )


def _classes(loans: pa.Table, layout: Layout) -> Iterator[Rule]:
    """Green without any class, and a class without green; only where the loans' own sheets have such columns."""
    held = {column for sheet in pc.unique(loans["source_sheet"]).to_pylist() for column in layout.get(sheet, {})}
    mine = [name for name in CLASSES if name in held]
    if not mine:
        return
    code = pc.coalesce(*[loans[name] for name in CLASSES])
    yield (
        pc.and_kleene(loans["bank_green"], pc.is_null(code)),
        mine[0],
        lambda at, row: warning("ingest.green_without_class", at),
    )
    yield (
        pc.and_kleene(pc.invert(loans["bank_green"]), pc.is_valid(code)),
        mine[0],
        lambda at, row: warning("ingest.class_without_green", at, found=next((row[n] for n in CLASSES if row[n]), "")),
    )


def against_industry(loans: pa.Table, reference: Reference, *, layout: Layout) -> Iterator[Problem]:
    """The bank's own green class where the industry of use is one of another division, or one that speaks against any."""
    catalogues = reference.catalogues
    default = next((name for name, catalogue in catalogues.items() if catalogue.default), "")
    words = read_industry_words(reference.root / "taxonomy" / "words" / "industries.yaml")
    codes, industries = loans["bank_green_code"].to_pylist(), loans["industry_use"].to_pylist()
    editions = loans["bank_edition"].to_pylist()
    keys = list(zip(codes, industries, editions, strict=True))
    judged = {key: _differs(key, catalogues, words, default) for key in set(keys) if key[0] and key[1]}
    rows = [row for row, key in enumerate(keys) if judged.get(key)]
    for row, key in zip(loans.take(pa.array(rows, pa.int64())).to_pylist(), (keys[r] for r in rows), strict=True):
        at = _at(row, "bank_green_code", layout=layout)
        yield warning("ingest.tag_against_industry", at, found=key[0], industry=key[1], edition=key[2] or default)


def _differs(key: tuple[str, str, str | None], catalogues: Mapping[str, Catalogue], words: IndustryWords, default: str) -> bool:
    code, industry, edition = key
    catalogue = catalogues.get(edition or default)
    entry = catalogue.entries.get(code) if catalogue else None
    if entry is None or catalogue is None or not entry.industries or not industry[:4].isdigit() or industry in entry.industries:
        return False
    if industry.startswith(words.neutral) or not _is_strict(code, words.strict.get(catalogue.id, ())):
        return False
    return industry.startswith(words.brown) or industry[:2] not in {official[:2] for official in entry.industries}


def _is_strict(code: str, prefixes: tuple[str, ...]) -> bool:
    return any(code == prefix or code.startswith(f"{prefix}.") for prefix in prefixes)

"""Tagging: texts and industries of a book to entries of a catalogue, with what it stands on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.columns import empty, schema
from greenfin.core.problems import Outcome, Problem, Refused, error, info
from greenfin.core.records import Book
from greenfin.reference.load import Reference
from greenfin.tag.cases import Cases, cases_of
from greenfin.tag.decide import Decided, decide
from greenfin.tag.decisions import apply_decisions
from greenfin.tag.evidence import evidence
from greenfin.tag.lexicon import Edition, Lexicon, lexicon
from greenfin.tag.reading import read
from greenfin.tag.ruling import rulings
from greenfin.tag.score import Signals, scores, signals

AUTO = "auto"
_WHOLE_PPM = 1_000_000
_CASES_AT_ONCE = 16_384
_CLEARED_BY_EIA = ("eia_approval",)
_CLEARED_BY_CERTIFICATE = (
    *("green_building_label", "prefab_grade", "green_highway_assessment", "green_warehouse_grade"),
    *("organic_certificate", "green_material_certificate", "efficiency_certificate"),
)


def tag(
    book: Book,
    reference: Reference,
    *,
    editions: Sequence[str] = (),
    decisions: pa.Table | None = None,
    plainly: bool = False,
) -> Outcome[pa.Table]:
    """A tag for each loan and edition (schema ``tags``), and what is wrong.

    ``editions``: ids; empty: the one in force on the book's data date; ``auto``: for each loan the one of its own dates.
    A loan has one tag in an edition, however often that is asked for.
    Decisions of people win over the machine, whose score, rule and evidence stay visible. ``plainly`` matches without the
    automaton (the same result, slowly). Raises Refused for an edition that is not known.
    """
    chosen = _editions(book, reference, editions=editions)
    words = lexicon(reference, tuple(sorted(set(chosen.names))))
    tables = [_tag_edition(book, words, edition=words.editions[name], plainly=plainly).take(rows) for name, rows in chosen.parts()]
    tags = pa.concat_tables(tables) if tables else empty("tags")
    outcome = apply_decisions(tags, decisions, book=book, reference=reference)
    return outcome.plus(_flag_differs(outcome.value, book))


@dataclass(frozen=True, slots=True)
class _Chosen:
    names: tuple[str, ...]
    rows: tuple[pa.Array, ...]

    def parts(self) -> Iterator[tuple[str, pa.Array]]:
        return iter(zip(self.names, self.rows, strict=True))


def _editions(book: Book, reference: Reference, *, editions: Sequence[str]) -> _Chosen:
    every = pa.array(np.arange(book.loans.num_rows, dtype=np.int64))
    names = tuple(dict.fromkeys(editions)) or (reference.editions.for_return(book.as_of),)
    for name in names:
        if name != AUTO and name not in reference.catalogues:
            raise Refused(error("tag.unknown_edition", "", found=name, known=", ".join(reference.catalogues)))
    if AUTO not in names:
        return _Chosen(names, (every,) * len(names))
    pairs = [_per_loan(book, reference)] if book.loans.num_rows else []
    own = [(n, pa.array(np.flatnonzero(p == n).astype(np.int64))) for p in pairs for n in sorted(set(p.tolist()) - set(names))]
    fixed = [(n, every) for n in names if n != AUTO]
    return _Chosen(tuple(n for n, _ in own + fixed), tuple(r for _, r in own + fixed))


def _per_loan(book: Book, reference: Reference) -> NDArray[np.str_]:
    """The edition of each loan's own dates; looked up once for each distinct pair of days."""
    days = [pc.fill_null(book.loans[c].cast(pa.int32()), -1).to_numpy() for c in ("approved_on", "start_on")]
    pairs, where = np.unique(np.stack(days), axis=1, return_inverse=True)
    known = [[None if d < 0 else np.datetime64(int(d), "D").item() for d in pair] for pair in pairs.T]
    found = np.array([reference.editions.for_loan(a, s, book.as_of) for a, s in known])
    return np.asarray(found[where.reshape(-1)])


def _tag_edition(book: Book, words: Lexicon, *, edition: Edition, plainly: bool) -> pa.Table:
    if not book.loans.num_rows:
        return empty("tags")
    cases = cases_of(book, edition.rules)
    steps = range(0, cases.size, _CASES_AT_ONCE)
    parts = [_of_cases(cases.part(s, s + _CASES_AT_ONCE), words, edition=edition, plainly=plainly) for s in steps]
    columns = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    return _table(book, columns, loan=cases.loan, edition=edition)


def _of_cases(cases: Cases, words: Lexicon, *, edition: Edition, plainly: bool) -> Mapping[str, NDArray[np.object_]]:
    reading = read(cases.texts, words, plainly=plainly)
    said = signals(cases, reading, lexicon=words)
    found = scores(cases, reading, said=said, lexicon=words, edition=edition)
    ruling = rulings(cases, said, lexicon=words, edition=edition)
    decided = decide(cases, said, scores=found, ruling=ruling, lexicon=words, edition=edition)
    entries = [edition.catalogue.entries[c] for c in edition.codes]
    codes = _object([*edition.codes, None])
    rules = _object([*(r.id for r in edition.rules), None])
    return {
        "decision": decided.verdict.astype(object),
        "code": codes[decided.leaf],
        "name_zh": _object([*(e.name_zh for e in entries), None])[decided.leaf],
        "name_en": _object([*(e.name_en for e in entries), None])[decided.leaf],
        "carbon_mark": _carbon(cases, decided, edition=edition),
        "score": np.round(decided.score.astype(np.float64), 4).astype(object),
        "runner_up": codes[decided.runner_up],
        "runner_up_score": _score_or_none(decided),
        "rule": rules[decided.rule],
        "reason": decided.reason.astype(object),
        "basis": _object([*(r.basis or None for r in edition.rules), None])[decided.rule],
        "evidence": _object(evidence(cases, reading, decided=decided, lexicon=words, edition=edition)),
        "needs": _needs(cases, said, decided=decided, words=words, edition=edition),
    }


def _object(values: Sequence[object]) -> NDArray[np.object_]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _score_or_none(decided: Decided) -> NDArray[np.object_]:
    found = np.round(decided.runner_up_score.astype(np.float64), 4).astype(object)
    found[decided.runner_up < 0] = None
    return found


def _carbon(cases: Cases, decided: Decided, *, edition: Edition) -> NDArray[np.object_]:
    """The official mark of the leaf for the industry of use, else the leaf's own; none for a tag by entity."""
    pairs, where = np.unique(np.stack([decided.leaf.astype("U8"), cases.industry]), axis=1, return_inverse=True)
    marks = [_mark(int(leaf), str(industry), edition=edition) for leaf, industry in pairs.T]
    found = _object(marks)[where.reshape(-1)]
    entity = np.array([r.basis == "entity" for r in edition.rules] + [False])[decided.rule]
    found[entity & (decided.leaf >= 0)] = "none"
    return found


def _mark(leaf: int, industry: str, *, edition: Edition) -> str | None:
    if leaf < 0:
        return None
    entry = edition.catalogue.entries[edition.codes[leaf]]
    return entry.carbon_by_industry.get(industry) or entry.carbon_mark or None


def _needs(cases: Cases, said: Signals, *, decided: Decided, words: Lexicon, edition: Edition) -> NDArray[np.object_]:
    """The open needs as JSON: of the rule, and of the asset behind the leaf, less those the project's papers answer."""
    assets = [(words.column[a.group], {edition.index(c) for c in a.entries.values()}, a.needs) for a in edition.assets if a.needs]
    states: list[NDArray[np.int64]] = [decided.rule, cases.eia.astype(np.int64), cases.certified.astype(np.int64)]
    states += [(said.present[:, c] & np.isin(decided.leaf, sorted(leaves))).astype(np.int64) for c, leaves, _ in assets]
    states.append((decided.leaf >= 0).astype(np.int64))
    kinds, where = np.unique(np.stack(states), axis=1, return_inverse=True)
    texts = [_needs_of(kind.tolist(), [n for _, _, n in assets], edition=edition) for kind in kinds.T]
    return _object(texts)[where.reshape(-1)]


def _needs_of(state: list[int], assets: Sequence[tuple[str, ...]], *, edition: Edition) -> str:
    rule, eia, certified, *held, leaf = state
    found = list(edition.rules[rule].needs) if rule >= 0 else []
    if leaf:
        found += [n for has, needs in zip(held, assets, strict=True) if has for n in needs]
    cleared = (*(_CLEARED_BY_EIA if eia else ()), *(_CLEARED_BY_CERTIFICATE if certified else ()))
    return json.dumps([n for n in dict.fromkeys(found) if n not in cleared])


def _table(book: Book, columns: Mapping[str, NDArray[np.object_]], *, loan: NDArray[np.int64], edition: Edition) -> pa.Table:
    """Case columns spread over the loans; share and basis are the loan's own."""
    rows = pa.array(loan)
    types = schema("tags")
    found = {k: pa.array(v, type=types.field(k).type).take(rows) for k, v in columns.items()}
    loans, size = book.loans, book.loans.num_rows
    green = pc.not_equal(found["decision"], "not_green")
    share = pc.fill_null(loans["green_share_ppm"].combine_chunks(), _WHOLE_PPM)
    has_project = pc.is_in(loans["project_id"].combine_chunks(), value_set=book.projects["project_id"].combine_chunks())
    own_basis = pc.if_else(has_project, "project", "use")
    found |= {
        "loan_id": loans["loan_id"].combine_chunks(),
        "edition": pa.array([edition.id] * size),
        "share_ppm": pc.if_else(green, share, 0),
        "basis": pc.if_else(green, pc.coalesce(found["basis"], own_basis), None),
        "decided_by": pa.array(["machine"] * size),
        "approved": pa.array([False] * size),
    }
    arrays = [found[f.name].cast(f.type) if f.name in found else pa.nulls(size, f.type) for f in types]
    return pa.Table.from_arrays(arrays, schema=types)


def _flag_differs(tags: pa.Table, book: Book) -> Iterator[Problem]:
    """The bank's own flag beside the result: shown, never the result."""
    loans = book.loans.select(["loan_id", "bank_green", "source_sheet", "source_row"]).to_pydict()
    at = pc.index_in(tags["loan_id"], value_set=book.loans["loan_id"].combine_chunks()).to_numpy(zero_copy_only=False)
    flags = np.array(loans["bank_green"], dtype=object)[at] if len(at) else np.array([], dtype=object)
    decisions = np.array(tags["decision"].to_pylist(), dtype=object)
    differs = ((flags == True) & (decisions == "not_green")) | ((flags == False) & (decisions == "green"))  # noqa: E712  # None is neither
    for row in np.flatnonzero(differs):
        loan = int(at[row])
        where = book.cell(loans["source_sheet"][loan] or "", loans["source_row"][loan] or 0, "bank_green")
        yield info("tag.bank_flag_differs", where, flag="green" if flags[row] else "not_green", decision=str(decisions[row]))

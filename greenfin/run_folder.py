"""A run's folder: written whole or not at all, and read back so that the run replays.

``run.json`` (what the run was made of, and the sha256 of every file), ``disclosure.xlsx``, ``disclosure.pdf``, ``tables/<id>.csv``,
``tables.json``, ``loans.parquet``, ``tags.parquet`` (every loan and edition), ``problems.csv``, where the book has data for financed
emissions ``exposures.parquet`` and ``financed.parquet``, under several editions ``bridge.csv`` and ``bridge_loans.csv``, ``inputs/``
(the book as read, decisions, prior year, bank, model) and ``reference/`` (the data used).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from greenfin import aggregate, bridged, disclose, landing, reported, restated
from greenfin._version import __version__
from greenfin.core.columns import empty, fitted
from greenfin.core.problems import Problem, Refused, Severity, error
from greenfin.core.records import BOOK_TABLES, Answer, Bank, Book, PriorCell, SourceFile
from greenfin.ingest import Published, Restatement
from greenfin.messages import Lang
from greenfin.methods.worded import in_words
from greenfin.pipeline import Inputs, Options, RunResult
from greenfin.reference import load as reference_load
from greenfin.reference.load import Reference
from greenfin.tag.model import parsed

_ALWAYS = ("loans", "projects", "inputs", "operations", "controls", "rejected", "decisions")
WORKBOOK, LOANS = "disclosure.xlsx", "loans.parquet"
TAGS = "tags.parquet"
IN_BATCHES = "in_batches"  # of a record: rows and problems stand in the order of shards
FINANCED = {"exposures": "exposures.parquet", "financed": "financed.parquet"}  # where the book has data for them
_MODEL, _ANSWERS = "model.json", "answers.json"
OUTPUTS = (WORKBOOK, "disclosure.pdf", "disclosure.docx", disclose.JSON_FILE, LOANS, TAGS, "problems.csv")
_LIBRARIES = ("openpyxl", "pyarrow", "python-docx", "reportlab")
_ROW_GROUP = 50_000  # the front end reads one group to show one loan


@dataclass(frozen=True, slots=True)
class Saved:
    """A run folder as its ``run.json`` describes it."""

    folder: Path
    record: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()  # met while writing

    @property
    def id(self) -> str:
        """The run's id: the data date and a fingerprint."""
        return str(self.record["run"])


def run_id(result: RunResult) -> str:
    """The data date and twelve hex digits over code version, reference data, input files, options and decisions."""
    return id_of(made_of(result))


def id_of(made: Mapping[str, Any]) -> str:
    """The id of a run made of this."""
    return f"{made['as_of']}-{_digest(made)[:12]}"


def made_of(result: RunResult) -> dict[str, Any]:
    """All that decides the figures of a run, as ``run.json`` keeps it."""
    inputs = result.inputs
    made = {
        "greenfin": __version__,
        "reference": result.reference.fingerprint,
        "as_of": result.as_of.isoformat(),
        "files": [asdict(f) for f in inputs.book.files],
        "decisions": _digest(inputs.decisions.to_pylist()),
        "prior": _digest([_prior_json(p) for p in inputs.prior]),
        "bank": _digest(asdict(inputs.bank)),
        "options": _options_json(result.options),
        "edition": result.edition,
        **({"model": inputs.model.version} if inputs.model else {}),
        **({"answers": _digest([asdict(a) for a in inputs.answers])} if inputs.answers is not None else {}),
        **({"restatements": _digest(_restatements_json(inputs))} if inputs.restatements else {}),
        **({"this_year": _digest(_this_year_json(inputs))} if inputs.this_year else {}),
    }
    read_back: dict[str, Any] = json.loads(json.dumps(made))
    return read_back


def made_with() -> dict[str, str]:
    """The libraries that decide the bytes of the documents."""
    return {name: version(name) for name in _LIBRARIES}


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def check_place(folder: Path) -> None:
    """Raises Refused early where a run could not be written: a file in its place, or files there that greenfin did not write."""
    try:
        if folder.exists() and not folder.is_dir():
            raise Refused(error("run.not_a_folder", str(folder)))
        landing.check_free(folder, (landing.RECORD, *OUTPUTS, *bridged.FILES, *FINANCED.values()), owned=landing.owned_names(folder))
    except (OSError, ValueError) as bad:
        raise _cannot_write(folder, bad) from bad


def _cannot_write(folder: Path, bad: Exception) -> Refused:
    reason = getattr(bad, "strerror", None) or type(bad).__name__
    return Refused(error("run.cannot_write", str(folder), reason=reason))


Also = Callable[[Path, tuple[Problem, ...]], Mapping[str, Any]]


def save(result: RunResult, folder: Path, *, lang: Lang = "zh", also: Also | None = None) -> Saved:
    """Write the run into the folder; an earlier run there is replaced only when all of the new one is on disk.

    ``also`` writes more into the folder being filled (all problems among it), given those met while writing, and returns what the record
    says of it.
    Files that are not greenfin's stay; raises Refused where one is in the way, where another run is being written, or nothing can be.
    """
    try:
        with landing.landing(folder) as place:
            addresses, found = write_outputs(result, place.staging, lang=lang, lists_problems=also is None)
            _write_inputs(result, place.staging / "inputs")
            reference_load.snapshot(result.reference, place.staging / "reference")
            more = also(place.staging, found) if also else {}
            record = {**_record(result, place.staging, addresses, (*result.problems, *found), lang), **more, "beside": _beside(folder)}
            _write_json(place.staging / landing.RECORD, record)
            place.finish()
    except OSError as bad:
        raise _cannot_write(folder, bad) from bad
    return Saved(folder, record, found)


def _beside(folder: Path) -> list[str]:
    """What else is in the folder; verify does not take it for something added to the run."""
    owned = {name.partition("/")[0] for name in landing.owned_names(folder)}
    return sorted(path.name for path in folder.iterdir() if path.name not in owned and not path.name.startswith("."))


def outputs_of(result: RunResult) -> tuple[str, ...]:
    """The documents of a run by name: :data:`OUTPUTS`, the bridges where it has several editions, and financed emissions."""
    return (*OUTPUTS, *(bridged.FILES if result.bridges else ()), *(FINANCED.values() if len(result.financed) else ()))


def write_outputs(
    result: RunResult, folder: Path, *, lang: Lang, identity: str = "", lists_problems: bool = True
) -> tuple[Mapping[str, str], tuple[Problem, ...]]:
    """Write :func:`outputs_of` the run and the tables; where each cell stands in the workbook, and what the PDF met while writing.

    ``identity``: the id that the documents carry, where it is not to be that of these inputs. ``lists_problems``: ``problems.csv`` too.
    """
    problems = tuple(map(settled, result.problems))
    report_lang = result.options.report_lang
    front = reported.front_of(replace(result, problems=problems), run_id=identity or run_id(result))
    tables = list(result.tables.values())
    factors = disclose.factor_lines(result.facts, tables)
    every = [*tables, *reported.beside(result, front)]
    disclose.write_csv(every, folder / "tables", lang=report_lang)
    disclose.write_json(every, folder / disclose.JSON_FILE)
    shown = [*every, *bridged.tables(result.bridges, result.reference)]
    addresses = disclose.write_xlsx(shown, folder / WORKBOOK, front=front, lang=report_lang, factors=factors)
    tables += restated.table_of(result.inputs.restatements, result.tables)
    found = disclose.write_pdf(tables, folder / "disclosure.pdf", front=front, lang=report_lang, factors=factors)
    disclose.write_docx(tables, folder / "disclosure.docx", front=front, lang=report_lang, factors=factors)
    pq.write_table(loans_table(result), folder / LOANS, compression="zstd", row_group_size=_ROW_GROUP)
    pq.write_table(result.tags, folder / TAGS, compression="zstd")
    for name, file in FINANCED.items() if len(result.financed) else ():
        pq.write_table(getattr(result.facts, name), folder / file, compression="zstd", row_group_size=_ROW_GROUP)
    if lists_problems:
        (folder / "problems.csv").write_text(problems_csv((*problems, *found), lang), encoding="utf-8-sig")
    bridged.write(result.bridges, folder, reference=result.reference, lang=lang)
    return addresses, found


def settled(problem: Problem) -> Problem:
    """The problem as it reads when it comes back from ``inputs.json``, so that its words are the same when the run is computed again."""
    return replace(problem, params=json.loads(json.dumps(dict(problem.params), sort_keys=True, default=str)))


def loans_table(result: RunResult) -> pa.Table:
    """One row per loan: the book's columns, the tag, the outcome under the policy and the loan's part of each benefit."""
    return loans_of(result.facts)


def loans_of(facts: aggregate.Facts) -> pa.Table:
    """:func:`loans_table` of facts: of a whole book, or of a shard of one."""
    rows = aggregate.outcomes(facts)
    for output in pc.unique(facts.parts["output"]).to_pylist():
        of_output = facts.parts.filter(pc.equal(facts.parts["output"], output))
        unit = of_output["unit"][0].as_py()
        at = pc.index_in(rows["loan_id"], value_set=of_output["loan_id"].combine_chunks())
        rows = rows.append_column(f"{output}_{unit}", pc.take(of_output["amount"].combine_chunks(), at))
    return rows


def problems_csv(problems: Sequence[Problem], lang: Lang) -> str:
    """All problems, one a line: severity, code, where, message, and the parameters as JSON."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["severity", "code", "where", "message", "params"])
    for p in problems:
        params = json.dumps(dict(p.params), ensure_ascii=False, sort_keys=True, default=str)
        writer.writerow([p.severity.value, p.code, *map(disclose.safe_text, (p.where, in_words(p, lang))), params])
    return out.getvalue()


def _record(result: RunResult, folder: Path, addresses: Mapping[str, str], problems: Sequence[Problem], lang: Lang) -> dict[str, Any]:
    return {
        **computed(result, problems),
        "made_with": made_with(),
        "lang": lang,
        "workbook_cells": dict(addresses),
        "sha256": {p.relative_to(folder).as_posix(): file_sha256(p) for p in landing.files_below(folder)},
    }


def computed(result: RunResult, problems: Sequence[Problem]) -> dict[str, Any]:
    """The part of ``run.json`` that follows from the figures."""
    counts = Counter(p.severity.value for p in problems)
    return {
        "run": run_id(result),
        "made_of": made_of(result),
        "counts": {"loans": len(result.book.loans), "problems": {s.value: counts[s.value] for s in Severity}},
        "outcomes": outcome_totals(result),
    }


def outcome_totals(result: RunResult) -> dict[str, int | None]:
    """Balances in fen: book, green, not green, review and rejected (the first is the sum of the others)."""
    names = ("book_balance", "green_balance", "not_green_balance", "review_balance", "rejected_balance")
    return {name: result.sums[name].value if name in result.sums else None for name in names}


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_inputs(result: RunResult, folder: Path) -> None:
    folder.mkdir()
    book = result.book
    for name in BOOK_TABLES:
        pq.write_table(getattr(book, name), folder / f"{name}.parquet", compression="zstd")
    pq.write_table(result.inputs.decisions, folder / "decisions.parquet", compression="zstd")
    rest = {
        "as_of": book.as_of.isoformat(),
        "files": [asdict(f) for f in book.files],
        "layout": {sheet: dict(columns) for sheet, columns in book.layout.items()},
        "prior": [_prior_json(p) for p in result.prior],
        "bank": asdict(result.inputs.bank),
        "options": _options_json(result.options),
        "problems": [
            {"code": p.code, "severity": p.severity.value, "where": p.where, "params": dict(p.params)} for p in result.inputs.problems
        ],
    }
    if result.inputs.restatements:
        rest["restatements"] = _restatements_json(result.inputs)
    if result.inputs.this_year:
        rest["this_year"] = _this_year_json(result.inputs)
    _write_json(folder / "inputs.json", rest)
    if result.inputs.answers is not None:
        _write_json(folder / _ANSWERS, [asdict(a) for a in result.inputs.answers])
    if result.inputs.model:
        (folder / _MODEL).write_text(result.inputs.model.text(), encoding="utf-8")


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str), encoding="utf-8")


def _prior_json(cell: PriorCell) -> dict[str, str]:
    return {k: str(v) for k, v in asdict(cell).items()}


def _restatements_json(inputs: Inputs) -> list[dict[str, object]]:
    return [{k: str(v) if isinstance(v, Fraction) else v for k, v in asdict(one).items()} for one in inputs.restatements]


def _this_year_json(inputs: Inputs) -> list[dict[str, object]]:
    return [{**asdict(one), "value": str(one.value)} for one in inputs.this_year]


def _restatement(kept: Mapping[str, Any]) -> Restatement:
    values = {name: Fraction(kept[name]) for name in ("old", "new", "current_old") if kept[name] is not None}
    return Restatement(**{**kept, **values})


def _options_json(options: Options) -> dict[str, Any]:
    return {k: (list(v) if isinstance(v, tuple) else v) for k, v in asdict(options).items()}


def open_run(folder: Path) -> Saved:
    """The record of a run folder; raises Refused where there is no whole run."""
    path = folder / landing.RECORD
    try:
        record = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError) as bad:
        broken_off = (folder / landing.PARTIAL).exists()
        raise Refused(error("run.broken_off", str(folder)) if broken_off else error("run.not_a_run", str(folder))) from bad
    except (OSError, ValueError, RecursionError) as bad:
        raise Refused(error("run.damaged", str(path))) from bad
    if isinstance(record, dict) and "kind" in record and "run" not in record:  # a roll-forward or a re-tagging
        raise Refused(error("run.not_a_run", str(folder)))
    if not _is_record(record):
        raise Refused(error("run.damaged", str(path)))
    return Saved(folder, record)


def whole_run(folder: Path, identifier: str) -> Saved | None:
    """The run of this id, where the folder holds it with every file as it was written."""
    try:
        saved = open_run(folder)
        hashes = saved.record["sha256"]
        is_whole = all(landing.is_inside(name) and file_sha256(folder / name) == digest for name, digest in hashes.items())
    except (Refused, OSError):
        return None
    return saved if saved.id == identifier and is_whole else None


def _is_record(found: object) -> bool:
    """Whether the parts that everything else rests on are there and of the kind they must be."""
    if not isinstance(found, dict) or not isinstance(found.get("run"), str):
        return False
    hashes, made = found.get("sha256"), found.get("made_of")
    known = isinstance(hashes, dict) and all(isinstance(digest, str) for digest in hashes.values())
    return known and isinstance(made, dict) and {"greenfin", "as_of", "edition", "options", "files", "reference"} <= made.keys()


def load_inputs(saved: Saved) -> tuple[Inputs, Options, Reference]:
    """What the run was computed from, out of the folder alone; raises Refused when it is damaged, BadReference likewise."""
    folder = saved.folder / "inputs"
    try:
        inputs, options = _read_inputs(folder)
    except (OSError, pa.ArrowException, ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as bad:
        raise Refused(error("run.damaged", str(folder))) from bad
    return inputs, options, reference_load.as_it_stands(saved.folder / "reference")


def _read_inputs(folder: Path) -> tuple[Inputs, Options]:
    rest = json.loads((folder / "inputs.json").read_text("utf-8"))
    tables = {name: _table(folder, name) for name in (*BOOK_TABLES, "decisions")}
    book = Book(
        as_of=date.fromisoformat(rest["as_of"]),
        files=tuple(SourceFile(**f) for f in rest["files"]),
        layout=rest["layout"],
        **{name: tables[name] for name in BOOK_TABLES},
    )
    prior = tuple(PriorCell(**{**p, "value": Fraction(p["value"])}) for p in rest["prior"])
    problems = tuple(Problem(p["code"], Severity(p["severity"]), p["where"], p["params"]) for p in rest["problems"])
    chosen: dict[str, Any] = {k: (tuple(v) if isinstance(v, list) else v) for k, v in rest["options"].items()}
    model = parsed((folder / _MODEL).read_text("utf-8"), where=_MODEL) if (folder / _MODEL).exists() else None
    said = json.loads((folder / _ANSWERS).read_text("utf-8")) if (folder / _ANSWERS).exists() else None
    answers = None if said is None else tuple(Answer(**one) for one in said)
    records = tuple(map(_restatement, rest.get("restatements", ())))
    before = tuple(Published(**{**one, "value": Fraction(one["value"])}) for one in rest.get("this_year", ()))
    return Inputs(book, tables["decisions"], prior, Bank(**rest["bank"]), problems, model, answers, records, before), Options(**chosen)


def _table(folder: Path, name: str) -> pa.Table:
    """A table of the run; one that an older version did not know is empty."""
    path = folder / f"{name}.parquet"
    return fitted(pq.read_table(path), name) if path.exists() or name in _ALWAYS else empty(name)


def replay(saved: Saved) -> RunResult:
    """The run computed again from the folder alone."""
    from greenfin.pipeline import compute

    inputs, options, reference = load_inputs(saved)
    return compute(inputs, options, reference=reference)

"""A run's folder: written whole or not at all, and read back so that the run replays.

``run.json`` (what the run was made of, and the sha256 of every file), ``disclosure.xlsx``, ``disclosure.pdf``, ``tables/<id>.csv``,
``loans.parquet``, ``problems.csv``, ``inputs/`` (the book as read, decisions, prior year, bank) and ``reference/`` (the data used).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from greenfin import aggregate, disclose
from greenfin._version import __version__
from greenfin.core.columns import schema
from greenfin.core.problems import Problem, Refused, Severity, error
from greenfin.core.records import Bank, Book, PriorCell, SourceFile
from greenfin.messages import Lang, say, tell
from greenfin.pipeline import Inputs, Options, RunResult
from greenfin.reference import load as reference_load
from greenfin.reference.load import Reference

_BOOK_TABLES = ("loans", "projects", "inputs", "operations", "controls", "rejected")
_PARTIAL = ".greenfin-partial"
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
    return f"{result.as_of.isoformat()}-{_digest(_made_of(result))[:12]}"


def _made_of(result: RunResult) -> dict[str, Any]:
    inputs = result.inputs
    return {
        "greenfin": __version__,
        "reference": result.reference.fingerprint,
        "as_of": result.as_of.isoformat(),
        "files": [asdict(f) for f in inputs.book.files],
        "decisions": _digest(inputs.decisions.to_pylist()),
        "prior": _digest([_prior_json(p) for p in inputs.prior]),
        "bank": _digest(asdict(inputs.bank)),
        "options": _options_json(result.options),
        "edition": result.edition,
    }


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def save(result: RunResult, folder: Path, *, lang: Lang = "zh") -> Saved:
    """Write the run into the folder; an earlier run there is replaced only when all of the new one is on disk."""
    partial = folder / _PARTIAL
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        addresses, found = _write_outputs(result, partial)
        problems = (*result.problems, *found)
        (partial / "problems.csv").write_text(problems_csv(problems, lang), encoding="utf-8-sig")
        _write_inputs(result, partial / "inputs")
        reference_load.snapshot(result.reference, partial / "reference")
        record = _record(result, partial, addresses, problems)
        _write_json(partial / "run.json", record)
        _move_into_place(partial, folder)
    except OSError as bad:
        raise Refused(error("run.cannot_write", str(folder), reason=bad.strerror or type(bad).__name__)) from bad
    return Saved(folder, record, found)


def _move_into_place(partial: Path, folder: Path) -> None:
    (folder / "run.json").unlink(missing_ok=True)  # from here on the old run no longer passes for a whole one
    for made in sorted(partial.iterdir(), key=lambda p: p.name == "run.json"):
        target = folder / made.name
        if target.is_dir():
            shutil.rmtree(target)
        made.replace(target)
    partial.rmdir()


def _write_outputs(result: RunResult, folder: Path) -> tuple[Mapping[str, str], tuple[Problem, ...]]:
    tables = list(result.tables.values())
    identifier = run_id(result)
    report_lang = result.options.report_lang
    disclose.write_csv(tables, folder / "tables", lang=report_lang)
    front = disclose.front_of(result.facts, bank=result.inputs.bank, run_id=identifier, edition=result.edition, problems=result.problems)
    factors = disclose.factor_lines(result.facts)
    addresses = disclose.write_xlsx(tables, folder / "disclosure.xlsx", front=front, lang=report_lang, factors=factors)
    found = disclose.write_pdf(tables, folder / "disclosure.pdf", front=front, lang=report_lang, factors=factors)
    pq.write_table(loans_table(result), folder / "loans.parquet", compression="zstd", row_group_size=_ROW_GROUP)
    return addresses, found


def loans_table(result: RunResult) -> pa.Table:
    """One row per loan: the book's columns, the tag, the outcome under the policy and the loan's part of each benefit."""
    rows = aggregate.outcomes(result.facts)
    for output in pc.unique(result.parts["output"]).to_pylist():
        of_output = result.parts.filter(pc.equal(result.parts["output"], output))
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
        params = json.dumps(dict(p.params), ensure_ascii=False, default=str)
        writer.writerow([p.severity.value, p.code, *map(disclose.safe_text, (p.where, tell(p, lang))), params])
    return out.getvalue()


def _record(result: RunResult, folder: Path, addresses: Mapping[str, str], problems: Sequence[Problem]) -> dict[str, Any]:
    counts = Counter(p.severity.value for p in problems)
    return {
        "run": run_id(result),
        "made_of": _made_of(result),
        "counts": {"loans": len(result.book.loans), "problems": {s.value: counts[s.value] for s in Severity}},
        "outcomes": outcome_totals(result),
        "workbook_cells": dict(addresses),
        "sha256": {str(p.relative_to(folder)): file_sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()},
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
    for name in _BOOK_TABLES:
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
    _write_json(folder / "inputs.json", rest)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str), encoding="utf-8")


def _prior_json(cell: PriorCell) -> dict[str, str]:
    return {k: str(v) for k, v in asdict(cell).items()}


def _options_json(options: Options) -> dict[str, Any]:
    return {k: (list(v) if isinstance(v, tuple) else v) for k, v in asdict(options).items()}


def open_run(folder: Path) -> Saved:
    """The record of a run folder; raises Refused where there is no whole run."""
    path = folder / "run.json"
    try:
        return Saved(folder, json.loads(path.read_text("utf-8")))
    except FileNotFoundError as bad:
        raise Refused(error("run.not_a_run", str(folder))) from bad
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as bad:
        raise Refused(error("run.damaged", str(path))) from bad


def load_inputs(saved: Saved) -> tuple[Inputs, Options, Reference]:
    """What the run was computed from, out of the folder alone; raises Refused when it is damaged."""
    folder = saved.folder / "inputs"
    try:
        rest = json.loads((folder / "inputs.json").read_text("utf-8"))
        tables = {name: _typed(pq.read_table(folder / f"{name}.parquet"), name) for name in (*_BOOK_TABLES, "decisions")}
    except (OSError, pa.ArrowException, json.JSONDecodeError, UnicodeDecodeError) as bad:
        raise Refused(error("run.damaged", str(folder))) from bad
    book = Book(
        as_of=date.fromisoformat(rest["as_of"]),
        files=tuple(SourceFile(**f) for f in rest["files"]),
        layout=rest["layout"],
        **{name: tables[name] for name in _BOOK_TABLES},
    )
    prior = tuple(PriorCell(**{**p, "value": Fraction(p["value"])}) for p in rest["prior"])
    problems = tuple(Problem(p["code"], Severity(p["severity"]), p["where"], p["params"]) for p in rest["problems"])
    chosen: dict[str, Any] = {k: (tuple(v) if isinstance(v, list) else v) for k, v in rest["options"].items()}
    options = Options(**chosen)
    reference = reference_load.load(saved.folder / "reference")
    return Inputs(book, tables["decisions"], prior, Bank(**rest["bank"]), problems), options, reference


def _typed(table: pa.Table, name: str) -> pa.Table:
    return table.select(schema(name).names).cast(schema(name))


def replay(saved: Saved) -> RunResult:
    """The run computed again from the folder alone."""
    from greenfin.pipeline import compute

    inputs, options, reference = load_inputs(saved)
    return compute(inputs, options, reference=reference)


def severity_word(severity: Severity, lang: Lang) -> str:
    """The word for a severity."""
    return say(f"severity.{severity.value}", lang)

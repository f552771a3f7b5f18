"""The files of a movement: workbook, a CSV per table, the details per receipt, texts; the folder is filled whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from greenfin import disclose, ingest, landing
from greenfin._version import __version__
from greenfin.core.problems import Problem, Refused, Severity, error
from greenfin.core.records import Bank, Book, Table
from greenfin.disclose.front import Front, ProblemCount
from greenfin.messages.words import say, tell
from greenfin.movement.sides import Side
from greenfin.reference.load import Reference

CSV_ROWS = 1_000_000  # a longer detail is written as parquet only: no spreadsheet opens it


@dataclass(frozen=True, slots=True)
class Papers:
    """What is to be written: tables (in full for CSV, ``shown`` for people), details by file name, texts by file name."""

    kind: str  # roll_forward or retag
    tables: Sequence[Table]
    shown: Sequence[Table]
    front: Front
    made_of: Mapping[str, Any]
    details: Mapping[str, pa.Table] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    lang: str = "zh"


def write(papers: Papers, folder: Path) -> tuple[str, ...]:
    """Write everything; the names of the files. Raises Refused where somebody else's files are in the way or nothing can be written."""
    try:
        with landing.landing(folder) as place:
            _fill(papers, place.staging)
            names = [path.relative_to(place.staging).as_posix() for path in landing.files_below(place.staging)]
            record = {
                "kind": papers.kind,
                "greenfin": __version__,
                "made_of": papers.made_of,
                "sha256": {name: hashlib.sha256((place.staging / name).read_bytes()).hexdigest() for name in names},
            }
            text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True, default=str)
            (place.staging / landing.RECORD).write_text(text, encoding="utf-8")
            place.finish()
    except OSError as bad:
        raise Refused(error("run.cannot_write", str(folder), reason=bad.strerror or type(bad).__name__)) from bad
    return (*names, landing.RECORD)


def _fill(papers: Papers, folder: Path) -> None:
    disclose.write_csv(papers.tables, folder / "tables", lang=papers.lang)
    disclose.write_xlsx(papers.shown, folder / f"{papers.kind}.xlsx", front=papers.front, lang=papers.lang, factors=None)
    for name, rows in papers.details.items():
        pq.write_table(rows, folder / f"{name}.parquet", compression="zstd")
        if rows.num_rows <= CSV_ROWS:
            disclose.write_detail(rows, folder / f"{name}.csv")
    for name, text in papers.texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def front_of(kind: str, side: Side, *, bank: Bank, problems: Sequence[Problem], reference: Reference, run_id: str) -> Front:
    """Cover and notes of a movement's workbook; it is a working paper, never fit for publication by itself."""
    edition, policy = side.edition, side.policy
    catalogue = reference.catalogues.get(edition)
    titles = [say(f"movement.title.{kind}", lang) for lang in ("zh", "en")]
    marks = [policy.watermark_zh or say("movement.internal", "zh"), policy.watermark_en or say("movement.internal", "en")]
    return Front(
        bank_zh=bank.name_zh,
        bank_en=bank.name_en,
        title_zh=titles[0],
        title_en=titles[1],
        as_of=side.book.as_of,
        edition_zh=catalogue.title_zh if catalogue else edition,
        edition_en=catalogue.title_en if catalogue else edition,
        policy=policy.id,
        policy_zh=policy.name_zh,
        policy_en=policy.name_en,
        watermark_zh=marks[0],
        watermark_en=marks[1],
        run_id=run_id,
        problems=_counted(problems),
    )


def _counted(problems: Sequence[Problem]) -> tuple[ProblemCount, ...]:
    first: dict[str, Problem] = {}
    for problem in problems:
        if problem.severity is not Severity.INFO:
            first.setdefault(problem.code, problem)
    counts = Counter(problem.code for problem in problems)
    found = [ProblemCount(c, p.severity, counts[c], tell(p, "zh"), tell(p, "en")) for c, p in first.items()]
    order = {"error": 0, "warning": 1}
    return tuple(sorted(found, key=lambda p: (order[p.severity.value], -p.count, p.code)))


def made_of(
    books: Mapping[str, Book], reference: Reference, *, more: Mapping[str, Sequence[Path]] | None = None, **options: object
) -> dict[str, Any]:
    """What decides the figures: files, dates, reference data, options; ``more`` are files beside the books, by their role."""
    sides = {name: {"as_of": book.as_of.isoformat(), "files": [asdict(file) for file in book.files]} for name, book in books.items()}
    beside = [asdict(ingest.read_source(path, role=role)) for role, paths in (more or {}).items() for path in paths]
    given = {"files": beside, "options": {k: str(v) for k, v in options.items()}}
    return {"greenfin": __version__, "reference": reference.fingerprint, **sides, **given}


def fingerprint(made: Mapping[str, Any]) -> str:
    """Twelve hex digits over what decides the figures."""
    return hashlib.sha256(json.dumps(made, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()[:12]

"""A run into a pack: its documents, the reference data, the lineage of every cell, and hashes of what stays at the bank."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from greenfin import landing, run_folder
from greenfin.core.columns import empty, fitted
from greenfin.core.problems import Refused, error
from greenfin.messages import LANGUAGES, Lang, say
from greenfin.pack.lines import lineage_lines
from greenfin.pack.masks import masked_decisions, names_of, secret_of
from greenfin.pack.unpacking import MANIFEST
from greenfin.reported import every_table
from greenfin.run_folder import Saved, file_sha256, open_run, replay
from greenfin.verify import altered_files

if TYPE_CHECKING:
    from greenfin.pipeline import RunResult

FORMAT = 1
LINEAGE, DECISIONS, PROBLEMS, INPUTS = "lineage.jsonl", "decisions.jsonl", "problems.csv", "inputs/inputs.json"
MADE_ANEW = (LINEAGE, DECISIONS, PROBLEMS)  # not as the run's folder holds them: masked
_TAKEN = (
    "disclosure.xlsx", "disclosure.pdf", "disclosure.docx", "tables.json", "bridge.csv", INPUTS, "inputs/answers.json", "inputs/model.json",
)  # fmt: skip
_FOLDERS = ("tables/", "reference/")
_DAY = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100600 << 16
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Packed:
    """A pack that was written: its file, its sha256, the run, how many files, cells and lines of lineage are in it."""

    path: Path
    sha256: str
    run: str
    files: int
    cells: int
    left_out: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """As plain data."""
        return {**asdict(self), "path": str(self.path), "left_out": list(self.left_out)}


def pack(folder: Path, out: Path) -> Packed:
    """Write the pack of a run; the same run gives the same bytes. Raises Refused for an altered run or where nothing can be written."""
    saved = open_run(folder)
    changed, missing, added = altered_files(saved)
    if changed or missing or added:
        raise Refused(error("pack.run_altered", str(folder), found=", ".join((*changed, *missing, *added)[:5])))
    result = replay(saved)
    files = {name: (folder / name).read_bytes() for name in saved.record["sha256"] if is_taken(name)}
    files |= masked_files(result, lang_of(saved))
    files |= {"run.json": (folder / landing.RECORD).read_bytes()}
    left_out = {name: sha for name, sha in saved.record["sha256"].items() if name not in files}
    cells = sum(len(table.cells) for table in every_table(result).values())
    files |= {f"README.{lang}.md": _readme(saved, result, files, lang).encode() for lang in LANGUAGES}
    files[MANIFEST] = _manifest(saved, result, files, left_out)
    with landing.private_file(out) as place:
        _write(place, files)
    return Packed(out, file_sha256(out), saved.id, len(files), cells, tuple(left_out))


def is_taken(name: str) -> bool:
    """Whether a file of the run's folder goes into the pack as it is."""
    return name in _TAKEN or name.startswith(_FOLDERS)


def lang_of(saved: Saved) -> Lang:
    """The language of the run's messages."""
    return "en" if saved.record.get("lang") == "en" else "zh"


def masked_files(result: RunResult, lang: Lang) -> dict[str, bytes]:
    """The files that are made for the pack: lineage, decisions and problems without borrowers and persons."""
    printed = {cell.text for table in every_table(result).values() for cell in table.cells.values() if cell.text}
    names = names_of(result.book, result.inputs.decisions, printed)
    decisions = "".join(
        json.dumps(one, ensure_ascii=False, default=str) + "\n"
        for one in masked_decisions(result.inputs.decisions, secret_of(result.book)).to_pylist()
    )
    problems = run_folder.problems_csv(tuple(map(run_folder.settled, result.problems)), lang)
    return {
        LINEAGE: "".join(lineage_lines(result, names)).encode(),
        DECISIONS: decisions.encode(),
        PROBLEMS: "\n".join(map(names.masked, problems.splitlines())).encode(),
    }


def _manifest(saved: Saved, result: RunResult, files: Mapping[str, bytes], left_out: Mapping[str, str]) -> bytes:
    said: dict[str, Any] = {
        "kind": "greenfin-pack",
        "format": FORMAT,
        "run": saved.id,
        "greenfin": saved.record["made_of"]["greenfin"],
        "reference": saved.record["made_of"]["reference"],
        "inputs": [asdict(file) for file in result.book.files],
        "model": result.inputs.model.version if result.inputs.model else None,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        "left_out": dict(sorted(left_out.items())),
    }
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def _readme(saved: Saved, result: RunResult, files: Mapping[str, bytes], lang: Lang) -> str:
    books = " ".join(f"--book {file.name}" for file in result.book.files)
    inputs = "\n".join(f"- {file.name} · {file.role} · {file.size} · sha256 {file.sha256}" for file in result.book.files)
    made = ", ".join(f"{name} {version}" for name, version in sorted(run_folder.made_with().items()))
    return say(
        "pack.readme",
        lang,
        run=saved.id,
        as_of=result.as_of.isoformat(),
        version=saved.record["made_of"]["greenfin"],
        made=made,
        edition=result.edition,
        policy=result.policy.id,
        tables=len(every_table(result)),
        cells=sum(len(table.cells) for table in every_table(result).values()),
        inputs=inputs,
        books=books,
        files=len(files),
    )


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DAY)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _MODE, _UNIX
            out.writestr(entry, files[name])


def decisions_of(text: str) -> pa.Table:
    """The decisions of a pack as they were written, receipts still masked. Raises ValueError for other text."""
    rows = [json.loads(line) for line in text.splitlines()]
    for row in rows:
        row["decided_on"] = date.fromisoformat(row["decided_on"]) if row["decided_on"] else None
    return fitted(pa.Table.from_pylist(rows, schema=empty("decisions").schema), "decisions")

"""A pack verified: by hash, and with the bank's book every cell and document made anew and compared."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from greenfin import disclose, landing, run_folder
from greenfin.core.columns import empty
from greenfin.core.problems import BadReference, Refused, error
from greenfin.core.records import BOOK_TABLES
from greenfin.pack.making import DECISIONS, MADE_ANEW, decisions_of, is_taken, lang_of, masked_files
from greenfin.pack.masks import known_decisions, secret_of
from greenfin.pack.unpacking import MANIFEST, unpack
from greenfin.pipeline import RunResult, compute
from greenfin.reported import every_table
from greenfin.run_folder import Saved, file_sha256, load_inputs, open_run
from greenfin.verify import Difference, Verdict, differing, of_workbook, printed_in, reread, same_bytes

_INPUT_TABLES = (*BOOK_TABLES, "decisions")


def is_pack(path: Path) -> bool:
    """Whether a path is to be taken for a pack: one file (a run is a folder)."""
    return path.is_file()


def verify_pack(path: Path, *, books: Sequence[Path] = ()) -> Verdict:
    """Compare every file of a pack with its hash and every printed cell with the tables; with the book, compute all of it anew.

    Raises Refused for what is no pack, an archive that must not be opened, other files than the run's, or a damaged pack that nothing
    is known to have been altered in.
    """
    if not zipfile.is_zipfile(path):
        raise Refused(error("pack.not_a_pack", path.name))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "pack"
        folder.mkdir()
        manifest = unpack(path, folder)
        return _verified(folder, manifest, books, path=path)


def _verified(folder: Path, manifest: Mapping[str, Any], books: Sequence[Path], *, path: Path) -> Verdict:
    changed, missing, added = _by_hash(folder, manifest["sha256"])
    verdict = Verdict((), (*changed, *missing, *added), missing, added, str(manifest.get("greenfin", "")))
    try:
        verdict = replace(verdict, differences=tuple(_between_files(folder)))
        saved = open_run(folder)
        if saved.id != run_folder.id_of(saved.record["made_of"]) or saved.id != manifest.get("run"):
            verdict = replace(verdict, altered=tuple(dict.fromkeys((*verdict.altered, landing.RECORD))))
        if not books:
            return replace(verdict, is_replayed=False, is_by_hash=True)
        result, strangers = _rebuilt(saved, books)
    except (Refused, BadReference, KeyError, TypeError, ValueError, OSError) as bad:
        if not verdict.altered or (isinstance(bad, Refused) and bad.problem.code == "verify.other_book"):
            raise bad if isinstance(bad, Refused) else Refused(error("pack.unreadable", path.name)) from bad
        return replace(verdict, is_replayed=False)
    found = differing(printed_in(folder), disclose.printed_cells(list(every_table(result).values())))
    verdict = replace(verdict, differences=_once((*verdict.differences, *found)), altered=_named(verdict.altered, strangers))
    return verdict if strangers else _with_documents(verdict, saved, result)


def _by_hash(folder: Path, recorded: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Files changed, missing and added, against the manifest."""
    there = {one.relative_to(folder).as_posix(): one for one in landing.files_below(folder)}
    changed = tuple(name for name, sha in recorded.items() if name in there and file_sha256(there[name]) != sha)
    missing = tuple(name for name in recorded if name not in there)
    return changed, missing, tuple(name for name in there if name not in recorded and name != MANIFEST)


def _between_files(folder: Path) -> Iterator[Difference]:
    """Cells that the CSVs print otherwise than ``tables.json`` and the lineage have them."""
    printed = printed_in(folder)
    tables = json.loads((folder / disclose.JSON_FILE).read_text("utf-8"))["tables"]
    of_json = {str(cell["cell"]): str(cell["printed"]) for table in tables for cell in table["cells"]}
    for one in differing(printed, of_json):
        yield replace(one, where=disclose.JSON_FILE)
    lines = map(json.loads, (folder / "lineage.jsonl").read_text("utf-8").splitlines())
    of_lines = {str(line["cell"]): str(line["printed"]) for line in lines if line["kind"] == "cell"}
    for one in differing(of_json, of_lines):
        yield replace(one, where="lineage.jsonl")


def _rebuilt(saved: Saved, books: Sequence[Path]) -> tuple[RunResult, tuple[str, ...]]:
    """The run of a pack computed from the bank's own files, and those of them that are not the run's."""
    masked = decisions_of((saved.folder / DECISIONS).read_text("utf-8"))
    for name in _INPUT_TABLES:
        pq.write_table(empty(name), saved.folder / "inputs" / f"{name}.parquet")
    inputs, options, reference = load_inputs(saved)
    inputs, strangers = reread(inputs, books, reference)
    receipts = (str(one) for name in ("receipt_no", "loan_id") for one in inputs.book.loans[name].to_pylist() if one)
    inputs = replace(inputs, decisions=known_decisions(masked, receipts, secret_of(inputs.book)))
    return compute(inputs, options, reference=reference), strangers


def _with_documents(verdict: Verdict, saved: Saved, result: RunResult) -> Verdict:
    """What in the documents, the lineage and the record is not as this book makes it, also where hashes were changed with it."""
    recorded = saved.record["made_of"]
    made = {**run_folder.made_of(result), "decisions": recorded["decisions"]}
    if {**made, "greenfin": recorded["greenfin"]} != recorded:
        return replace(verdict, altered=_named(verdict.altered, (landing.RECORD,)))
    if made["greenfin"] != recorded["greenfin"]:
        return verdict
    with tempfile.TemporaryDirectory() as place:
        anew = Path(place)
        cells, _ = run_folder.write_outputs(result, anew, lang=lang_of(saved), identity=saved.id)
        for name, content in masked_files(result, lang_of(saved)).items():
            (anew / name).write_bytes(content)
        names = [name for name in (*run_folder.outputs_of(result), *_tables(anew)) if is_taken(name)]
        if saved.record.get("made_with") != run_folder.made_with():
            names = [name for name in names if not name.startswith("disclosure.")]
        other = [name for name in (*names, *MADE_ANEW) if not same_bytes(saved.folder / name, anew / name)]
        found = tuple(of_workbook(saved.folder, anew, cells))
    return replace(verdict, differences=_once((*verdict.differences, *found)), altered=_named(verdict.altered, other))


def _tables(folder: Path) -> Iterator[str]:
    return (one.relative_to(folder).as_posix() for one in sorted((folder / "tables").iterdir()))


def _once(found: Sequence[Difference]) -> tuple[Difference, ...]:
    return tuple(dict.fromkeys(found))


def _named(altered: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*altered, *more)))

"""A run recomputed: which cells differ, and which files of the folder were altered, added or lost."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from greenfin import disclose, landing, run_folder
from greenfin._version import __version__
from greenfin.core.problems import BadReference, Refused, error
from greenfin.core.records import SourceFile
from greenfin.ingest.files import read_source
from greenfin.messages import Lang
from greenfin.pipeline import Files, Inputs, RunResult, compute, read_book
from greenfin.reference.load import Reference
from greenfin.reported import every_table
from greenfin.run_folder import Saved, file_sha256, load_inputs, open_run

_NOT_OURS = ("~$", ".", "Thumbs.db", "desktop.ini")  # what desktops and office programs leave beside files


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that reads otherwise than it recomputes; ``where`` is the file and place, for a cell of the workbook."""

    cell: str
    was: str
    now: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``same`` when every cell recomputes and no file was altered, added or lost.

    ``altered`` names them all; ``missing`` and ``added`` are those of them that are gone or new. ``is_replayed`` is False where what was
    altered keeps the run from being computed again.
    """

    differences: tuple[Difference, ...]
    altered: tuple[str, ...]
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    made_by: str = __version__
    is_replayed: bool = True
    is_by_hash: bool = False  # a pack without its book: there was nothing to compute it from

    @property
    def same(self) -> bool:
        """Nothing differs and nothing was altered."""
        return (self.is_replayed or self.is_by_hash) and not self.differences and not self.altered

    def as_json(self) -> dict[str, object]:
        """As the CLI contract says."""
        return {
            "same": self.same,
            "differences": [{"cell": d.cell, "was": d.was, "is": d.now, "where": d.where} for d in self.differences],
            "altered": list(self.altered),
            "missing": list(self.missing),
            "added": list(self.added),
            "made_by": self.made_by,
            "verified_by": __version__,
            "replayed": self.is_replayed,
        }


def verify(folder: Path, *, books: Sequence[Path] = ()) -> Verdict:
    """Recompute the run from its own folder (or from the bank's original files) and compare every printed cell and every file.

    Raises Refused where the folder holds no run, or is damaged and no file in it is known to have been altered.
    """
    saved = open_run(folder)
    changed, missing, added = altered_files(saved)
    verdict = Verdict((), (*changed, *missing, *added), missing, added, str(saved.record["made_of"]["greenfin"]))
    try:
        result, strangers = _recomputed(saved, books)
        was = printed_in(saved.folder)
    except (Refused, BadReference):
        if books or not (changed or missing):
            raise
        return replace(verdict, is_replayed=False)
    now = disclose.printed_cells(list(every_table(result).values()))
    found = list(differing(was, now))
    altered = [*verdict.altered, *strangers]
    if not strangers:
        of_files = _compare_files(saved, result)
        found += of_files.differences
        altered += of_files.altered
    return replace(verdict, differences=tuple(found), altered=tuple(dict.fromkeys(altered)))


def _recomputed(saved: Saved, books: Sequence[Path]) -> tuple[RunResult, tuple[str, ...]]:
    """The run computed again, and the given files that are not those of the run."""
    inputs, options, reference = load_inputs(saved)
    strangers: tuple[str, ...] = ()
    if books:
        inputs, strangers = reread(inputs, books, reference)
    return compute(inputs, options, reference=reference), strangers


def reread(inputs: Inputs, books: Sequence[Path], reference: Reference) -> tuple[Inputs, tuple[str, ...]]:
    """The inputs of a run with its book read from the bank's files; and those given that are not the run's.

    Raises Refused where the number of files differs.
    """
    pairs = _paired(inputs.book.files, books)
    with tempfile.TemporaryDirectory() as folder:
        places = [_as_named(path, source.name, Path(folder) / str(at)) for at, (source, path) in enumerate(pairs)]
        read = read_book(_by_role(inputs.book.files, places), as_of=inputs.book.as_of, reference=reference)
    others = inputs.problems[len(read.problems) :]  # those of the other files
    strangers = tuple(path.name for source, path in pairs if file_sha256(path) != source.sha256)
    return replace(inputs, book=read.value, problems=(*read.problems, *others)), strangers


def _by_role(sources: Sequence[SourceFile], places: Sequence[Path]) -> Files:
    """The files of a book as they were given: ledgers, control totals, exchange rates, mapping, supplements."""
    of: dict[str, list[Path]] = {}
    for source, place in zip(sources, places, strict=True):
        of.setdefault(source.role, []).append(place)
    once = {role: found[0] for role, found in of.items() if role != "book"}
    return Files(tuple(of.get("book", ())), **once)


def _as_named(path: Path, name: str, folder: Path) -> Path:
    """A copy under the name that the run knows, so that every address reads the same."""
    folder.mkdir()
    return Path(shutil.copyfile(path, folder / Path(name).name))


def _paired(sources: Sequence[SourceFile], books: Sequence[Path]) -> list[tuple[SourceFile, Path]]:
    """Each file of the run with the one given for it: by content, else by name, else in order. Raises Refused where the number differs."""
    digests = {book: read_source(book).sha256 for book in books}
    if len(books) != len(sources):
        known = ", ".join(source.name for source in sources)
        raise Refused(error("verify.other_book", ", ".join(book.name for book in books), known=known))
    left, found = list(books), dict[SourceFile, Path]()
    for nearness in (2, 1, 0):
        for source in (s for s in sources if s not in found):
            match = next((book for book in left if _nearness(source, book, digests[book]) >= nearness), None)
            if match is not None:
                found[source] = match
                left.remove(match)
    return [(source, found[source]) for source in sources]


def _nearness(source: SourceFile, book: Path, digest: str) -> int:
    return 2 if digest == source.sha256 else int(book.name == source.name)


def altered_files(saved: Saved) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Files whose bytes are not those that the run wrote, that are gone, and that were put there later."""
    recorded: Mapping[str, str] = saved.record["sha256"]
    inside = {name: saved.folder / name for name in recorded if landing.is_inside(name)}
    missing = tuple(name for name in recorded if name not in inside or not inside[name].is_file())
    changed = tuple(name for name, path in inside.items() if name not in missing and _digest(path) != recorded[name])
    return changed, missing, tuple(name for name in _found(saved) if name not in recorded and name != landing.RECORD)


def _digest(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as bad:
        raise Refused(error("run.damaged", str(path))) from bad


def _found(saved: Saved) -> Iterator[str]:
    """The files in the folder, without those that stood there before the run and those that programs leave behind."""
    beside = {str(name) for name in saved.record.get("beside", ())}
    for path in sorted(saved.folder.iterdir()):
        if path.name in beside or path.name.startswith(_NOT_OURS):
            continue
        for one in landing.files_below(path) if path.is_dir() and not path.is_symlink() else [path]:
            yield one.relative_to(saved.folder).as_posix()


def printed_in(folder: Path) -> dict[str, str]:
    """Every cell that the tables of a folder print, by cell id. Raises Refused for a table that is none."""
    cells: dict[str, str] = {}
    for path in sorted((folder / "tables").glob("*.csv")):
        cells |= disclose.read_csv(path)
    return cells


def differing(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Difference]:
    """The cells whose texts are not the same, in the order of their ids."""
    for name in sorted(was.keys() | now.keys()):
        if was.get(name, "") != now.get(name, ""):
            yield Difference(name, was.get(name, ""), now.get(name, ""))


def _compare_files(saved: Saved, result: RunResult) -> Verdict:
    """What in the documents and in ``run.json`` is not as this run makes it: also where the recorded hashes were changed with them."""
    made = run_folder.made_of(result)
    is_this_version = made["greenfin"] == saved.record["made_of"]["greenfin"]
    made["greenfin"] = saved.record["made_of"]["greenfin"]
    if saved.record["made_of"] != made or saved.id != run_folder.id_of(made):
        return Verdict((), (landing.RECORD,))
    if not is_this_version:
        return Verdict((), ())
    with tempfile.TemporaryDirectory() as folder:
        return _compare_outputs(saved, result, Path(folder))


def _compare_outputs(saved: Saved, result: RunResult, made: Path) -> Verdict:
    lang: Lang = "en" if saved.record.get("lang") == "en" else "zh"
    cells, said = run_folder.write_outputs(result, made, lang=lang)
    altered: list[str] = []
    expected = {**run_folder.computed(result, (*result.problems, *said)), "workbook_cells": dict(cells)}
    if any(saved.record.get(name) != value for name, value in expected.items()):
        altered.append(landing.RECORD)
    if saved.record.get("made_with") == run_folder.made_with():
        in_shards = _OF_SHARDS if saved.record.get(run_folder.IN_BATCHES) else {}
        same = {name: in_shards.get(name, same_bytes) for name in run_folder.outputs_of(result)}
        altered += [name for name, alike in same.items() if not alike(saved.folder / name, made / name)]
    elif not _same_rows(saved.folder / run_folder.LOANS, made / run_folder.LOANS):
        altered.append(run_folder.LOANS)
    return Verdict(tuple(of_workbook(saved.folder, made, cells)), tuple(altered))


def of_workbook(folder: Path, made: Path, cells: Mapping[str, str]) -> Iterator[Difference]:
    """Cells of a folder's workbook that read otherwise than those of the one made anew; ``cells`` says where each stands."""
    ids = {place: cell for cell, place in cells.items()}
    for at, was, now in disclose.workbook_differences(folder / run_folder.WORKBOOK, made / run_folder.WORKBOOK) or ():
        yield Difference(ids.get(at, f"{run_folder.WORKBOOK}!{at}"), was, now, f"{run_folder.WORKBOOK}!{at}")


def same_bytes(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes."""
    return one.is_file() and file_sha256(one) == file_sha256(other)


def _same_lines(one: Path, other: Path) -> bool:
    """The same problems, in any order."""
    return one.is_file() and sorted(_lines(one)) == sorted(_lines(other))


def _lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def _same_loans(one: Path, other: Path) -> bool:
    """The same rows, in any order of loans and of columns."""
    try:
        mine, theirs = pq.read_table(one), pq.read_table(other)
        if sorted(mine.column_names) != sorted(theirs.column_names):
            return False
        keys = [(name, "ascending") for name in ("loan_id", "edition") if name in mine.column_names]
        return bool(mine.sort_by(keys).equals(theirs.select(mine.column_names).sort_by(keys)))
    except (OSError, pa.ArrowException):
        return False


_OF_SHARDS: Mapping[str, Callable[[Path, Path], bool]] = {
    run_folder.LOANS: _same_loans,
    run_folder.TAGS: _same_loans,
    "problems.csv": _same_lines,
}


def _same_rows(one: Path, other: Path) -> bool:
    try:
        return bool(pq.read_table(one).equals(pq.read_table(other)))
    except (OSError, pa.ArrowException):
        return False

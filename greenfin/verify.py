"""A run recomputed: which cells differ, and which files of the folder were altered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from greenfin import disclose, ingest
from greenfin.core.problems import Refused, error
from greenfin.pipeline import Inputs, compute
from greenfin.run_folder import Saved, file_sha256, load_inputs, open_run, run_id


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that reads otherwise than it recomputes."""

    cell: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``same`` when every cell recomputes and no file was altered, added or lost."""

    differences: tuple[Difference, ...]
    altered: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Nothing differs and nothing was altered."""
        return not self.differences and not self.altered

    def as_json(self) -> dict[str, object]:
        """As the CLI contract says."""
        return {
            "same": self.same,
            "differences": [{"cell": d.cell, "was": d.was, "is": d.now} for d in self.differences],
            "altered": list(self.altered),
        }


def verify(folder: Path, *, books: Sequence[Path] = ()) -> Verdict:
    """Recompute the run from its own folder (or from the bank's original files) and compare every printed cell.

    Raises Refused where the folder holds no run or cannot be replayed at all.
    """
    saved = open_run(folder)
    altered = list(_altered(saved))
    inputs, options, reference = load_inputs(saved)
    if books:
        altered += _other_bytes(inputs, books)
        read = ingest.read_book(books, as_of=inputs.book.as_of, reference=reference)
        inputs = Inputs(read.value, inputs.decisions, inputs.prior, inputs.bank, read.problems)
    result = compute(inputs, options, reference=reference)
    if not books and run_id(result) != saved.id:
        altered.append("run.json")
    now = disclose.printed_cells(list(result.tables.values()))
    return Verdict(_differences(_printed(saved), now), tuple(dict.fromkeys(altered)))


def _other_bytes(inputs: Inputs, books: Sequence[Path]) -> list[str]:
    known = {f.name: f.sha256 for f in inputs.book.files}
    strangers = [book.name for book in books if book.name not in known]
    if strangers:
        raise Refused(error("verify.other_book", ", ".join(strangers), known=", ".join(known)))
    return [book.name for book in books if known[book.name] != file_sha256(book)]


def _altered(saved: Saved) -> tuple[str, ...]:
    """Files whose bytes are not those that the run wrote, that are gone, or that were put there later."""
    recorded: Mapping[str, str] = saved.record["sha256"]
    found: list[str] = []
    for name, digest in recorded.items():
        path = saved.folder / name
        if not path.is_file() or file_sha256(path) != digest:
            found.append(name)
    extra = (p for part in ("tables", "inputs", "reference") for p in (saved.folder / part).rglob("*") if p.is_file())
    found += [str(p.relative_to(saved.folder)) for p in extra if str(p.relative_to(saved.folder)) not in recorded]
    return tuple(found)


def _printed(saved: Saved) -> dict[str, str]:
    cells: dict[str, str] = {}
    for path in sorted((saved.folder / "tables").glob("*.csv")):
        cells |= disclose.read_csv(path)
    return cells


def _differences(was: Mapping[str, str], now: Mapping[str, str]) -> tuple[Difference, ...]:
    names = sorted(was.keys() | now.keys())
    return tuple(Difference(name, was.get(name, ""), now.get(name, "")) for name in names if was.get(name, "") != now.get(name, ""))

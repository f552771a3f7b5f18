"""The mappings that a bank keeps beside its record: found again by the names of the files they are for."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from greenfin.core.problems import Refused, error
from greenfin.ingest.mapping import SavedMapping
from greenfin.ingest.mapping_file import read_mapping, write_mapping

FOLDER, ENDING = "mappings", ".yaml"


def kept(home: Path) -> tuple[Path, ...]:
    """The mapping files below a directory of the bank's files, the newest first."""
    found = [path for path in (home / FOLDER).glob(f"*{ENDING}") if path.is_file()]
    return tuple(sorted(found, key=lambda path: (-path.stat().st_mtime_ns, path.name)))


def fitting(home: Path, names: Sequence[str]) -> Path | None:
    """The newest mapping all of whose sheets stand in files of these names; one that cannot be read is passed over."""
    return next((path for path in kept(home) if _fits(path, names)), None)


def _fits(path: Path, names: Sequence[str]) -> bool:
    try:
        sheets = read_mapping(path).sheets
    except Refused:
        return False
    return all(any(fnmatchcase(name.casefold(), sheet.files.casefold()) for name in names) for sheet in sheets)


def keep(home: Path, mapping: SavedMapping, *, stem: str, comment: str) -> Path:
    """Keep a mapping under a name that is free (``loans.yaml``, ``loans-2.yaml`` …), readable by its owner alone. Raises Refused."""
    folder = home / FOLDER
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        n, path = 1, folder / f"{stem}{ENDING}"
        while path.exists():
            n, path = n + 1, folder / f"{stem}-{n + 1}{ENDING}"
        write_mapping(mapping, path, comment=comment)
    except OSError as bad:
        raise Refused(error("ingest.mapping_cannot_write", FOLDER, reason=bad.strerror or type(bad).__name__)) from bad
    return path

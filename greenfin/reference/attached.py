"""The bank's own copy of an official text, kept by entry in a plain CSV beside the bank's data: shown to people, never used to tag."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from greenfin.core.problems import Refused, error

FOLDER = "attached"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_ID = re.compile(r"[a-z0-9][a-z0-9_.\-]*")
_ACTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Attached:
    """What a bank's copy says on an entry; ``text`` and ``place`` are empty where the copy was searched and the entry not found."""

    entry: str
    place: str
    text: str
    file: str
    sha256: str
    attached_on: str


COLUMNS = tuple(column.name for column in fields(Attached))


def read(place: Path, edition: str) -> tuple[Attached, ...]:
    """Everything attached to an edition; empty where nothing is. Raises Refused where the file is not as :func:`write` writes it."""
    if not _ID.fullmatch(edition):
        return ()
    path = _file(place, edition)
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as bad:
        raise Refused(error("catalogue.attached_damaged", str(path))) from bad
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as bad:
        raise Refused(error("catalogue.attached_damaged", str(path))) from bad
    if tuple(rows[0] if rows else ()) != COLUMNS or any(len(row) != len(COLUMNS) for row in rows[1:]):
        raise Refused(error("catalogue.attached_damaged", str(path)))
    return tuple(Attached(*row) for row in rows[1:])


def texts_of(attached: Sequence[Attached], entry: str) -> tuple[Attached, ...]:
    """What the copies say on an entry."""
    return tuple(one for one in attached if one.entry == entry and one.text)


def read_copies(place: Path, edition: str, entry: str) -> tuple[Attached, ...]:
    """What the bank's copies of an edition say on an entry; empty where there is none. Raises Refused as :func:`read`."""
    return texts_of(read(place, edition), entry) if entry else ()


def write(place: Path, edition: str, rows: Sequence[Attached]) -> Path:
    """Keep the rows of a copy; those of an earlier copy of the same file name are replaced, other files' stay.

    Returns the CSV; its owner alone can read it. Raises Refused where it cannot be written or what is there cannot be read.
    """
    named = {one.file for one in rows}
    kept = [one for one in read(place, edition) if one.file not in named]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(one) for one in [*kept, *rows])
    path = _file(place, edition)
    partial = path.with_suffix(".partial")
    try:
        path.parent.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_EXCL, _FILE_MODE), "w", encoding="utf-8-sig") as stream:
            stream.write(out.getvalue())
        partial.replace(path)
    except OSError as bad:
        raise Refused(error("run.cannot_write", str(path), reason=bad.strerror or type(bad).__name__)) from bad
    return path


def rows_of(found: Mapping[str, tuple[str, str]], codes: Sequence[str], *, file: str, sha256: str, day: str) -> tuple[Attached, ...]:
    """The rows to keep of a file: (place, text) by entry code, and for each of the other codes that it was not found."""
    known = {code: found.get(code, ("", "")) for code in [*codes, *(code for code in found if code not in codes)]}
    return tuple(Attached(code, _harmless(place), text, _harmless(file), sha256, day) for code, (place, text) in known.items())


def _harmless(text: str) -> str:
    """A name of the user's that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_ACTS) else text


def _file(place: Path, edition: str) -> Path:
    return place / FOLDER / f"{edition}.csv"

"""A pack opened with distrust: what is not a plain small archive of plain files is refused."""

from __future__ import annotations

import json
import lzma
import stat
import zipfile
import zlib
from pathlib import Path
from typing import Any

from greenfin.core.problems import Refused, error
from greenfin.landing import is_inside

MANIFEST = "pack.json"
MOST_FILES, MOST_BYTES, MOST_RATIO = 10_000, 1_000_000_000, 1000
_CHUNK = 1_000_000
_ENCRYPTED = 0x1


def unpack(path: Path, folder: Path) -> dict[str, Any]:
    """Unpack into an empty folder; the manifest. Raises Refused for what is no pack and for what an archive must not hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _look(path, entries)
            left = MOST_BYTES
            for entry in entries:
                left -= _copy(archive, entry, folder, path=path, most=left)
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, EOFError, RuntimeError) as bad:
        raise Refused(error("pack.unreadable", path.name)) from bad
    return _manifest(path, folder)


def _look(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Every entry before any is opened."""
    names = [entry.filename for entry in entries]
    if len(names) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise Refused(error("pack.too_large", path.name, files=len(names), limit=MOST_BYTES))
    if len({name.casefold() for name in names}) < len(names):
        raise Refused(error("pack.hostile", path.name, reason="duplicate"))
    for entry in entries:
        if reason := _wrong(entry):
            raise Refused(error("pack.hostile", path.name, reason=reason, name=entry.filename[:80]))


def _wrong(entry: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if not is_inside(entry.filename) or entry.is_dir() or "\x00" in entry.orig_filename:
        return "path"
    if kind not in (0, stat.S_IFREG):
        return "link"
    if entry.flag_bits & _ENCRYPTED:
        return "encrypted"
    return "ratio" if entry.file_size > _CHUNK and entry.file_size > MOST_RATIO * max(1, entry.compress_size) else ""


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, *, path: Path, most: int) -> int:
    """One file, no more of it than is left; how many bytes."""
    target, size = folder / entry.filename, 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, target.open("xb") as out:
        while piece := source.read(_CHUNK):
            size += len(piece)
            if size > most:
                raise Refused(error("pack.too_large", path.name, files=len(archive.namelist()), limit=MOST_BYTES))
            out.write(piece)
    return size


def _manifest(path: Path, folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as bad:
        raise Refused(error("pack.not_a_pack", path.name)) from bad
    is_known = isinstance(found, dict) and found.get("kind") == "greenfin-pack" and isinstance(found.get("sha256"), dict)
    if not is_known or not all(isinstance(one, str) for one in found["sha256"].values()):
        raise Refused(error("pack.not_a_pack", path.name))
    return dict(found)

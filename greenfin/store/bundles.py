"""A backup as files: a folder or one zip, written whole or not at all, read back with distrust."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from greenfin.core.problems import Refused, error

MANIFEST, DATABASE_FOLDER = "manifest.json", "database"
_ZIP = ".zip"
_CHUNK = 1 << 20
_LONGEST_MANIFEST = 256 << 20
_NAME = re.compile(
    r"manifest\.json|heads\.jsonl|database/(?:greenfin\.sqlite|[a-z_]{1,63}\.copy)|rows/[0-9a-f]{64}\.parquet|evidence/[0-9a-f]{64}|answers/[0-9a-f]{64}\.yaml"
)


class Bundle:
    """A backup being written; ``files`` says by name what is in it, ``beside`` is a folder on the same disk."""

    def __init__(self, folder: Path, archive: zipfile.ZipFile | None, beside: Path) -> None:
        self.beside = beside
        self.files: dict[str, dict[str, Any]] = {}
        self._folder, self._archive = folder, archive

    def add_file(self, name: str, path: Path) -> None:
        """Put a copy of a file in; a name that is not one of ours is left out."""
        if _NAME.fullmatch(name):
            with path.open("rb") as stream:
                self._add(name, stream)

    def add_text(self, name: str, text: str) -> None:
        """Put a text in."""
        with tempfile.TemporaryFile() as stream:
            stream.write(text.encode())
            stream.seek(0)
            self._add(name, stream)

    def _add(self, name: str, stream: IO[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        with self._opened(name) as target:
            while piece := stream.read(_CHUNK):
                digest.update(piece)
                size += len(piece)
                target.write(piece)
        self.files[name] = {"size": size, "sha256": digest.hexdigest()}

    def _opened(self, name: str) -> IO[bytes]:
        if self._archive:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_STORED if name.startswith(("rows/", "evidence/")) else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            return self._archive.open(entry, "w", force_zip64=True)
        path = self._folder / name
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        return private(path)


def private(path: Path) -> IO[bytes]:
    """A new file for its owner alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@contextmanager
def bundle(target: Path) -> Iterator[Bundle]:
    """A backup to fill, in its place when the block ends; raises Refused where something is there already, or OSError."""
    if os.path.lexists(target) and not (target.is_dir() and not any(target.iterdir()) and target.suffix != _ZIP):
        raise Refused(error("store.not_empty", str(target)))
    target.parent.mkdir(0o700, parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".greenfin-partial-", dir=target.parent))  # 0700
    try:
        made = partial / "made"
        if target.suffix == _ZIP:
            with private(made) as stream:
                with zipfile.ZipFile(stream, "w") as archive:
                    yield Bundle(partial, archive, partial)
                stream.flush()
                os.fsync(stream.fileno())
        else:
            made.mkdir(0o700)
            yield Bundle(made, None, partial)
        made.replace(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class Source:
    """A backup being read: only names of ours, only what its manifest says."""

    def __init__(self, origin: Path, archive: zipfile.ZipFile | None) -> None:
        self.origin = origin
        self._archive = archive

    def _names(self) -> list[str]:
        if self._archive:
            return [entry.filename for entry in self._archive.infolist() if not entry.is_dir()]
        return [path.relative_to(self.origin).as_posix() for path in self.origin.rglob("*") if path.is_symlink() or not path.is_dir()]

    def check_names(self, expected: set[str]) -> None:
        """Raises Refused where the files are not exactly the expected ones, or one has a name or kind that a backup has not."""
        names = self._names()
        odd = [name for name in (*names, *expected) if not _NAME.fullmatch(name)]
        odd += [name for name in names if not self._archive and (self.origin / name).is_symlink()]
        odd += [*(expected ^ set(names)), *(name for name in set(names) if names.count(name) > 1 and len(names) != len(set(names)))]
        if odd:
            raise Refused(error("store.backup_not_ours", str(self.origin), found=sorted(odd)[0][:80], n=len(set(odd))))

    def text(self, name: str) -> str:
        """A short file's text; raises Refused where it is not there, ValueError where it is no text."""
        with self._opened(name) as stream:
            found = stream.read(_LONGEST_MANIFEST + 1)
        if len(found) > _LONGEST_MANIFEST:
            raise Refused(error("store.backup_unreadable", str(self.origin), reason=name))
        return found.decode()

    def copy(self, name: str, target: Path, expected: Mapping[str, Any] | None) -> None:
        """Copy a file out; raises Refused where its size or sha256 is not the expected one."""
        if expected is None:
            raise Refused(error("store.backup_altered", str(self.origin), name=name))
        digest, left = hashlib.sha256(), int(expected["size"])
        target.parent.mkdir(0o700, parents=True, exist_ok=True)
        with self._opened(name) as stream, private(target) as written:
            while piece := stream.read(min(_CHUNK, left + 1)):
                left -= len(piece)
                if left < 0:
                    break
                digest.update(piece)
                written.write(piece)
            written.flush()
            os.fsync(written.fileno())
        if left or digest.hexdigest() != expected["sha256"]:
            raise Refused(error("store.backup_altered", str(self.origin), name=name))

    def _opened(self, name: str) -> IO[bytes]:
        try:
            return self._archive.open(name) if self._archive else (self.origin / name).open("rb")
        except (KeyError, OSError, RuntimeError, NotImplementedError) as bad:
            raise Refused(error("store.backup_unreadable", str(self.origin), reason=name)) from bad


@contextmanager
def source(origin: Path) -> Iterator[Source]:
    """A backup to read; what is no backup, or a broken one, is refused."""
    try:
        with ExitStack() as stack:
            archive = None if origin.is_dir() else stack.enter_context(zipfile.ZipFile(origin))
            yield Source(origin, archive)
    except (zipfile.BadZipFile, EOFError, OSError) as bad:
        reason = getattr(bad, "strerror", None) or type(bad).__name__
        raise Refused(error("store.backup_unreadable", str(origin), reason=reason)) from bad

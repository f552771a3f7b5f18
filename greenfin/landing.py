"""A folder that is filled whole or not at all, by one writer at a time, and can be read by its owner alone.

Files are made in ``.greenfin-partial/run`` and moved when all of them are there. What belongs to greenfin in the folder is known from
the record of the run in it (``run.json``, its ``sha256``) and, should a move have been broken off, from ``replaces.json``: nothing else
is ever replaced or removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from greenfin.core.problems import Refused, error

RECORD = "run.json"
PARTIAL = ".greenfin-partial"
_STAGING, _REPLACES, _LOCK = "run", "replaces.json", ".greenfin-lock"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_SHOWN = 5


@dataclass(slots=True)
class Landing:
    """A folder being filled: write into ``staging``, then call :meth:`finish`."""

    folder: Path
    owned: frozenset[str]
    is_moving: bool = False

    @property
    def staging(self) -> Path:
        """Where to write."""
        return self.folder / PARTIAL / _STAGING

    def finish(self) -> None:
        """Move everything into place, the record last; raises Refused where a file of somebody else is in the way."""
        names = tuple(path.relative_to(self.staging).as_posix() for path in files_below(self.staging))
        check_free(self.folder, names, owned=self.owned)
        _keep_private(self.staging)
        self.is_moving = True
        (self.folder / RECORD).unlink(missing_ok=True)  # from here on the old run no longer passes for a whole one
        for name in sorted(names, key=lambda made: made == RECORD):
            if name == RECORD:
                _remove(self.folder, self.owned - set(names))
            target = self.folder / name
            for above in reversed(PurePosixPath(name).parents[:-1]):
                (self.folder / above).mkdir(_FOLDER_MODE, exist_ok=True)
            (self.staging / name).replace(target)
        self.is_moving = False


@contextlib.contextmanager
def landing(folder: Path) -> Iterator[Landing]:
    """The folder, held for one writer; whatever was not moved when the block ends is taken away. Raises Refused or OSError."""
    is_new = not folder.exists()
    if folder.exists() and not folder.is_dir():
        raise Refused(error("run.not_a_folder", str(folder)))
    folder.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
    try:
        with held(folder):
            was_broken_off = (folder / PARTIAL).exists()
            place: Landing | None = None
            try:
                place = Landing(folder, _begin(folder))
                yield place
            finally:
                if not place.is_moving if place else not was_broken_off:
                    shutil.rmtree(folder / PARTIAL, ignore_errors=True)
    finally:
        if is_new:
            with contextlib.suppress(OSError):
                folder.rmdir()  # only where nothing came of it


def _begin(folder: Path) -> frozenset[str]:
    """An empty staging folder; what was ours before, written down so that a broken move is known to the next run."""
    partial = folder / PARTIAL
    partial.mkdir(_FOLDER_MODE, exist_ok=True)
    owned = owned_names(folder)
    written = partial / f"{_REPLACES}.new"
    written.write_text(json.dumps(sorted(owned), ensure_ascii=False), "utf-8")
    written.replace(partial / _REPLACES)
    shutil.rmtree(partial / _STAGING, ignore_errors=True)
    (partial / _STAGING).mkdir(_FOLDER_MODE)
    return owned


def owned_names(folder: Path) -> frozenset[str]:
    """The files in the folder that greenfin wrote, by their path in it."""
    broken_off = folder / PARTIAL
    records = (_recorded(folder / RECORD), _recorded(broken_off / _STAGING / RECORD), _recorded(broken_off / _REPLACES))
    return frozenset(name for names in records for name in names if is_inside(name))


def is_inside(name: str) -> bool:
    """Whether a path of a record stays below the folder.

    >>> is_inside("tables/T01.csv"), is_inside("../other"), is_inside("/etc/passwd")
    (True, False, False)
    """
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in path.parts[0]


def _recorded(path: Path) -> tuple[str, ...]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return ()
    if isinstance(found, list):
        return tuple(name for name in found if isinstance(name, str))
    names = found.get("sha256") if isinstance(found, dict) and "made_of" in found else None
    return (RECORD, *names) if isinstance(names, dict) else ()


def check_free(folder: Path, names: Iterable[str], *, owned: frozenset[str]) -> None:
    """Raises Refused where one of the files to be written is there and was not written by greenfin."""
    taken = [name for name in names if _is_blocked(folder, name) or (name not in owned and os.path.lexists(folder / name))]
    if taken:
        raise Refused(error("run.not_ours", str(folder), found=", ".join(taken[:_SHOWN]), count=len(taken)))


def _is_blocked(folder: Path, name: str) -> bool:
    """Whether a folder on the way is a file, or a link that leads elsewhere; or a folder stands where the file is to be."""
    path = PurePosixPath(name)
    above = [folder.joinpath(*path.parts[:depth]) for depth in range(1, len(path.parts))]
    return (folder / name).is_dir() or any(one.is_symlink() or (one.exists() and not one.is_dir()) for one in above)


def files_below(folder: Path) -> list[Path]:
    """All files below a folder, in the order of their names."""
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def _keep_private(folder: Path) -> None:
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # a file system without modes
            path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (folder / name).parent.rmdir()  # a folder that still holds something stays


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """A folder that is there, for one writer at a time; a killed one holds nothing. Raises Refused where somebody else is writing."""
    path = folder / _LOCK
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, _FILE_MODE)
        if not _lock(lock):
            os.close(lock)
            raise Refused(error("run.busy", str(folder)))
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(lock), path.stat()):
                break
        os.close(lock)  # its holder has just taken the file away
    try:
        yield
    finally:
        if sys.platform != "win32":
            path.unlink(missing_ok=True)
        os.close(lock)
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


if sys.platform == "win32":

    def _lock(held: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(held, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:

    def _lock(held: int) -> bool:
        import fcntl

        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def private_file(path: Path) -> Iterator[Path]:
    """A file to write into, put in the place of ``path`` when the block ends well; its owner alone can read it.

    What stood there before stays until then. Raises Refused where it cannot be written.
    """
    made = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        if path.is_dir():
            raise Refused(error("run.is_a_folder", str(path)))
        os.close(os.open(made, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, _FILE_MODE))
        yield made
        with contextlib.suppress(OSError):  # a file system without modes
            made.chmod(_FILE_MODE)
        made.replace(path)
    except OSError as bad:
        raise Refused(error("run.cannot_write", str(path), reason=bad.strerror or type(bad).__name__)) from bad
    finally:
        with contextlib.suppress(OSError):
            made.unlink(missing_ok=True)

"""Files kept by their sha256 beside the database: whoever reads one gets what was kept, or a refusal."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from greenfin.core.problems import Problem, Refused, error

ROWS, EVIDENCE, ANSWERS = "rows", "evidence", "answers"
_SUFFIX = {ROWS: ".parquet", EVIDENCE: "", ANSWERS: ".yaml"}
_NAME = re.compile(r"[0-9a-f]{64}")


def path_of(files: Path, kind: str, sha256: str) -> Path:
    """Where the file is; raises Refused for what is no sha256 (it might lead elsewhere)."""
    if not _NAME.fullmatch(sha256):
        raise Refused(error("store.file_missing", kind, name=f"{kind}/{sha256[:80]}"))
    return files / kind / f"{sha256}{_SUFFIX[kind]}"


@contextmanager
def keeping(files: Path, kind: str) -> Iterator[Kept]:
    """A file to write to; when the block ends it is on disk under its sha256, readable by its owner alone. Raises Refused."""
    folder = files / kind
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        held, name = tempfile.mkstemp(prefix=".new-", dir=folder)  # 0600
        try:
            with os.fdopen(held, "w+b") as stream:
                kept = Kept(stream)
                yield kept
                stream.flush()
                os.fsync(stream.fileno())
                stream.seek(0)
                kept.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            Path(name).replace(path_of(files, kind, kept.sha256))
        finally:
            with contextlib.suppress(OSError):
                Path(name).unlink(missing_ok=True)
    except OSError as bad:
        raise Refused(error("store.cannot_write", str(folder), reason=bad.strerror or type(bad).__name__)) from bad


class Kept:
    """A file being kept: write to ``stream``; ``sha256`` is known when it is kept."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.sha256 = ""


def read_kept(files: Path, kind: str, sha256: str) -> bytes:
    """The bytes that were kept; raises Refused where they are gone or altered."""
    path = path_of(files, kind, sha256)
    try:
        found = path.read_bytes()
    except OSError as bad:
        raise Refused(error("store.file_missing", kind, name=f"{kind}/{path.name}")) from bad
    if hashlib.sha256(found).hexdigest() != sha256:
        raise Refused(error("store.file_altered", kind, name=f"{kind}/{path.name}"))
    return found


def check_file(files: Path, kind: str, sha256: str) -> Problem | None:
    """What is wrong with a kept file, None where it is as it was kept."""
    try:
        path = path_of(files, kind, sha256)
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except Refused as refused:
        return refused.problem
    except OSError:
        return error("store.file_missing", kind, name=f"{kind}/{sha256}")
    return None if found == sha256 else error("store.file_altered", kind, name=f"{kind}/{sha256}")

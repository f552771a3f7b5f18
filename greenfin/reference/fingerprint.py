"""The fingerprint of the reference data: of what the files hold, not of their bytes."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("factors", "taxonomy", "disclosure_templates")
SUFFIXES = (".csv", ".yaml", ".txt", ".parquet")


def data_files(root: Path) -> Iterator[Path]:
    """The files of the data, in order."""
    for name in FOLDERS:
        yield from sorted(path for path in (root / name).rglob("*") if path.suffix in SUFFIXES and path.is_file())


def fingerprint(root: Path) -> str:
    """SHA-256 of the content of all data files: names, rows and values, not bytes. A file that cannot be read counts by its bytes."""
    digest = hashlib.sha256()
    for path in data_files(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + _content(path) + b"\0")
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    import yaml

    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
        return json.dumps(_parsed(text, path.suffix), ensure_ascii=False, sort_keys=True).encode()
    except (UnicodeDecodeError, csv.Error, yaml.YAMLError, TypeError):
        return raw


def _parsed(text: str, suffix: str) -> object:
    if suffix == ".yaml":
        import yaml

        plain = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar is text; the C parser where there is one
        return yaml.load(text, Loader=plain)  # noqa: S506  # makes texts, lists and mappings only
    lines = text.splitlines()
    return list(csv.reader(lines)) if suffix == ".csv" else lines

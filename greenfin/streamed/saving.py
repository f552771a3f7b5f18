"""The folder of a run whose rows are on disk: the same files as of any run, its rows and problems appended shard by shard."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from greenfin import disclose, run_folder
from greenfin.core.problems import Problem, Severity
from greenfin.messages import Lang
from greenfin.messages.words import codes
from greenfin.methods.worded import in_words
from greenfin.run_folder import Saved
from greenfin.streamed.problems import SCHEMA, table_of
from greenfin.streamed.run import Streamed, severities, single
from greenfin.streamed.spool import append_parquet

_GROUP = 50_000
_WHERE = "{where}"  # in the words of a code
_NO_PROBLEMS = '"problems": []'


def save(made: Streamed, folder: Path, *, lang: Lang) -> Saved:
    """Write the run as :func:`greenfin.run_folder.save` does. Raises Refused where it cannot be written."""
    return run_folder.save(made.result, folder, lang=lang, also=_also(made, lang))


def _also(made: Streamed, lang: Lang) -> Callable[[Path, tuple[Problem, ...]], Mapping[str, Any]]:
    """What is written beside the documents: the rows of all shards, and all problems."""

    def also(place: Path, found: tuple[Problem, ...]) -> Mapping[str, Any]:
        folders = made.work.folders
        for name, target in (("outcomes", run_folder.LOANS), ("tags", run_folder.TAGS)):
            append_parquet([folder / f"{name}.parquet" for folder in folders], place / target, group=_GROUP)
        for name in ("loans", "given_tags"):
            append_parquet([folder / f"{name}.parquet" for folder in folders], place / "inputs" / f"{name}.parquet", group=_GROUP)
        _write_problems(chain(map(single, made.problems), [table_of(found)]), place / "problems.csv", lang)
        _write_read(made, place / "inputs" / "inputs.json")
        counts = made.counts + made.count(found)
        return {"counts": {"loans": made.loans, "problems": severities(counts)}, run_folder.IN_BATCHES: True}

    return also


def _write_problems(tables: Iterable[pa.Table], path: Path, lang: Lang) -> None:
    """The list of problems, as :func:`run_folder.problems_csv` writes one, file by file; what several rows say is put into words once."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        stream.write(run_folder.problems_csv((), lang))
        writer = csv.writer(stream)
        for table in tables:
            writer.writerows(_in_words(table, lang))


def _in_words(table: pa.Table, lang: Lang) -> Iterator[tuple[str, str, str, str, str]]:
    """Severity, code, where, words and parameters of each row."""
    said: dict[tuple[str, str, str], str] = {}
    for severity, code, where, params in _rows(table):
        key = (code, params, where if _WHERE in codes(lang)[code] else "")
        if key not in said:
            said[key] = disclose.safe_text(in_words(Problem(code, Severity(severity), where, json.loads(params)), lang))
        yield severity, code, disclose.safe_text(where), said[key], params


def _rows(table: pa.Table) -> Iterator[tuple[str, str, str, str]]:
    return zip(*(table[name].to_pylist() for name in SCHEMA.names), strict=True)


def _write_read(made: Streamed, path: Path) -> None:
    """The problems that were met while reading, put into the record of the inputs: what replays the run tells them again."""
    before, _, behind = path.read_text("utf-8").rpartition(_NO_PROBLEMS)
    quoted = json.JSONEncoder(ensure_ascii=False).encode
    with path.open("w", encoding="utf-8") as stream:
        stream.write(f'{before}"problems": [')
        between = ""
        for file in made.read:
            lines = [
                f'{{"code": "{code}", "params": {params}, "severity": "{severity}", "where": {quoted(where)}}}'
                for severity, code, where, params in _rows(single(file))
            ]
            stream.write(between * bool(lines) + ",\n".join(lines))
            between = ",\n" if lines else between
        stream.write(f"]{behind}")

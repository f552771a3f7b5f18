"""The folder of a run whose rows are on disk: the same files as of any run, its rows and problems as the parts left them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from greenfin import run_folder
from greenfin.core.problems import Problem
from greenfin.messages import Lang
from greenfin.run_folder import Saved
from greenfin.streamed import listed, row_groups
from greenfin.streamed.kept import GROUP
from greenfin.streamed.problems import table_of
from greenfin.streamed.run import Streamed, severities

_LAST = "problems-3"  # what was met while writing
_BEGIN = b'"problems": ['
_NO_PROBLEMS = _BEGIN + b"]"


def save(made: Streamed, folder: Path) -> Saved:
    """Write the run as :func:`greenfin.run_folder.save` does, in the language of its plan. Raises Refused where it cannot be written."""
    return run_folder.save(made.result, folder, lang=made.work.plan.lang, also=_also(made))


def _also(made: Streamed) -> Callable[[Path, tuple[Problem, ...]], Mapping[str, Any]]:
    """What is written beside the documents: the rows of all shards, and all problems."""

    def also(place: Path, found: tuple[Problem, ...]) -> Mapping[str, Any]:
        work, folders = made.work, made.work.folders
        for name, target in (("outcomes", run_folder.LOANS), ("tags", run_folder.TAGS)):
            row_groups.append([folder / f"{name}.parquet" for folder in folders], place / target, group=GROUP)
        for name in ("loans", "given_tags"):
            row_groups.append([folder / f"{name}.parquet" for folder in folders], place / "inputs" / f"{name}.parquet", group=GROUP)
        listed.keep_all(work.spool.folder / _LAST, table_of(found), work.plan.lang)
        _write_problems((*made.problems, work.spool.folder / _LAST), place / "problems.csv", work.plan.lang)
        _write_read(made.read, place / "inputs" / "inputs.json")
        counts = made.counts + made.count(found)
        return {"counts": {"loans": made.loans, "problems": severities(counts)}, run_folder.IN_BATCHES: True}

    return also


def _write_problems(lists: Iterable[Path], path: Path, lang: Lang) -> None:
    """The list of problems, as :func:`run_folder.problems_csv` writes one, from the lines of its parts. Raises OSError."""
    path.write_text(run_folder.problems_csv((), lang), "utf-8-sig", newline="")
    with path.open("ab") as stream:
        for one in lists:
            with listed.lines(one).open("rb") as lines:
                shutil.copyfileobj(lines, stream)


def _write_read(lists: Iterable[Path], path: Path) -> None:
    """The problems that were met while reading, put into the record of the inputs: what replays the run tells them again."""
    before, _, behind = path.read_bytes().rpartition(_NO_PROBLEMS)
    between = b""
    with path.open("wb") as stream:
        stream.write(before + _BEGIN)
        for one in lists:
            if listed.recorded(one).stat().st_size:
                stream.write(between)
                with listed.recorded(one).open("rb") as lines:
                    shutil.copyfileobj(lines, stream)
                between = listed.BETWEEN.encode()
        stream.write(b"]" + behind)

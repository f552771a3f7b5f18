"""``run`` of a book that is large: in batches, with its progress, taken up again after it was broken off."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from greenfin.cli.session import Session
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.pipeline import Files, Options, RunResult
    from greenfin.run_folder import Saved
    from greenfin.streamed.plan import Plan
    from greenfin.streamed.run import Each
    from greenfin.streamed.spool import Spool

WORK, _PARTS = ".greenfin-work", "parts"  # what is finished of a run, until it is whole
_COPIES = "copies"  # of books in text, as parquet
_BROKEN_OFF, _OWN = 130, 0o700
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """How a run was asked for: its folder, or where it gets one; loans at once and processes (0: as many as fit)."""

    out: Path | None
    runs: Path
    batch: int = 0
    resume: bool = False
    workers: int = 0

    @property
    def work(self) -> Path:
        """Where parts of a run are kept until it is whole."""
        return ((self.out or self.runs) / WORK).resolve()


def run_in_batches(
    session: Session, files: Files, options: Options, *, as_of: date, asked: Asked, each: Each | None = None
) -> tuple[RunResult, Saved] | None:
    """The run and its folder; None where the book is not large (and no ``batch`` asked for), or must be read whole, with the reason.

    ``each``: where its parts are made, if not on this machine. Raises Refused where it cannot be written, or a process failed. Broken off
    by the user it ends with words and status 130; ``resume`` goes on from there.
    """
    from greenfin.ingest.batches import NeedsAll
    from greenfin.streamed import plan

    if not asked.batch and not each and plan.loans_in(files.books) <= plan.BEYOND:
        return None
    work = asked.work
    try:
        with _working_in(work) as spool:
            copies = plan.copies_of(files.books, work / _COPIES)
            at_once = asked.batch or plan.AT_ONCE
            planned = plan.planned(files, options, as_of=as_of, at_once=at_once, copies=copies, lang=session.lang)
            return _made(session, planned, spool, asked, each)
    except NeedsAll as reason:
        session.line(session.say("run.read_whole", reason=reason))
        return None
    except OSError as bad:
        raise Refused(error("run.cannot_write", str(work), reason=bad.strerror or type(bad).__name__)) from bad
    except KeyboardInterrupt as broken:
        print(session.say("run.can_resume", folder=work), file=sys.stderr)
        raise typer.Exit(_BROKEN_OFF) from broken


@contextmanager
def _working_in(work: Path) -> Iterator[Spool]:
    """The parts of a run, held by it alone: those of two runs at once would be added up as one. Raises Refused, OSError."""
    from greenfin.ingest.batches import NeedsAll
    from greenfin.landing import held
    from greenfin.streamed.spool import Spool

    work.mkdir(_OWN, parents=True, exist_ok=True)
    try:
        with held(work):
            spool = Spool(work / _PARTS)
            try:
                yield spool
            except NeedsAll:
                spool.end()
                raise
            finally:
                shutil.rmtree(work / _COPIES, ignore_errors=True)
    finally:
        with suppress(OSError):
            work.rmdir()  # only where nothing is left to go on with


def _made(session: Session, planned: Plan, spool: Spool, asked: Asked, each: Each | None) -> tuple[RunResult, Saved]:
    from greenfin import run_folder
    from greenfin.streamed import saving
    from greenfin.streamed.run import in_parts, together
    from greenfin.streamed.workers import how_many, workers

    reference = session.reference().whole()
    if parts := spool.begin(_made_of(planned, reference.fingerprint), resume=asked.resume):
        session.line(session.say("run.resumed", parts=parts))
    with workers(spool, how_many(planned, asked.workers)) as here:
        work = in_parts(planned, spool, reference=reference, advance=Progress(session), each=each or here.each)
    made = together(work, reference)
    folder = asked.out or asked.runs / run_folder.run_id(made.result)
    session.progress("write")
    saved = saving.save(made, folder)
    spool.end()
    return made.result, saved


def _made_of(planned: Plan, reference: str) -> Mapping[str, object]:
    """All that the finished parts of a run depend on."""
    from greenfin._version import __version__
    from greenfin.ingest import read_source
    from greenfin.landing import RECORD
    from greenfin.streamed.made_with import libraries

    given = [getattr(planned.files, one.name) for one in fields(planned.files)]
    paths = [path for value in given for path in (value if isinstance(value, tuple) else (value,)) if path]
    return {
        "greenfin": __version__,
        "libraries": libraries(),
        "reference": reference,
        "as_of": planned.as_of.isoformat(),
        "files": [
            asdict(read_source(path / RECORD if path.is_dir() else path, most=planned.most_of(path))) for path in paths
        ],  # last year's run is a folder
        "options": {name: str(value) for name, value in asdict(planned.options).items()},
        "batch": planned.at_once,
        "shards": planned.shards,
        "lang": planned.lang,
    }


class Progress:
    """How far a run is, on a terminal only: parts, loans a second, and how long it will still take."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._step, self._began, self._before = "", time.monotonic(), 0

    def __call__(self, step: str, done: int, parts: int, loans: int) -> None:
        """So many of the parts of a step are done, of so many loans each."""
        if not sys.stderr.isatty():
            return
        if step != self._step:  # its first part ends now: the steps before have taken till here
            self._step, self._before = step, done - 1
        spent = time.monotonic() - self._began
        mine = done - self._before
        left = self._session.say("run.minutes", n=round(spent / mine * (parts - done) / _MINUTE, 1))
        named, rate = self._session.say(f"step.{step}"), f"{loans * mine / (spent or 1):,.0f}"
        said = self._session.say("run.batches", step=named, done=done, parts=parts, rate=rate, left=left)
        print(f"\r… {said}", end="\n" if done == parts else "", file=sys.stderr, flush=True)
        if done == parts:
            self._began = time.monotonic()

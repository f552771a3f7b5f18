"""Parts of a large run made on this machine by several processes at once; see ADR 27.

A worker is a process of its own from the start, not a copy of this one: a copy would hold locks of threads that it does not have. What
its parts are made of lies in a file whose arrays all workers read in place, so that they share the memory. It gets numbers one by one and
hands back what it was refused for. Ctrl-C is for this process alone; a worker ends with its pipe, and with the process it works for.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa

from greenfin.core.problems import Refused, error
from greenfin.ingest.batches import NeedsAll
from greenfin.reference.load import Reference
from greenfin.streamed.carried import arrived, carried, fault
from greenfin.streamed.memory import available
from greenfin.streamed.plan import Plan
from greenfin.streamed.run import Do, in_turn
from greenfin.streamed.spool import Spool
from greenfin.tag.compiled import MEMORY, pays

THREADS = ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS")
_ALIGNED = 64  # bytes, as Arrow wants its arrays
_PATIENCE = 10  # seconds for a process that has closed its pipe to end
_PAYS = 50_000  # loans for which a process is worth its start
_A_WORKER, _A_LOAN = 450_000_000, 8_000  # bytes of a process, and of each loan of its part
Pipe = Connection  # of numbers there, of answers back


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def how_many(plan: Plan, asked: int = 0) -> int:
    """So many processes as asked for; else one for each processor, where there are parts, loans and memory for them."""
    if asked:
        return asked
    free = available()
    each = _A_WORKER + plan.at_once * _A_LOAN + pays(plan.rows) * MEMORY
    room = processors() if free is None else free // each
    return max(min(processors(), plan.shards, plan.rows // _PAYS, room), 1)


@dataclass(frozen=True, slots=True)
class Laid:
    """A value in a file: its arrays (start and size of each), and behind them what it is made of."""

    path: Path
    arrays: tuple[tuple[int, int], ...]
    start: int


def lay(value: object, path: Path) -> Laid:
    """Write a value for the workers. Raises OSError."""
    arrays: list[pickle.PickleBuffer] = []
    made_of = pickle.dumps(value, protocol=5, buffer_callback=arrays.append)
    places = []
    with path.open("xb") as file:
        for array in arrays:
            file.write(bytes(-file.tell() % _ALIGNED))
            with array.raw() as content:
                places.append((file.tell(), content.nbytes))
                file.write(content)
        start = file.tell()
        file.write(made_of)
    return Laid(path, tuple(places), start)


def opened(laid: Laid) -> Any:
    """The value of a file that this run's own process has laid; its arrays stay in the file."""
    with pa.memory_map(str(laid.path)) as file:
        content = file.read_buffer()
    arrays = [content.slice(start, size) for start, size in laid.arrays]
    return ForkingPickler.loads(content.slice(laid.start), buffers=arrays)


@contextmanager
def workers(spool: Spool, most: int) -> Iterator[Workers]:
    """So many processes at most; none of them is left when the block ends."""
    found = Workers(spool, most)
    try:
        yield found
    finally:
        found.end()


class Workers:
    """Processes that make parts."""

    def __init__(self, spool: Spool, most: int) -> None:
        self._spool, self._most = spool, most
        self._all: list[tuple[BaseProcess, Pipe]] = []
        self._references: dict[str, Laid] = {}  # by fingerprint

    def each(self, numbers: Sequence[int], do: Do, reference: Reference) -> Iterator[int]:
        """The parts by whoever is free; here where one process is enough.

        Raises Refused, NeedsAll, OSError, as the part did; Refused where a worker failed.
        """
        if min(self._most, len(numbers)) <= 1:
            yield from in_turn(numbers, do, reference)
            return
        if reference.fingerprint not in self._references:
            self._references[reference.fingerprint] = lay(reference, self._spool.half("reference"))
        what = lay(do, self._spool.half("parts"))
        try:
            yield from self._made(deque(numbers), what, self._references[reference.fingerprint])
        finally:
            what.path.unlink(missing_ok=True)

    def _made(self, left: deque[int], what: Laid, reference: Laid) -> Iterator[int]:
        self._begin(min(self._most, len(left)))
        free = list(self._all)
        busy: dict[Pipe, BaseProcess] = {}
        while left or busy:
            while left and free:
                process, pipe = free.pop()
                with suppress(OSError):  # it has ended: so says its pipe
                    pipe.send((left.popleft(), what, reference))
                busy[pipe] = process
            ready = wait(list(busy))
            for pipe in [pipe for pipe in busy if pipe in ready]:
                process = busy.pop(pipe)
                yield _number(pipe, process)
                free.append((process, pipe))

    def _begin(self, many: int) -> None:
        context = get_context("spawn")
        threads = max(processors() // self._most, 1)
        with _out_of_reach(), _threads(threads):
            while len(self._all) < many:
                mine, theirs = context.Pipe()
                process = context.Process(target=_serve, args=(theirs, threads), daemon=True)
                process.start()
                theirs.close()
                self._all.append((process, mine))

    def end(self) -> None:
        """End all of them, whatever they are at; what they had not finished is thrown away by the next run."""
        for process, pipe in self._all:
            process.kill()
            process.join()
            pipe.close()
        self._all.clear()
        for laid in self._references.values():
            laid.path.unlink(missing_ok=True)
        self._references.clear()


def _number(pipe: Pipe, process: BaseProcess) -> int:
    """The number that a worker has finished. Raises what it hands back."""
    try:
        found = json.loads(pipe.recv_bytes())
    except (EOFError, OSError):
        process.join(_PATIENCE)
        raise Refused(error("run.worker_failed", "--workers", reason=_ended(process.exitcode))) from None
    if "whole" in found:
        raise NeedsAll(found["whole"])
    if "refused" in found:
        raise Refused(arrived(found["refused"]))
    if "system" in found:
        raise OSError(*found["system"])
    if "fault" in found:
        raise Refused(error("run.worker_failed", "--workers", reason=found["fault"]))
    number: int = found["number"]
    return number


def _ended(status: int | None) -> str:
    with suppress(ValueError, TypeError):
        return signal.Signals(-(status or 0)).name
    return str(status)


@contextmanager
def _out_of_reach() -> Iterator[None]:
    """Whatever is started in the block never hears of Ctrl-C, this thread afterwards."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # it would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _threads(many: int) -> Iterator[None]:
    """So many threads in the libraries of whatever is started in the block."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, str(many)))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _serve(pipe: Pipe, threads: int) -> None:
    """A worker: parts by their numbers until its pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    pa.set_cpu_count(threads)
    held: dict[Laid, Any] = {}
    while True:
        try:
            number, what, reference = pipe.recv()
        except (EOFError, OSError):
            return
        held = {laid: held[laid] if laid in held else opened(laid) for laid in (what, reference)}
        try:
            answer = _answer(number, held[what], held[reference])
        except Exception as bad:
            pipe.send_bytes(json.dumps({"fault": fault(number, bad)}).encode())
            raise SystemExit(1) from bad  # in no words of its own: they could hold data
        pipe.send_bytes(json.dumps(answer).encode())


def _answer(number: int, do: Do, reference: Reference) -> dict[str, object]:
    try:
        do(number, reference)
    except NeedsAll as reason:
        return {"whole": str(reason)}
    except Refused as bad:
        return {"refused": carried(bad.problem)}
    except OSError as bad:
        return {"system": [bad.errno, bad.strerror or type(bad).__name__]}
    return {"number": number}


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)

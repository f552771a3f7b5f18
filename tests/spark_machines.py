"""A real Spark cluster on this machine: a standalone master and workers of one core each, in processes of their own.

Needs pyspark (``greenfin[spark]``) and Java.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
LONGEST = 120  # seconds for the master to listen


@dataclass(slots=True)
class Standalone:
    """A master and its workers; ``folder`` holds what they write."""

    folder: Path
    port: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def master(self) -> str:
        """The address of the master."""
        return f"spark://{HOST}:{self.port}"

    def begin(self) -> None:
        """Start the master and wait until it listens."""
        with socket.socket() as free:
            free.bind((HOST, 0))
            self.port = free.getsockname()[1]
        self._start("master.Master", "--host", HOST, "--port", str(self.port), "--webui-port", "0")
        until = time.monotonic() + LONGEST
        while True:
            with suppress(OSError):
                socket.create_connection((HOST, self.port), timeout=1).close()
                return
            if time.monotonic() > until or self.processes[0].poll() is not None:
                raise TimeoutError(self.master)
            time.sleep(0.1)

    def worker(self) -> subprocess.Popen[bytes]:
        """One more worker."""
        return self._start("worker.Worker", "--host", HOST, "--cores", "1", "--memory", "1g", "--webui-port", "0", self.master)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """A process with all that it started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        """Kill all of them."""
        for process in reversed(self.processes):
            self.kill(process)

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        import pyspark

        place = Path(str(pyspark.__file__)).parent
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = {"SPARK_HOME": str(place), "SPARK_LOCAL_IP": HOST, "SPARK_DAEMON_MEMORY": "256m", "SPARK_WORKER_DIR": str(self.folder)}
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            command = [str(place / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *arguments]
            started = subprocess.Popen(
                command, env={**os.environ, **settings}, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.processes.append(started)
        return started


@contextmanager
def standalone(folder: Path, *, workers: int) -> Iterator[Standalone]:
    """A cluster of so many workers, gone at the end. Raises TimeoutError where no master comes up."""
    found = Standalone(folder)
    try:
        found.begin()
        for _ in range(workers):
            found.worker()
        yield found
    finally:
        found.end()

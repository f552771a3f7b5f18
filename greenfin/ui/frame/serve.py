"""Start the web front end, and end with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from greenfin.core.problems import Refused, error
from greenfin.store.opening import FILES_VARIABLE, PLACE_VARIABLE
from greenfin.ui.frame.asked import Asked
from greenfin.ui.frame.provider import provider_of
from greenfin.ui.views.runs import find_runs

_GRACE_SECONDS = 10


def app_page() -> Path:
    """``app.py``: inside the package in an installed wheel, beside it in a checkout."""
    package = Path(__file__).parents[2]
    installed = package / "_data" / "app.py"
    return installed if installed.is_file() else package.parent / "app.py"


def command(asked: Asked) -> list[str]:
    """The command that starts the server."""
    return [sys.executable, "-m", "greenfin.ui.frame.host", *asked.words()]


def serve(asked: Asked, place: str | Path | None = None, *, files: Path | None = None) -> int:
    """Serve runs and a record (at ``place``, for ``asked.has_store``) until Ctrl-C; the server's exit status.

    Raises Refused: no run, a record without users, a taken port, a provider half set, other machines served without a record.
    """
    surroundings = dict(os.environ)
    if asked.has_store:
        provider_of()
        surroundings |= {PLACE_VARIABLE: str(place)} | ({FILES_VARIABLE: str(files.resolve())} if files else {})
    else:
        find_runs(asked.run)
    if not asked.is_local and not asked.has_store:
        raise Refused(error("ui.only_this_machine", asked.host))
    _check_port(asked)
    with subprocess.Popen(command(asked), env=surroundings) as server:  # noqa: S603  # our own interpreter and module, no shell
        previous = signal.signal(signal.SIGTERM, lambda _number, _frame: server.terminate())
        try:
            return server.wait()
        except KeyboardInterrupt:  # the server got it too and is ending
            return _end(server)
        finally:
            signal.signal(signal.SIGTERM, previous)


def _end(server: subprocess.Popen[bytes]) -> int:
    try:
        server.wait(_GRACE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        server.kill()
    return 0


def _check_port(asked: Asked) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((asked.host, asked.port))
        except (OSError, OverflowError) as bad:
            raise Refused(error("ui.port_taken", str(asked.port))) from bad

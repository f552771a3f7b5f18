"""Start the web front end on this machine only, and end with it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

from greenfin.core.problems import Refused, error

ADDRESS = "127.0.0.1"
_GRACE_SECONDS = 10
_SETTINGS = {
    "server.address": ADDRESS,
    "browser.serverAddress": ADDRESS,
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "theme.base": "light",
    "theme.primaryColor": "#1e7b4f",
}


def app_page() -> Path:
    """``app.py``: inside the package in an installed wheel, beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "_data" / "app.py"
    return installed if installed.is_file() else package.parent / "app.py"


def command(place: Path, *, port: int, lang: str) -> list[str]:
    """The command that starts the server: nothing sent anywhere, bound to this machine."""
    settings = [word for name, value in _SETTINGS.items() for word in (f"--{name}", value)]
    start = [sys.executable, "-m", "streamlit", "run", str(app_page()), "--server.port", str(port), *settings]
    return [*start, "--", "--run", str(place.resolve()), "--lang", lang or "zh"]


def serve(run_folder: Path, *, port: int, lang: str = "") -> int:
    """Serve the runs of a folder until Ctrl-C; the server's exit status. Raises Refused for no run or a taken port."""
    from greenfin.ui.views_runs import find_runs

    find_runs(run_folder)
    _check_port(port)
    with subprocess.Popen(command(run_folder, port=port, lang=lang)) as server:  # noqa: S603  # our own interpreter and page, no shell
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


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except (OSError, OverflowError) as bad:
            raise Refused(error("ui.port_taken", str(port))) from bad

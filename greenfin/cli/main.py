"""The ``greenfin`` command: every subcommand is a few lines over a function."""

from __future__ import annotations

import os
import sys
import traceback
from types import TracebackType

import typer

from greenfin._version import __version__
from greenfin.cli import books, data, operations, projects, runs
from greenfin.cli.session import default_lang, help_of
from greenfin.messages import say

app = typer.Typer(
    name="greenfin",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=help_of("greenfin"),
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"greenfin {__version__}")
        raise typer.Exit


@app.callback()
def _main(version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="version")) -> None:
    return None


for _module in (runs, books, projects, operations, data):
    _module.register(app)


def _last_resort(kind: type[BaseException], raised: BaseException, trace: TracebackType | None) -> None:
    """A fault of the program: no traceback and no data reach the user, only the place in the code."""
    if issubclass(kind, KeyboardInterrupt):
        os._exit(130)
    frames = traceback.extract_tb(trace)
    place = next((f"{os.path.basename(f.filename)}:{f.lineno}" for f in reversed(frames) if "greenfin" in f.filename), "?")  # noqa: PTH119 - a name, not a file
    print(say("cli.internal", default_lang(), kind=kind.__name__, place=place, version=__version__), file=sys.stderr)
    sys.stderr.flush()
    os._exit(2)


def main() -> None:
    """Entry point of the console script."""
    sys.excepthook = _last_resort
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="replace")  # old Windows consoles are GBK
    typer.main.get_command(app)()  # not app(): typer would put its own traceback printer in place


if __name__ == "__main__":
    main()

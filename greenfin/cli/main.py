"""The ``greenfin`` command: every subcommand is a few lines over a function."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType

import typer
from typer.exceptions import TyperException

from greenfin._version import __version__
from greenfin.cli import (
    books,
    catalogue,
    collect,
    data,
    dossier,
    ingest,
    methods,
    movement,
    names,
    operations,
    projects,
    review,
    runs,
    store,
    users,
)
from greenfin.cli.session import Session, default_lang, help_of
from greenfin.core.problems import Problem, error
from greenfin.messages import tell

app = typer.Typer(
    name="greenfin",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts in half the time and reads the same in every console
    help=help_of("greenfin"),
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"greenfin {__version__}")
        raise typer.Exit


@app.callback()
def _main(version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="version")) -> None:
    return None


for _module in (
    runs,
    books,
    projects,
    methods,
    operations,
    data,
    catalogue,
    dossier,
    users,
    ingest,
    collect,
    movement,
    names,
    store,
    review,
):
    _module.register(app)


def _last_resort(kind: type[BaseException], raised: BaseException, trace: TracebackType | None) -> None:
    """What nothing else has caught: no traceback and no data reach the user, only the place in the code."""
    if issubclass(kind, KeyboardInterrupt):
        os._exit(130)
    frames = traceback.extract_tb(trace)
    place = next((f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames) if "greenfin" in f.filename), "?")
    if isinstance(raised, OSError) and raised.errno in _OUTPUT_GONE:
        problem = error("cli.output_gone", reason=raised.strerror)
    else:
        problem = error("cli.internal", kind=kind.__name__, place=place, version=__version__)
    _tell_at_last(problem)
    os._exit(2)


_OUTPUT_GONE = (errno.ENOSPC, errno.EIO, errno.EBADF)


def _tell_at_last(problem: Problem) -> None:
    """The problem on both streams, as far as they still take anything."""
    session = Session(default_lang(), "--json" in sys.argv, None)
    with contextlib.suppress(OSError, ValueError):
        session.dump({"problems": session.problems_json([problem])})
        sys.stdout.flush()
    with contextlib.suppress(OSError, ValueError):
        print(tell(problem, session.lang), file=sys.stderr)
        sys.stderr.flush()


def main() -> None:
    """Entry point of the console script."""
    sys.excepthook = _last_resort
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="replace")  # old Windows consoles are GBK
    unreadable = [word for word in sys.argv if not _is_text(word)]
    if unreadable:
        _tell_at_last(error("cli.not_text", found=unreadable[0].encode("utf-8", "replace").decode()))
        sys.exit(2)
    command = typer.main.get_command(app)  # not app(): typer would put its own traceback printer in place
    if "--json" not in sys.argv:
        command()
    try:
        sys.exit(command(standalone_mode=False))
    except TyperException as misuse:  # the parser's own words, as the one JSON object
        misused = getattr(misuse, "format_message", misuse.__str__)()
        _tell_at_last(error("cli.misuse", found=misused))
        sys.exit(2)
    except typer.Abort:
        sys.exit(130)


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    main()

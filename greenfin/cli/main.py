"""The ``greenfin`` command: every subcommand is a few lines over a function."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from greenfin._version import __version__
from greenfin.cli.plain import take_plainly
from greenfin.cli.session import Session, default_lang, help_of
from greenfin.core.problems import Problem, error
from greenfin.messages import tell

MANY_OBJECTS = 100_000
_COMMANDS = {  # in which module a command is, in the order in which they are registered
    "runs": ("demo", "run", "why", "verify", "pack"),
    "front": ("ui",),
    "books": ("tag",),
    "projects": ("measure",),
    "methods": ("method",),
    "operations": ("footprint",),
    "financed": ("financed",),
    "evaluation": ("evaluate",),
    "data": ("factor", "check-data"),
    "published": ("check",),
    "catalogue": ("catalogue",),
    "dossier": ("dossier",),
    "form": ("form",),
    "published_figures": ("register",),
    "users": ("user",),
    "ingest": ("ingest",),
    "collect": ("collect",),
    "answers": ("answers",),
    "movement": ("roll-forward", "retag"),
    "names": ("names", "customers"),
    "store": ("db", "audit"),
    "review": ("review",),
}
_GROUPS = ("method", "factor", "catalogue", "user", "names", "db", "audit", "review")  # commands of commands: last in the help


def _version(wanted: bool) -> None:
    if wanted:
        print(f"greenfin {__version__}")
        raise typer.Exit


def _main(version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="version")) -> None:
    return None


class Named(TyperGroup):
    """The commands by their names and words alone; one is loaded when it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names, as typer finds it; raises UsageError for one that is not there."""
        if args and args[0] in self.commands:
            loaded: Any = typer.main.get_command(app_of(args[0]))
            take_plainly(loaded)
            self.commands[args[0]] = loaded.commands[args[0]]
        return super().resolve_command(ctx, args)


def _empty(group: type[TyperGroup] = TyperGroup) -> typer.Typer:
    made = typer.Typer(
        name="greenfin",
        cls=group,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help starts in half the time and reads the same in every console
        help=help_of("greenfin"),
    )
    made.callback()(_main)
    return made


@cache
def app_of(command: str = "") -> typer.Typer:
    """The command line with the module of one command, so that it starts fast; with everything where no command is given."""
    made = _empty()
    for room in [name for name, commands in _COMMANDS.items() if command in commands] or _COMMANDS:
        import_module(f"greenfin.cli.{room}").register(made)
    return made


def named() -> Any:
    """The command line with every command named and none loaded: for the help and for misspelled words."""
    listed: Any = typer.main.get_command(_empty(Named))
    single = [command for commands in _COMMANDS.values() for command in commands if command not in _GROUPS]
    for command in (*single, *_GROUPS):
        listed.add_command(TyperCommand(command, help=help_of(command.replace("-", "_")), rich_markup_mode=None))
    return listed


def __getattr__(name: str) -> Any:
    """``app``: the whole command line, made when first asked for (PEP 562)."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return app_of()


def _last_resort(kind: type[BaseException], raised: BaseException, trace: TracebackType | None) -> None:
    """What nothing else has caught: no traceback and no data reach the user, only the place in the code."""
    if issubclass(kind, KeyboardInterrupt):
        os._exit(130)
    import traceback

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
    gc.set_threshold(MANY_OBJECTS)  # imports and reference data make objects that all stay
    sys.excepthook = _last_resort
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="replace")  # old Windows consoles are GBK
    unreadable = [word for word in sys.argv if not _is_text(word)]
    if unreadable:
        _tell_at_last(error("cli.not_text", found=unreadable[0].encode("utf-8", "replace").decode()))
        sys.exit(2)
    first = sys.argv[1] if len(sys.argv) > 1 else ""
    known = any(first in commands for commands in _COMMANDS.values())
    command = typer.main.get_command(app_of(first)) if known else named()  # not app(): typer would print tracebacks of its own
    take_plainly(command)
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

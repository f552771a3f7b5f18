"""``ui``: the web front end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from greenfin.cli.session import Guard, LangOption, Session, help_of
from greenfin.cli.store_session import FilesOption, StoreOption, store_with_users


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("ui", help=help_of("ui"))(ui)


def ui(
    run: Annotated[Path, typer.Option("--run", help="folder of a run, or of several")] = Path(),
    place: StoreOption = None,
    files: FilesOption = None,
    example: Annotated[Path | None, typer.Option("--example", help="the example record, made there first", show_default=False)] = None,
    port: Annotated[int, typer.Option("--port", help="port to listen at")] = 8501,
    host: Annotated[str, typer.Option("--host", help="address to listen at; another than this needs a record")] = "127.0.0.1",
    site: Annotated[str, typer.Option("--site", help="address readers use behind a proxy", metavar="URL", show_default=False)] = "",
    upload_mb: Annotated[int, typer.Option("--upload-mb", min=1, help="largest file a reader may upload, in megabytes")] = 512,
    lang: LangOption = "",
) -> None:
    """Start the web front end: a record with log-in, or the runs of a folder for this machine alone."""
    with Guard(lang, as_json=False) as session:
        from greenfin.store.opening import PLACE_VARIABLE
        from greenfin.ui.frame.asked import Asked
        from greenfin.ui.frame.serve import serve

        record: str | Path | None = place or os.environ.get(PLACE_VARIABLE)
        if example:
            run, record = _example(session, example, port)
        if record:
            store_with_users(record, files)
        asked = Asked(run.resolve(), port, lang or "zh", host, site, bool(record), upload_mb)
        raise typer.Exit(serve(asked, record, files=files))


def _example(session: Session, folder: Path, port: int) -> tuple[Path, Path]:
    from greenfin.ui.frame.example import KEY_FILE, make

    session.line(session.say("ui.example.making", folder=folder))
    made = make(folder, lang=session.lang)
    session.line(session.say("ui.example.made", password=made.password, file=made.store / KEY_FILE, port=port))
    return made.runs.resolve(), made.store.resolve()

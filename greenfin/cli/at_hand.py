"""The books of a run as files of this machine, and where its parts are made: here, or on a Spark cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.cluster import Cluster
    from greenfin.pipeline import Files
    from greenfin.streamed.run import Each

_TABLE = "table:"  # before the name of a table of the cluster's catalog, where a file could stand


@contextmanager
def at_hand(files: Files, *, master: str, work: Path) -> Iterator[tuple[Files, Each | None]]:
    """The files with every ORC file, folder of parts and table of a catalog copied into ``work``, and who makes the parts.

    Raises Refused where a table or the cluster of ``master`` cannot be reached, and where ``work`` cannot be written.
    """
    from greenfin.ingest.columnar import is_columnar

    tables = [str(book).removeprefix(_TABLE) for book in files.books if str(book).startswith(_TABLE)]
    if tables and not master:
        raise Refused(error("cluster.only_there", "--engine", found=tables[0]))
    if not master and not any(map(is_columnar, files.books)):
        yield files, None
        return
    with _writing(work):
        was_there = work.parent.exists()
        work.mkdir(0o700, parents=True, exist_ok=True)
    try:
        with ExitStack() as stack:
            with _writing(work):
                folder = Path(stack.enter_context(TemporaryDirectory(prefix="tables-", dir=work)))
            found = stack.enter_context(_cluster(master, work, folder if tables else None))
            with _writing(work):
                books = tuple(_copied(book, folder / str(at), found) for at, book in enumerate(files.books))
            yield replace(files, books=books), found.each if found else None
    finally:
        with suppress(OSError):
            work.rmdir()  # only where nothing is left to go on with
            if not was_there:
                work.parent.rmdir()


@contextmanager
def _writing(work: Path) -> Iterator[None]:
    try:
        yield
    except OSError as bad:
        raise Refused(error("run.cannot_write", str(work), reason=bad.strerror or type(bad).__name__)) from bad


@contextmanager
def _cluster(master: str, work: Path, catalog: Path | None) -> Iterator[Cluster | None]:
    if not master:
        yield None
        return
    from greenfin.cluster import cluster

    with cluster(master, work, catalog=catalog) as found:
        yield found


def _copied(book: Path, folder: Path, cluster: Cluster | None) -> Path:
    """Where the book is read from: itself, or its copy, under a path that does not depend on where a process was started."""
    from greenfin.ingest.columnar import copied, is_columnar

    name = str(book)
    if cluster and name.startswith(_TABLE):
        folder.mkdir()
        return cluster.copied(name.removeprefix(_TABLE), folder)
    if is_columnar(book):
        folder.mkdir()
        return copied(book, folder)
    return book.resolve()

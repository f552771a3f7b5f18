"""Lines of a PDF or DOCX, in a process of its own with little time and memory: ``python official_child.py KIND FILE LETTERS``.

Only text is read: no scripts, no embedded files, nothing outside the file. Imports nothing of greenfin. Each line of standard output is
``[place, page, [cells]]``; the exit status says why there is no (more) text.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterator

MEMORY = 3 * 2**29
SECONDS = 60
PAGES = 3_000
TOO_LONG, ENCRYPTED, DAMAGED, TOO_MUCH = 3, 4, 5, 6
_Line = tuple[str, int, list[str]]


def main() -> int:
    """The lines of the file named on the command line; the exit status."""
    _bound()
    kind, file, letters = sys.argv[1], sys.argv[2], int(sys.argv[3])
    logging.disable(logging.CRITICAL)
    written = 0
    try:
        for place, page, cells in (_pdf if kind == "pdf" else _docx)(file):
            written += sum(map(len, cells)) + len(cells)
            if written > letters:
                return TOO_LONG
            sys.stdout.write(json.dumps([place, page, cells]) + "\n")
        sys.stdout.flush()
    except PermissionError:
        return ENCRYPTED
    except (MemoryError, RecursionError):
        return TOO_MUCH
    except Exception:  # noqa: BLE001  # whatever a broken file raises: its parent says that it is broken
        return DAMAGED
    return 0


def _bound() -> None:
    """Less memory and time than the machine has, where the system knows limits."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _pdf(file: str) -> Iterator[_Line]:
    from pypdf import PdfReader

    reader = PdfReader(file, strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise PermissionError(file)
    for number in range(min(len(reader.pages), PAGES)):
        text = reader.pages[number].extract_text()
        yield from ((f"p. {number + 1}", number + 1, [line]) for line in text.splitlines() if line.strip())


def _docx(file: str) -> Iterator[_Line]:
    from docx import Document
    from docx.table import Table

    row = 0
    for part in Document(file).iter_inner_content():
        if not isinstance(part, Table):
            row += 1
            yield f"\u00b6 {row}", 0, [part.text]
            continue
        above: list[object] = []
        for line in part.rows:
            row += 1
            cells = line.cells
            tags = [cell._tc for cell in cells]  # a merged cell comes again, as the same element
            fresh = [tag not in above and tag not in tags[:at] for at, tag in enumerate(tags)]
            yield f"\u00b6 {row}", 0, [cell.text if new else "" for cell, new in zip(cells, fresh, strict=True)]
            above = [*tags]


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # not through clean-up that a bound may break

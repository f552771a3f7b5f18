"""The server's log: a download that was refused is one line of it."""

from __future__ import annotations

import logging
import sys

import pytest

from greenfin.core.problems import Refused, error
from greenfin.ui.frame.host import InOneLine


def _told(cause: Exception) -> logging.LogRecord:
    try:
        raise RuntimeError("outer") from cause
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "Error of %s", ("file",), sys.exc_info())
    assert InOneLine().filter(record)
    return record


@pytest.mark.parametrize(
    ("cause", "why"),
    [(Refused(error("store.not_permitted", "A")), "store.not_permitted"), (FileNotFoundError(2, "No such file"), "No such file")],
)
def test_a_refused_download_is_one_line_without_a_traceback(cause: Exception, why: str) -> None:
    record = _told(cause)
    assert record.getMessage() == f"A download was refused: {why}"
    assert record.exc_info is None


def test_a_fault_of_the_program_keeps_its_traceback() -> None:
    assert _told(ZeroDivisionError()).exc_info

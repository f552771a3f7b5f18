"""What a part made in another process was refused for, carried home as JSON: nothing that comes back is unpacked as code."""

from __future__ import annotations

import json

import pyarrow as pa

from greenfin.core.problems import BadReference, Problem, Severity

FAULTS = (ValueError, KeyError, TypeError, ArithmeticError, MemoryError, BadReference, pa.ArrowException)


def fault(number: int, kind: BaseException) -> str:
    """A fault of the code by the part it was met at and its kind, never by what stood in the data."""
    return f"{number}: {type(kind).__name__}"


def carried(problem: Problem) -> str:
    """A problem as text."""
    return json.dumps([problem.code, problem.severity, problem.where, dict(problem.params)], default=str)


def arrived(text: str) -> Problem:
    """The problem of such a text."""
    code, severity, where, params = json.loads(text)
    return Problem(code, Severity(severity), where, params)

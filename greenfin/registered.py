"""The figures of a run entered in a register of published figures; nothing there is overwritten."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from greenfin import disclose
from greenfin.core.money import round_half_up
from greenfin.core.problems import Outcome, Refused, Severity, error
from greenfin.ingest import read_restatements
from greenfin.ingest.register import Published, contradictions, headings, kind_word, order_of, period_of, read_register
from greenfin.pipeline import RunResult
from greenfin.reference.same_figures import same_figures


@dataclass(frozen=True, slots=True)
class Publication:
    """Where figures went out: kind (report, return, exchange, rating), document, day, perimeter; ``tables`` empty: all of the run."""

    kind: str
    document: str
    on: str
    perimeter: str = ""
    tables: tuple[str, ...] = ()


def entered(result: RunResult, publication: Publication, *, register: Path, restatements: Path | None = None) -> Outcome[int]:
    """Append the run's figures as printed to the register (csv); how many.

    None is entered where one of them stands there with another value and has no record (X-14), or where the register itself cannot be
    read. Those that stand there as they are, from the same document, are passed over. Raises Refused for a register of another layout
    or kind, for records of another layout, and where nothing can be written.
    """
    if register.suffix.lower() != ".csv":
        raise Refused(error("register.not_csv", register.name))
    stood = read_register(register) if register.exists() else Outcome(())
    records = read_restatements(restatements) if restatements else Outcome(())
    there = {_key(one) for one in stood.value}
    new = [one for one in _figures(result, publication) if _key(one) not in there]
    same = same_figures(result.reference.templates)
    problems = (*stood.problems, *records.problems, *contradictions((*stood.value, *new), records.value, same=same))
    if any(problem.severity is Severity.ERROR for problem in problems):
        return Outcome(0, problems)
    _append(new, register)
    return Outcome(len(new), problems)


def _figures(result: RunResult, publication: Publication) -> Iterator[Published]:
    """The figures of this year that the tables print; those of last year were published then, and changes are between the two."""
    period = period_of(result.as_of.isoformat())
    about = (publication.kind, publication.document, publication.on, publication.perimeter)
    for table in result.tables.values():
        made = {column.id for column in result.reference.templates[table.id].columns if column.role in ("prior", "change")}
        for place, cell in table.cells.items():
            wanted = not publication.tables or table.id in publication.tables
            if wanted and cell.value is not None and cell.text is None and place.rpartition(".")[2] not in made:
                value = Fraction(round_half_up(cell.value, cell.decimals))
                yield Published(cell.id, period, value, cell.decimals, cell.unit, *about)


def _key(one: Published) -> tuple[str, str, Fraction, str, str, str]:
    return one.cell, one.period, one.value, one.kind, one.document, one.on


def _append(new: list[Published], register: Path) -> None:
    """Add the lines at the end of the file; a new file gets its headings first. Raises Refused where it cannot be written."""
    try:
        text = register.read_text("utf-8-sig") if register.exists() else ""
        places = order_of(next(csv.reader(io.StringIO(text)), []) if text else headings())
        if "cell" not in places:
            raise Refused(error("register.not_csv", register.name))
        out = io.StringIO()
        writer = csv.writer(out)
        if not text:
            writer.writerow(headings())
        writer.writerows([[_said(one, name) for name in places] for one in new])
        with register.open("a", encoding="utf-8" if text else "utf-8-sig", newline="") as stream:
            stream.write(("" if not text or text.endswith("\n") else "\n") + out.getvalue())
    except UnicodeDecodeError as bad:
        raise Refused(error("register.not_csv", register.name)) from bad
    except OSError as bad:
        raise Refused(error("run.cannot_write", str(register), reason=bad.strerror or type(bad).__name__)) from bad


def _said(one: Published, name: str) -> str:
    """A part of an entry as the file says it."""
    if name == "value":
        return str(round_half_up(one.value, one.decimals))
    if name == "kind":
        return kind_word(one.kind)
    return disclose.safe_text(getattr(one, name)) if name else ""

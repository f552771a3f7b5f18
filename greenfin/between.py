"""Two books or runs side by side: read, tagged under one edition, rolled forward from one to the other, or re-tagged under another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from greenfin.core.problems import Problem, Refused, error, warning

if TYPE_CHECKING:
    import pyarrow as pa

    from greenfin.core.records import Bank, Book
    from greenfin.movement.retagged import Retagged
    from greenfin.movement.rolled import Rolled
    from greenfin.movement.sides import Side
    from greenfin.reference.load import Reference
    from greenfin.reference.policies import Policy

_AUTO = "auto"
_DEFAULT_POLICY = "working"


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to every book that is read: exchange rates and the bank's saved mapping. A run folder has its own."""

    rates: Path | None = None
    mapping: Path | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """One side as it was read: a book, its decisions, and what a run folder says besides."""

    book: Book
    bank: Bank
    decisions: pa.Table | None = None
    tags: pa.Table | None = None
    edition: str = ""
    policy: str = ""
    run: str = ""
    problems: tuple[Problem, ...] = ()


def given(path: Path, more: Sequence[Path] | None, as_of: date | None, *, beside: Beside, reference: Reference) -> Given:
    """A run folder, or the book of one or more files."""
    from greenfin import pipeline, run_folder
    from greenfin.core.records import Bank

    if path.is_dir():
        saved = run_folder.open_run(path)
        inputs, options, _ = run_folder.load_inputs(saved)
        tags = _saved_tags(path / run_folder.TAGS)
        return Given(inputs.book, inputs.bank, inputs.decisions, tags, str(saved.record["made_of"]["edition"]), options.policy, saved.id)
    files = pipeline.Files((path, *(more or ())), mapping=beside.mapping, rates=beside.rates)
    read = pipeline.read_book(files, as_of=as_of, reference=reference)
    return Given(read.value, Bank(), problems=read.problems)


def _saved_tags(path: Path) -> pa.Table:
    """The tags of a run folder."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from greenfin.core.columns import fitted

    try:
        return fitted(pq.read_table(path), "tags")
    except (OSError, pa.ArrowException) as bad:
        raise Refused(error("run.damaged", str(path))) from bad


@dataclass(frozen=True, slots=True)
class Files:
    """What is told beside two books: decisions taken, drawings and repayments, exchange rates."""

    decisions: Path | None = None
    drawings: Sequence[Path] = ()
    rates: Path | None = None


def rolled(
    sides: tuple[Given, Given], edition: str, policy: Policy, *, reference: Reference, files: Files, at: Callable[[str], None]
) -> tuple[Rolled, list[Problem]]:
    """Both sides tagged under one edition, and the movements between them; ``at`` is told each step. Raises Refused."""
    from greenfin.movement.rolled import roll_forward

    taken, said = decided(files.decisions)
    at("tag")
    first, last, problems = tagged(sides, taken, edition, policy, reference)
    moved, more = drawings_of(files.drawings, last.book, rates=files.rates, reference=reference)
    at("sum")
    result = roll_forward(first, last, reference=reference, drawings=moved)
    return result.value, [*said, *problems, *more, *result.problems]


def retagged(
    sides: Sequence[Given], editions: tuple[str, str], policy: Policy, *, reference: Reference, files: Files, at: Callable[[str], None]
) -> tuple[Retagged, list[Problem]]:
    """The last book (and the earlier one, where there are two) under both editions. Raises Refused."""
    from greenfin.movement.retagged import retag

    taken, said = decided(files.decisions)
    at("tag")
    first, last = (_under(sides, taken, edition, policy, reference) for edition in editions)
    prior = (first[0][0], last[0][0]) if len(sides) > 1 else None
    result = retag(first[0][-1], last[0][-1], reference=reference, prior=prior)
    return result.value, [*said, *first[1], *(p for p in last[1] if p not in first[1]), *result.problems]


def _under(
    given: Sequence[Given], taken: pa.Table | None, edition: str, policy: Policy, reference: Reference
) -> tuple[tuple[Side, ...], list[Problem]]:
    """All books under one edition; a decision about another edition is no problem here."""
    one, other, problems = tagged(given, taken, edition, policy, reference)
    return (one, other), [problem for problem in problems if problem.code != "tag.decision_other_edition"]


def decided(path: Path | None) -> tuple[pa.Table | None, tuple[Problem, ...]]:
    from greenfin import ingest

    found = ingest.read_decisions(path) if path else None
    return (found.value, found.problems) if found else (None, ())


def edition_of(reference: Reference, wanted: str, as_of: date) -> str:
    """The edition asked for; ``auto`` or none: the one in force on the day."""
    if wanted in ("", _AUTO):
        return reference.editions.for_return(as_of)
    return known_edition(reference, wanted)


def known_edition(reference: Reference, name: str) -> str:
    """The edition of this name; raises Refused where there is none."""
    if name not in reference.catalogues:
        raise Refused(error("run.unknown_edition", name, known=", ".join(reference.catalogues)))
    return name


def check_order(sides: Sequence[Given], where: str) -> None:
    """Raise Refused where an earlier side is not the earlier one."""
    first, last = (sides[at].book.as_of for at in (0, -1))
    if len(sides) > 1 and first >= last:
        raise Refused(error("movement.wrong_order", where, opening=first.isoformat(), closing=last.isoformat()))


def policy_of(reference: Reference, wanted: str | None, sides: Sequence[Given]) -> Policy:
    """The policy asked for, else that of the runs, else the working one."""
    own = {side.policy for side in sides if side.policy}
    if wanted is None and len(own) > 1:
        raise Refused(error("movement.policies_differ", opening=sides[0].policy, closing=sides[-1].policy))
    name = wanted or next(iter(own), _DEFAULT_POLICY)
    if name not in reference.policies:
        raise Refused(error("run.unknown_policy", name, known=", ".join(reference.policies)))
    return reference.policies[name]


def tagged(
    sides: Sequence[Given], taken: pa.Table | None, edition: str, policy: Policy, reference: Reference
) -> tuple[Side, Side, list[Problem]]:
    """Both sides under one edition; a decision counts from its day on, and one about a receipt of either book is no stranger."""
    from greenfin.movement.sides import side_of

    found, problems, strangers = [], [], []
    for side in sides:
        tags, said = _tags(side, taken, edition, reference)
        strange = {p.where: p for p in said if p.code == "tag.decision_unknown_receipt"}
        strangers.append(strange)
        made = side_of(side.book, tags, edition=edition, policy=policy, reference=reference)
        problems += [*side.problems, *(p for p in said if p.code != "tag.decision_unknown_receipt"), *made.problems]
        found.append(made.value)
    problems += [problem for where, problem in strangers[0].items() if where in strangers[-1]]
    return found[0], found[-1], problems


def _tags(side: Given, taken: pa.Table | None, edition: str, reference: Reference) -> tuple[pa.Table, tuple[Problem, ...]]:
    """The tags of a run as it saved them where nothing else is asked for, else made now."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from greenfin import tag

    if side.tags is not None and taken is None and edition == side.edition:
        return side.tags, ()
    if taken is not None:  # those of a run counted there, whatever their day
        known = pc.fill_null(pc.less_equal(taken["decided_on"], pa.scalar(side.book.as_of, pa.date32())), True)
        taken = taken.filter(known)
    both = [one for one in (side.decisions, taken) if one is not None]
    decisions = pa.concat_tables(both) if both else None
    made = tag.tag(side.book, reference, editions=(edition,), decisions=decisions)
    return made.value, made.problems


def drawings_of(
    paths: Sequence[Path] | None, book: Book, *, rates: Path | None, reference: Reference
) -> tuple[pa.Table | None, list[Problem]]:
    """The drawings of the closing book and of the files given; none at all: net changes count."""
    import pyarrow as pa

    from greenfin import ingest

    found, problems = [book.drawings], []
    for path in paths or ():
        read = ingest.read_book((path,), as_of=book.as_of, rates=rates, reference=reference)
        found.append(read.value.drawings)
        if not read.value.drawings.num_rows:
            problems.append(warning("movement.no_drawings", path.name))
        problems += [p for p in read.problems if p.code != "ingest.no_loans"]
    table = pa.concat_tables(found)
    return (table if table.num_rows else None), problems

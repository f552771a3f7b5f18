"""A book into the record: read, tagged, kept, its tags entered as proposals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from greenfin import tag as tagger
from greenfin.core.problems import Outcome
from greenfin.pipeline import Files, read_book
from greenfin.reference.load import Reference
from greenfin.store.books import BookEntry, import_book
from greenfin.store.foreseen import Foreseen, foreseen
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, permit
from greenfin.store.proposals import Entered, enter_proposals
from greenfin.tag.model import read_model

STEPS = ("read", "tag", "write")


@dataclass(frozen=True, slots=True)
class BookIn:
    """The book's entry in the record, and what came of its tags."""

    book: BookEntry
    entered: Entered
    foreseen: Foreseen


def _quiet(_said: object) -> None:
    """Says nothing."""


def enter_book(
    store: Store,
    actor: Actor,
    files: Files,
    *,
    as_of: date,
    reference: Reference,
    editions: Sequence[str] = (),
    progress: Callable[[str], None] = _quiet,
    before: Callable[[Foreseen], None] = _quiet,
) -> Outcome[BookIn]:
    """Read a book, tag it (with a learned model where the files have one), keep it, and enter the machine's tags as proposals.

    ``progress`` is told each of :data:`STEPS` as it begins; ``before`` is told what would come of the book before anything is written, and
    stops it by raising Refused. Raises Refused.
    """
    permit(actor, "import_book")
    progress("read")
    read = read_book(files, as_of=as_of, reference=reference)
    coming = foreseen(store, actor, read.value.loans)
    before(coming)
    learned = read_model(files.model, reference) if files.model else None
    progress("tag")
    tags = tagger.tag(read.value, reference, editions=tuple(editions), model=learned.value if learned else None)
    problems = (*read.problems, *(learned.problems if learned else ()), *tags.problems)
    progress("write")
    kept = import_book(store, actor, read.value, problems)
    made = enter_proposals(store, actor, tags.value, book=kept.id, loans=read.value.loans)
    return Outcome(BookIn(kept, made, coming), (*problems, *made.problems))

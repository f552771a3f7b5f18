"""``tag --evaluate`` and ``tag --learn``: how right the tags are, and the small model out of reviewers' decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenfin.cli.aligned import aligned
from greenfin.core.problems import Problem, Refused, error

if TYPE_CHECKING:
    import pyarrow as pa

    from greenfin.cli.session import Session
    from greenfin.core.records import Book
    from greenfin.reference.load import Reference
    from greenfin.tag.model import Model

_SHOWN = ("precision", "recall_decided", "recall", "f1_decided", "review_clear", "review_all", "open_reviewed", "open_green")
_BY_GROUP = ("precision", "recall_decided", "review_clear")
_MOST_GROUPS, _LONG = 12, 48  # groups on the screen, largest first (``--json`` has them all), and signs of their names
_NO_TEXT = ("ingest.no_text_column", "ingest.text_column_missing")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the tagger: labelled texts or decisions, the book they are about, edition, day and column of the text."""

    labels: Path
    book: Path | None
    edition: str
    as_of: date
    column: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """Loans with their labels, row by row, and what was wrong on the way."""

    book: Book
    labels: pa.Table
    problems: tuple[Problem, ...]


def asked_of(reference: Reference, labels: Path, *, book: Path | None, editions: Sequence[str], as_of: date, column: str | None) -> Asked:
    """The question with its one edition: the one named, else the one in force; raises Refused for several, unknown ones and ``auto``."""
    edition = editions[0] if editions else reference.editions.for_return(as_of)
    if len(editions) > 1 or edition not in reference.catalogues:
        raise Refused(error("cli.not_one_of", "--edition", found=", ".join(editions), known=", ".join(reference.catalogues)))
    return Asked(labels, book, edition, as_of, column)


def known_answers(asked: Asked, reference: Reference) -> Known:
    """The loans whose answer is known: labelled texts, or decisions with the book they are about. Raises Refused."""
    from greenfin import ingest
    from greenfin.core.records import Book
    from greenfin.tag.labels import decided_loans

    if asked.book is None:
        found = _labelled(asked, reference)
        book = Book(as_of=asked.as_of, loans=found.value.loans, files=(ingest.read_source(asked.labels, role="labels"),))
        return Known(book, found.value.labels, found.problems)
    whole = ingest.read_book([asked.book], as_of=asked.as_of, reference=reference)
    decisions = ingest.read_decisions(asked.labels)
    mine = decided_loans(whole.value.loans, decisions.value, edition=asked.edition)
    source = ingest.read_source(asked.labels, role="decisions")
    book = replace(whole.value, loans=mine.value.loans, files=(*whole.value.files, source))
    return Known(book, mine.value.labels, (*whole.problems, *decisions.problems, *mine.problems))


def _labelled(asked: Asked, reference: Reference) -> Any:
    from greenfin import ingest

    try:
        edition = reference.catalogues[asked.edition]
        names = (edition.id, edition.title_zh, edition.title_en, edition.number)
        return ingest.read_labelled(asked.labels, entries=edition.entries, editions=names, column=asked.column)
    except Refused as bad:
        if bad.problem.code in _NO_TEXT and _holds_decisions(asked.labels):
            raise Refused(error("tag.labels_without_text", asked.labels.name)) from bad
        raise


def _holds_decisions(path: Path) -> bool:
    from greenfin import ingest

    try:
        return bool(ingest.read_decisions(path).value.num_rows)
    except Refused:
        return False


def evaluate(session: Session, asked: Asked, *, model: Path | None, out: Path | None) -> Sequence[Problem]:
    """Print the figures (and write row by row to ``out``); what was wrong with the labels comes back."""
    from greenfin import disclose
    from greenfin import tag as tagger
    from greenfin.tag.measures import compared, evaluated
    from greenfin.tag.model import read_model

    reference = session.reference()
    known = known_answers(asked, reference)
    learned = read_model(model, reference) if model else None
    tags = tagger.tag(known.book, reference, editions=(asked.edition,), model=learned.value if learned else None)
    pairs = compared(known.labels, tags.value)
    figures = evaluated(pairs)
    if out:
        disclose.write_rows(_rows(known, tags.value), out)
    session.lines(_told(session, figures, edition=asked.edition))
    problems = (*known.problems, *(learned.problems if learned else ()))
    version = learned.value.version if learned else None
    session.dump({"edition": asked.edition, "model": version, **figures, "problems": session.problems_json(problems)})
    return problems


def _rows(known: Known, tags: pa.Table) -> pa.Table:
    """Text, label and tag of each row, for the eye of the user."""
    import pyarrow as pa

    labels = known.labels
    expected = {"text": known.book.loans["purpose"], "expected": labels["decision"], "entries": labels["entries"]}
    given = {name: tags[name] for name in ("decision", "code", "name_zh", "score", "runner_up", "rule", "reason")}
    groups = {name: labels[name] for name in ("source", "kind", "lang", "strict", "split")}
    return pa.table({"id": labels["loan_id"], **expected, **given, **groups, "source_cell": labels["source_cell"]})


def _told(session: Session, figures: Mapping[str, Any], *, edition: str) -> Iterator[str]:
    overall = figures["overall"]
    yield session.say("evaluate.title", n=overall["n"], edition=edition)
    rows = [(session.say(f"evaluate.{name}"), *_cells(overall[name])) for name in _SHOWN]
    rows += [(session.say("evaluate.entry", level=level), *_cells(found)) for level, found in overall["entry"].items()]
    yield from (f"  {line}" for line in aligned(rows))
    yield session.say("evaluate.interval")
    for name, values in figures["groups"].items():
        yield from _told_group(session, name, values)
    yield from _told_scores(session, figures["reliability"])
    yield from _told_confusions(session, figures["confusions"])


def _cells(found: Mapping[str, Any]) -> tuple[str, str, str]:
    if found["value"] is None:
        return ("—", "", "")
    counts = f"{found['right']}/{found['of']}" if "of" in found else ""
    return (f"{found['value']:.3f}", f"{found['low']:.3f}–{found['high']:.3f}", counts)


def _told_group(session: Session, name: str, values: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield ""
    head = [session.say(f"evaluate.by_{name}"), "n", *(session.say(f"evaluate.{column}") for column in _BY_GROUP)]
    rows = [(*head, session.say("evaluate.entry", level="leaf"), session.say("evaluate.false_green"))]
    for value, found in list(values.items())[:_MOST_GROUPS]:
        shares = [_cells(found[column])[0] for column in _BY_GROUP]
        false = str(found["counts"]["not_green"]["green"])
        rows.append((value[:_LONG], str(found["n"]), *shares, _cells(found["entry"]["leaf"])[0], false))
    yield from (f"  {line}" for line in aligned(rows))
    if (left := len(values) - _MOST_GROUPS) > 0:
        yield " " + session.say("evaluate.groups_left", n=left)


def _told_scores(session: Session, found: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    errors = found["expected_calibration_error"]
    yield session.say("evaluate.scores", error="—" if errors["decided"] is None else f"{errors['decided']:.3f}")
    rows = [tuple(session.say(f"evaluate.score_{column}") for column in ("verdict", "bin", "n", "mean", "right"))]
    for verdict, bins in found["by_verdict"].items():
        of = session.say(f"decision.{verdict}")
        rows += [(of, f"{b['from']:.1f}–{b['to']:.1f}", str(b["n"]), f"{b['score']:.3f}", f"{b['right']:.3f}") for b in bins]
    yield from (f"  {line}" for line in aligned(rows))


def _told_confusions(session: Session, found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield session.say("evaluate.confusions")
    worded = {verdict: session.say(f"decision.{verdict}") for verdict in ("green", "not_green", "review")}
    rows = [(worded.get(c["expected"], c["expected"]), "→", worded.get(c["given"], c["given"]), f"×{c['count']}", c["id"]) for c in found]
    yield from (f"  {line}" for line in aligned(rows))


def learn(session: Session, asked: Asked, *, out: Path | None) -> Sequence[Problem]:
    """Fit a model and write it to ``out``; what was wrong with the decisions comes back. Raises Refused for too few of them."""
    from greenfin.tag.learn import learn as learned

    reference = session.reference()
    known = known_answers(asked, reference)
    model = learned(known.book, known.labels, reference, edition=asked.edition)
    _write(model.value.text(), out or Path())
    session.lines(_told_model(session, model.value, out=out))
    problems = (*known.problems, *model.problems)
    about = {name: model.value.about[name] for name in ("edition", "trained_on", "quality")}
    found = {"model": str(out), "version": model.value.version, **about, "moves": model.value.moves}
    session.dump({**found, "problems": session.problems_json(problems)})
    return problems


def _write(text: str, out: Path) -> None:
    """The file of a model; its owner alone can read it, as it holds words of the bank's texts."""
    import os

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(out, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as bad:
        raise Refused(error("run.cannot_write", str(out), reason=bad.strerror or type(bad).__name__)) from bad


def _told_model(session: Session, model: Model, *, out: Path | None) -> Iterator[str]:
    trained, quality = model.about["trained_on"], model.about["quality"]
    counts = {name: trained[name] for name in ("rows", "texts")}
    labels = {f"n_{side}": trained[side] for side in ("green", "not_green", "review")}
    yield session.say("learn.trained", edition=model.edition, **counts, **labels)
    yield session.say("learn.quality", folds=quality["folds"], auc=f"{quality['roc_auc']:.3f}", brier=f"{quality['brier']:.3f}")
    for when in ("before", "after"):
        yield "  " + session.say(f"learn.{when}", **{f"n_{name}": n for name, n in quality[when].items()})
    for name, value in model.moves.items():
        yield "  " + session.say(f"learn.move_{name}", value=session.say("learn.never") if value is None else f"{value:.3f}")
    yield session.say("learn.written", path=out, version=model.version)

"""``collect``: ask the branches for what the book lacks, and merge what they return."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.asked import day_of
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.collect.merge import Merged, WrongCell
    from greenfin.collect.record import Sent

_LANGS = ("zh", "en", "both")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("collect", help=help_of("collect"))(collect)


def collect(
    files: Annotated[list[Path], typer.Argument(help="the book; with --merge the returned workbooks", metavar="BOOK...|FILE...|DIR...")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="data date", metavar="DATE", show_default=False)] = None,
    merge: Annotated[bool, typer.Option("--merge", help="put returned workbooks together")] = False,
    asked: Annotated[Path | None, typer.Option("--asked", help="collect.json of what was sent out", show_default=False)] = None,
    edition: Annotated[str | None, typer.Option("--edition", "--catalogue", metavar="ID", show_default=False)] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="the bank's saved mapping (yaml)", show_default=False)] = None,
    rates: Annotated[Path | None, typer.Option("--rates", help="exchange rates", show_default=False)] = None,
    decisions: Annotated[Path | None, typer.Option("--decisions", help="decisions taken", show_default=False)] = None,
    due: Annotated[str | None, typer.Option("--due", help="day of return", metavar="DATE", show_default=False)] = None,
    with_names: Annotated[bool, typer.Option("--with-names", help="borrowers' names in full")] = False,
    report_lang: Annotated[str, typer.Option("--report-lang", metavar="zh|en|both", help="language of the workbooks")] = "zh",
    out: Annotated[Path | None, typer.Option("--out", help="folder; with --merge the file of supplements", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Workbooks for the branches, or what they returned as one file. Exit status 1 when cells were wrong."""
    with Guard(lang, as_json, data) as session:
        if report_lang not in _LANGS:
            raise Refused(error("cli.not_one_of", "--report-lang", found=report_lang, known=", ".join(_LANGS)))
        if merge:
            _merge(session, files, asked=asked, out=out)
        else:
            book = _Book(tuple(files), as_of, edition, mapping, rates, decisions)
            _ask(session, book, out=out, due=due, with_names=with_names, report=report_lang)


@dataclass(frozen=True, slots=True)
class _Book:
    """The options that say which book, and under which edition."""

    files: tuple[Path, ...]
    as_of: str | None
    edition: str | None
    mapping: Path | None
    rates: Path | None
    decisions: Path | None


def _ask(session: Session, asked: _Book, *, out: Path | None, due: str | None, with_names: bool, report: str) -> None:
    from greenfin import collect as collecting
    from greenfin import ingest, tag
    from greenfin.pipeline import Files, read_book

    if not asked.as_of:
        raise Refused(error("collect.as_of_needed", "--as-of"))
    reference = session.reference()
    given = Files(asked.files, mapping=asked.mapping, rates=asked.rates)
    book = read_book(given, as_of=day_of("--as-of", asked.as_of), reference=reference)
    decided = ingest.read_decisions(asked.decisions) if asked.decisions else None
    edition = asked.edition or reference.editions.for_return(book.value.as_of)
    tags = tag.tag(book.value, reference, editions=(edition,), decisions=decided.value if decided else None)
    found = collecting.asks_of(book.value, reference, tags=tags.value, with_names=with_names)
    problems = [*book.problems, *(decided.problems if decided else ()), *found.problems]
    folder, day = out or Path("collect"), day_of("--due", due) if due else None
    sent: tuple[Sent, ...] = ()
    if found.value:
        sent = collecting.send(folder, book.value, found.value, edition=edition, report=report, due=day)
    _tell_sent(session, sent, folder)
    branches = [asdict(each) for each in sent]
    session.dump({"folder": str(folder), "edition": edition, "branches": branches, "problems": session.problems_json(problems)})
    session.problems(problems)
    session.finish(problems)


def _tell_sent(session: Session, sent: Sequence[Sent], folder: Path) -> None:
    if not sent:
        session.line(session.say("collect.nothing_to_ask"))
        return
    for each in sent:
        branch = each.branch or session.say("collect.guide.no_branch")
        session.line(session.say("collect.per_branch", branch=f"{branch} {each.name}".strip(), asked=each.required, **each.counts))
    count = sum(each.required + each.optional for each in sent)
    session.line(session.say("collect.done", files=len(sent), count=count, folder=folder))


def _merge(session: Session, places: list[Path], *, asked: Path | None, out: Path | None) -> None:
    from greenfin import collect as collecting
    from greenfin import disclose

    if out is None:
        raise Refused(error("collect.merge_needs_out", "--out"))
    sent = collecting.read_asked(asked) if asked else None
    merged = collecting.merge(places, reference=session.reference(), asked=sent)
    found = merged.value
    collecting.write_private(out, "")  # its owner's alone before anything is in it
    disclose.write_rows(found.supplements, out)
    listed = out.with_suffix(".wrong.csv")
    listed.unlink(missing_ok=True)
    if found.wrong:
        collecting.write_private(listed, _wrong_list(session, found.wrong))
    _tell_merged(session, found, out, listed)
    session.dump(
        {
            "supplements": str(out),
            "rows": len(found.supplements),
            "files": found.files,
            "branches": [asdict(each) for each in found.progress],
            "problems": session.problems_json(merged.problems),
        }
    )
    session.problems(merged.problems)
    session.finish(merged.problems)


def _tell_merged(session: Session, found: Merged, out: Path, listed: Path) -> None:
    totals = {name: sum(getattr(p, name) for p in found.progress) for name in ("asked", "answered", "wrong", "open")}
    for each in found.progress:
        branch = each.branch or session.say("collect.guide.no_branch")
        counts = {"asked": each.asked, "answered": each.answered, "wrong": each.wrong, "open": each.open}
        session.line(session.say("collect.merged_branch", branch=branch, **counts))
    session.line(session.say("collect.merged", files=found.files, out=out, **totals))
    if found.wrong:
        session.line(session.say("collect.wrong_list", file=listed))


def _wrong_list(session: Session, wrong: Sequence[WrongCell]) -> str:
    """The wrong cells as CSV: where, what stands there, what to do."""
    from greenfin.disclose.to_csv import safe_text
    from greenfin.messages import tell

    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow([session.say(f"collect.wrong.{name}") for name in ("file", "sheet", "cell", "value", "todo", "code")])
    for cell in wrong:
        file, _, rest = cell.problem.where.partition("!")
        sheet, _, place = rest.rpartition("!")
        told = tell(cell.problem, session.lang)
        writer.writerow([safe_text(part) for part in (file, sheet, place, cell.value, told, cell.problem.code)])
    return text.getvalue()

"""``review …``: the queue, what stands about a receipt, and the acts of makers and checkers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from greenfin.cli import review_records
from greenfin.cli.aligned import aligned
from greenfin.cli.asked import day_of, day_or_today
from greenfin.cli.review_asked import Asked, finite, items_of, one_class, read_file
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.cli.store_session import FilesOption, StoreOption, opened
from greenfin.core.money import to_yuan
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.core.problems import Outcome
    from greenfin.store.decisions import Done, Items
    from greenfin.store.queue import QueueRow
    from greenfin.store.standings import TagRow

review_app = typer.Typer(no_args_is_help=True, help=help_of("review"))

ReceiptsArgument = Annotated[list[str] | None, typer.Argument(metavar="[RECEIPT...]", show_default=False)]
EditionOption = Annotated[str | None, typer.Option("--edition", "--catalogue", metavar="ID", show_default=False)]
FileOption = Annotated[Path | None, typer.Option("--file", help="receipts with decision and entry: csv, xlsx, parquet", show_default=False)]
ReasonOption = Annotated[str, typer.Option("--reason", help="kept in the record", show_default=False)]
EvidenceOption = Annotated[list[str] | None, typer.Option("--evidence", metavar="SHA256", show_default=False)]
DecisionOption = Annotated[str | None, typer.Option("--decision", metavar="green|not_green|review", show_default=False)]
CodeOption = Annotated[str | None, typer.Option("--code", metavar="ENTRY", show_default=False)]
ShareOption = Annotated[float | None, typer.Option("--share", min=0, max=100, help="green share in per cent", show_default=False)]
OnOption = Annotated[str | None, typer.Option("--on", metavar="DATE", help="takes effect", show_default=False)]
SeenOption = Annotated[int | None, typer.Option("--seen", metavar="VERSION", help="refuse where it has changed since", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this module and of ``review_records``."""
    for name, command in (
        ("list", listed), ("show", show), ("propose", propose), ("approve", approve), ("return", return_),
        ("recall", recall),
        ("correct", correct), ("confirm", confirm), ("withdraw", withdraw),
    ):  # fmt: skip
        review_app.command(name, help=help_of(f"review_{name}"))(command)
    review_records.register(review_app)
    app.add_typer(review_app, name="review")


def listed(
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE", help="again for more", show_default=False)] = None,
    edition: EditionOption = None,
    branch: Annotated[str | None, typer.Option("--branch", metavar="CODE", show_default=False)] = None,
    code: CodeOption = None,
    decision: DecisionOption = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="CODE", help="tag.doubtful …", show_default=False)] = None,
    changed: Annotated[bool, typer.Option("--changed", help="the machine now sees another class")] = False,
    least: Annotated[float | None, typer.Option("--least", help="amount in yuan, at least", show_default=False)] = None,
    most: Annotated[float | None, typer.Option("--most", help="amount in yuan, at most", show_default=False)] = None,
    least_score: Annotated[float | None, typer.Option("--least-score", show_default=False)] = None,
    most_score: Annotated[float | None, typer.Option("--most-score", show_default=False)] = None,
    after: Annotated[str, typer.Option("--after", metavar="KEY", help="the next page", show_default=False)] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 50,
    names: Annotated[bool, typer.Option("--names", help="with the borrowers, as far as the role may read them")] = False,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """The queue in its declared order."""
    with Guard(lang, as_json) as session:
        from greenfin.store import history, queue
        from greenfin.store.workflow import workflow

        store, actor = opened(session, place, files)
        if unknown := set(state or ()) - set(workflow().states):
            raise Refused(error("cli.not_one_of", "--state", found=", ".join(sorted(unknown)), known=", ".join(workflow().states)))
        wanted = queue.Filter(
            tuple(state or ()), edition, branch, code, decision, reason, True if changed else None,
            _fen("--least", least), _fen("--most", most), least_score, most_score,
        )  # fmt: skip
        found = queue.whole_page(store, actor, wanted, after=after, limit=limit)
        counted = queue.counted(store, actor, wanted)
        named = history.names_of(store, actor, [row.tag for row in found.rows]) if names else {}
        session.lines(_table(session, found.rows, named if names else None))
        if counted:
            session.line(session.say("review.counted", tags=counted.tags, amount=f"{to_yuan(counted.amount_fen):,.2f}"))
        if found.after:
            session.line(session.say("review.more", after=found.after))
        told = history.readable(store, actor, [row.tag for row in found.rows], [row.open.reason for row in found.rows])
        shown = [replace(row, open=row.open._replace(reason=why)) for row, why in zip(found.rows, told, strict=True)]
        rows = [_row_json(row) | ({"customer_name": named.get(row.tag.receipt, "")} if names else {}) for row in shown]
        session.dump({"rows": rows, "after": found.after, "counted": asdict(counted) if counted else None, "problems": []})
        session.finish(())


def _fen(option: str, yuan: float | None) -> int | None:
    return None if yuan is None else round(finite(option, yuan) * 100)


def _table(session: Session, rows: Sequence[QueueRow], names: dict[str, str] | None) -> Iterator[str]:
    head = [*session.say("review.columns").split("|"), *([session.say("review.name")] if names is not None else [])]
    return aligned([tuple(head), *(tuple(_cells(session, row, names)) for row in rows)])


def _cells(session: Session, row: QueueRow, names: dict[str, str] | None) -> list[str]:
    tag = row.tag
    cells = [tag.receipt, tag.edition, tag.branch, session.say(f"state.{tag.standing.state}"), str(tag.standing.version)]
    decision, code = (row.open.decision, row.open.code) if row.open.act else (tag.standing.decision, tag.standing.code)
    cells += [session.say(f"decision.{decision}") if decision else "", code, f"{to_yuan(tag.amount_fen):,.2f}"]
    cells += ["" if row.score is None else f"{row.score:.2f}", session.say("review.changed") if tag.is_changed else ""]
    return cells if names is None else [*cells, names.get(tag.receipt, "")]


def _row_json(row: QueueRow) -> dict[str, Any]:
    tag = row.tag
    shown = {"receipt": tag.receipt, "edition": tag.edition, "branch": tag.branch, "project": tag.project, "amount_fen": tag.amount_fen}
    machine = {"decision": row.proposal_decision, "code": row.proposal_code, "score": row.proposal_score, "reason": row.reason}
    return {
        **shown,
        **tag.standing._asdict(),
        "is_changed": tag.is_changed,
        "machine": machine,
        "waiting": row.open._asdict() if row.open.act else None,
    }


def show(
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT")],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="needs met on that day (today)", show_default=False)] = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """How a receipt stands under each edition, its needs and documents, and every decision."""
    with Guard(lang, as_json) as session:
        from greenfin.cli.review_shown import show_receipt

        store, actor = opened(session, place, files)
        session.dump(show_receipt(session, store, actor, receipt, on=day_or_today("--on", on)))
        session.finish(())


def propose(
    receipt: ReceiptsArgument = None,
    file: FileOption = None,
    edition: EditionOption = None,
    decision: DecisionOption = None,
    code: CodeOption = None,
    share: ShareOption = None,
    reason: ReasonOption = "",
    evidence: EvidenceOption = None,
    on: OnOption = None,
    seen: SeenOption = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """A maker's proposal; without a class, what the machine proposes."""
    with Guard(lang, as_json, data) as session:
        from greenfin.store import decisions

        store, actor = opened(session, place, files)
        asked = read_file(file, edition) if file else one_class(receipt, edition, decision=decision, code=code, share=share)
        items, wanted, _ = items_of(store, actor, asked, seen=seen)
        day = day_of("--on", on) if on else None
        done = decisions.propose(
            store, actor, items, wanted, reference=session.reference(), reason=reason, evidence=evidence or (), effective_on=day
        )
        finish(session, "propose", done, asked)


def approve(
    receipt: ReceiptsArgument = None,
    group: Annotated[bool, typer.Option("--group", help="all that wait and are alike: with --edition, --decision, --code")] = False,
    edition: EditionOption = None,
    branch: Annotated[str | None, typer.Option("--branch", metavar="CODE", show_default=False)] = None,
    decision: DecisionOption = None,
    code: CodeOption = None,
    reason: ReasonOption = "",
    on: OnOption = None,
    seen: SeenOption = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """The next approval of what waits; several at once must be alike."""
    with Guard(lang, as_json) as session:
        from greenfin.store import decisions

        store, actor = opened(session, place, files)
        if group == bool(receipt):
            raise Refused(error("store.group_or_receipts" if receipt else "store.no_receipt_or_group", "--group"))
        if not group and (branch or decision or code):
            raise Refused(error("store.only_for_groups", "--branch --decision --code"))
        found = _waiting(store, actor, edition, branch, decision, code) if group else []
        if group and not found:
            raise Refused(error("store.nothing_waits", "--group"))
        asked = Asked([t.receipt for t in found], edition) if group else one_class(receipt, edition)
        items = _as_found(found) if found else items_of(store, actor, asked, seen=seen)[0]
        done = decisions.approve(store, actor, items, reason=reason, on=day_or_today("--on", on))
        finish(session, "approve", done, asked)


def _as_found(tags: Sequence[TagRow]) -> Items:
    """These tags as they were found: what has changed since is not approved."""
    from greenfin.store.decisions import Items

    return Items([t.receipt for t in tags], [t.edition for t in tags], [t.standing.version for t in tags])


def _waiting(store: Any, actor: Any, edition: str | None, branch: str | None, decision: str | None, code: str | None) -> list[TagRow]:
    """What waits and asks for this class."""
    from greenfin.store import queue
    from greenfin.store.workflow import workflow

    wanted = queue.Filter(states=tuple(workflow().waiting), edition=edition, branch=branch)
    rows = queue.pages(store, actor, wanted)
    return [
        row.tag for row in rows if decision in (None, row.open.decision) and code in (None, row.open.code)
    ]  # fmt: skip


def return_(
    receipt: ReceiptsArgument = None,
    edition: EditionOption = None,
    reason: ReasonOption = "",
    seen: SeenOption = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Back to the maker, with the reason."""
    with Guard(lang, as_json) as session:
        from greenfin.store import decisions

        store, actor = opened(session, place, files)
        asked = one_class(receipt, edition)
        items, _, _ = items_of(store, actor, asked, seen=seen)
        finish(session, "return", decisions.return_(store, actor, items, reason=reason), asked)


def recall(
    receipt: ReceiptsArgument = None,
    edition: EditionOption = None,
    reason: ReasonOption = "",
    seen: SeenOption = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """One's own proposal back, as long as nobody has approved it."""
    with Guard(lang, as_json) as session:
        from greenfin.store import decisions

        store, actor = opened(session, place, files)
        asked = one_class(receipt, edition)
        items, _, _ = items_of(store, actor, asked, seen=seen)
        finish(session, "recall", decisions.recall(store, actor, items, reason=reason), asked)


def correct(
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="takes effect")],
    reason: Annotated[str, typer.Option("--reason", help="kept in the record")],
    receipt: ReceiptsArgument = None,
    file: FileOption = None,
    edition: EditionOption = None,
    decision: DecisionOption = None,
    code: CodeOption = None,
    share: ShareOption = None,
    evidence: EvidenceOption = None,
    seen: SeenOption = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Another class from a day, for every receipt of the same project."""
    with Guard(lang, as_json, data) as session:
        from greenfin.store import decisions

        store, actor = opened(session, place, files)
        if not file and not decision:
            raise Refused(error("store.class_missing", "--decision"))
        asked = read_file(file, edition) if file else one_class(receipt, edition, decision=decision, code=code, share=share)
        items, wanted, _ = items_of(store, actor, asked, seen=seen, whole_projects=not file)
        done = decisions.correct(
            store,
            actor,
            items,
            wanted,
            reference=session.reference(),
            reason=reason,
            effective_on=day_of("--on", on),
            evidence=evidence or (),
        )
        finish(session, "correct", done, asked)


def confirm(
    reason: Annotated[str, typer.Option("--reason", help="kept in the record")],
    receipt: ReceiptsArgument = None,
    edition: EditionOption = None,
    evidence: EvidenceOption = None,
    on: OnOption = None,
    seen: SeenOption = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """The class that stands stays, though the machine now sees another; it does when somebody else approves."""
    with Guard(lang, as_json, data) as session:
        from greenfin.store import decisions

        store, actor = opened(session, place, files)
        asked = one_class(receipt, edition)
        items, wanted, _ = items_of(store, actor, asked, seen=seen)
        day, papers = day_or_today("--on", on), evidence or ()
        done = decisions.correct(
            store, actor, items, wanted, reference=session.reference(), reason=reason, effective_on=day, evidence=papers
        )
        finish(session, "confirm", done, asked)


def withdraw(
    cause: Annotated[str, typer.Option("--cause", metavar="expired_certificate|open_penalty|diverted_funds|other")],
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="green no more from this day")],
    receipt: ReceiptsArgument = None,
    edition: EditionOption = None,
    reason: ReasonOption = "",
    evidence: EvidenceOption = None,
    seen: SeenOption = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Ask that a tag ends; it does when somebody else approves."""
    with Guard(lang, as_json) as session:
        from greenfin.store import decisions

        store, actor = opened(session, place, files)
        asked = one_class(receipt, edition)
        items, _, _ = items_of(store, actor, asked, seen=seen)
        done = decisions.withdraw(
            store, actor, items, cause=cause, on=day_of("--on", on), reason=reason, evidence=evidence or ()
        )  # fmt: skip
        finish(session, "withdraw", done, asked)


def finish(session: Session, act: str, done: Outcome[Done], asked: Asked) -> None:
    """Say what was done and what was left out, and exit."""
    problems = (*asked.problems, *done.problems)
    session.line(session.say("review.done", act=act, n=len(done.value), left=len(problems)))
    session.problems(problems)
    columns = zip(done.value.receipts, done.value.editions, done.value.versions, done.value.states, strict=True)
    rows = [dict(zip(("receipt", "edition", "version", "state"), row, strict=True)) for row in columns]
    session.dump({"done": rows, "problems": session.problems_json(problems)})
    session.finish(problems)

"""``catalogue``: the editions, their entries, where entries went, and the bank's own copy of the official text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.asked import day_or_today, near
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, help_of
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.core.problems import Problem
    from greenfin.reference.attached import Attached
    from greenfin.reference.catalogue import Catalogue
    from greenfin.reference.load import Reference

FEW = 3  # leaves that may be missing from a copy, or one in twenty, before it is an error
_LIKE_IT = 5  # one leaf in so many must be found, or the file is not of this edition
_STORES = (".sqlite", ".sqlite3", ".db")
PlaceOption = Annotated[
    Path | None,
    typer.Option("--to", help="directory of the bank's data; GREENFIN_FILES, else that of GREENFIN_STORE, else runs", show_default=False),
]

catalogue_app = typer.Typer(no_args_is_help=True, help=help_of("catalogue"))


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    catalogue_app.command("list", help=help_of("catalogue_list"))(catalogue_list)
    catalogue_app.command("show", help=help_of("catalogue_show"))(catalogue_show)
    catalogue_app.command("search", help=help_of("catalogue_search"))(catalogue_search)
    catalogue_app.command("crosswalk", help=help_of("catalogue_crosswalk"))(catalogue_crosswalk)
    catalogue_app.command("attach", help=help_of("catalogue_attach"))(catalogue_attach)
    app.add_typer(catalogue_app, name="catalogue")


def catalogue_list(lang: LangOption = "", as_json: JsonOption = False, data: DataOption = None) -> None:
    """The editions: issuer, number, when in force and in which family, entries against the official counts, gaps."""
    with Guard(lang, as_json, data) as session:
        from greenfin.cli.catalogue_words import edition_json, edition_lines

        reference = session.reference()
        editions = sorted(reference.catalogues.values(), key=lambda c: not c.default)
        session.dump({"catalogues": [edition_json(reference, c) for c in editions]})
        session.lines(line for c in editions for line in edition_lines(session, reference, c))


def _catalogue(reference: Reference, edition: str) -> Catalogue:
    if edition not in reference.catalogues:
        raise Refused(error("run.unknown_edition", edition, known=", ".join(reference.catalogues)))
    return reference.catalogues[edition]


def catalogue_show(
    edition: Annotated[str, typer.Argument(metavar="ID")],
    code: Annotated[str | None, typer.Argument(metavar="CODE", show_default=False)] = None,
    to: PlaceOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """An edition, or one of its entries with what is asked of it, where it is in other editions, and the bank's copy."""
    with Guard(lang, as_json, data) as session:
        from dataclasses import asdict

        from greenfin.cli import catalogue_words as words
        from greenfin.reference.attached import read_copies
        from greenfin.reference.catalogue import entry_json

        reference = session.reference()
        catalogue = _catalogue(reference, edition)
        if code is not None and code not in catalogue.entries:
            raise Refused(error("cli.unknown_entry", f"{edition} {code}", near=near(code, catalogue.entries)))
        entries = [catalogue.entries[code]] if code else list(catalogue.entries.values())
        shown: dict[str, object] = {"id": catalogue.id, "title_zh": catalogue.title_zh, "entries": [entry_json(e) for e in entries]}
        if code:
            copies = read_copies(attached_place(to), edition, code)
            shown |= words.asked_json(reference, catalogue, code) | {"attached": [asdict(one) for one in copies]}
            session.lines(words.entry_lines(session, reference, catalogue, entries[0]))
            session.lines(words.copy_lines(session, copies))
        else:
            session.lines(words.edition_lines(session, reference, catalogue))
            session.lines(words.tree_lines(session, catalogue))
        session.dump(shown)


def catalogue_search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...")],
    edition: Annotated[str | None, typer.Option("--edition", "--catalogue", metavar="ID", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Entries by Chinese or English words, pinyin or its initials, by code or by industry code."""
    with Guard(lang, as_json, data) as session:
        from greenfin.cli.catalogue_words import hit_lines
        from greenfin.reference.catalogue import entry_json
        from greenfin.reference.search import MOST, hits

        reference, asked = session.reference(), " ".join(words)
        chosen = [_catalogue(reference, edition)] if edition else sorted(reference.catalogues.values(), key=lambda c: not c.default)
        found = [(c.id, hits(c, _simplified(asked))) for c in chosen]
        shown = [(of, hit.entry) for of, each in found for hit in each[:MOST]]
        left = {of: len(each) - MOST for of, each in found if len(each) > MOST}
        session.dump({"entries": [{"edition": of, **entry_json(e)} for of, e in shown], "more": left})
        session.lines(hit_lines(session, found, most=MOST) if shown else [session.say("catalogue.nothing_found", words=asked)])


def _simplified(words: str) -> str:
    """Traditional signs as simplified ones; the tables are not read for words without any."""
    if words.isascii():
        return words
    from greenfin.tag.normalise import fold

    return fold(words)


def catalogue_crosswalk(
    from_edition: Annotated[str, typer.Argument(metavar="FROM")],
    code: Annotated[str, typer.Argument(metavar="CODE")],
    to_edition: Annotated[str, typer.Argument(metavar="TO")],
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Where an entry went in another edition: a hint for the reviewer, never eligibility."""
    with Guard(lang, as_json, data) as session:
        from greenfin.cli.catalogue_words import crossing_lines
        from greenfin.reference.catalogue import crossings

        reference = session.reference()
        old, new = _catalogue(reference, from_edition), _catalogue(reference, to_edition)
        if code not in old.entries:
            raise Refused(error("cli.unknown_entry", f"{from_edition} {code}", near=near(code, old.entries)))
        found = crossings(reference, from_edition, code, to_edition)
        rows = [
            {"to": c.to_code, "kind": c.kind, "note": c.note, "name_zh": new.entries[c.to_code].name_zh if c.to_code in new.entries else ""}
            for c in found
        ]
        session.dump({"from": code, "crossings": rows, "hint_only": True})
        session.lines(crossing_lines(session, old.entries[code], new, found))


def catalogue_attach(
    edition: Annotated[str, typer.Argument(metavar="ID")],
    file: Annotated[Path, typer.Argument(help="pdf, docx, xlsx, csv, txt, md")],
    to: PlaceOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Keep the bank's own copy of the official text, split by entry. Exit 1 when more than a few leaves were not found in it."""
    with Guard(lang, as_json, data) as session:
        from greenfin.cli.catalogue_words import missing_lines
        from greenfin.reference import attached

        catalogue = _catalogue(session.reference(), edition)
        rows = _split(catalogue, file)
        missing = [row.entry for row in rows if not row.text]
        kept = attached.write(attached_place(to), edition, rows)
        of = sum(1 for _ in catalogue.leaves())
        n = len(rows) - len(missing)
        session.line(session.say("catalogue.attached", file=file.name, n=n, leaves=of - len(missing), of=of, place=kept))
        session.lines(missing_lines(session, catalogue, missing))
        problems = _missing(file.name, missing, of)
        session.problems(problems)
        about = {"edition": edition, "file": file.name, "sha256": rows[0].sha256, "attached_on": rows[0].attached_on, "kept_in": str(kept)}
        session.dump({**about, "found": n, "missing": missing, "problems": session.problems_json(problems)})
        session.finish(problems)


def _split(catalogue: Catalogue, file: Path) -> tuple[Attached, ...]:
    """The rows to keep of a file. Raises Refused where it cannot be read or is not like the edition."""

    from greenfin.ingest import read_source
    from greenfin.ingest.official import read_official
    from greenfin.reference.attached import rows_of
    from greenfin.reference.official_text import split

    found = {code: (one.place, one.text) for code, one in split(read_official(file), catalogue).items()}
    leaves = [entry.code for entry in catalogue.leaves()]
    known = sum(code in found for code in leaves)
    if known * _LIKE_IT < len(leaves):
        raise Refused(error("catalogue.attached_other", file.name, edition=catalogue.id, n=known, of=len(leaves)))
    today = day_or_today("--on", None).isoformat()
    return rows_of(found, leaves, file=file.name, sha256=read_source(file).sha256, day=today)


def _missing(name: str, missing: list[str], of: int) -> list[Problem]:
    from greenfin.core.problems import warning

    if not missing:
        return []
    if len(missing) > max(FEW, of // 20):
        return [error("catalogue.attached_missing", name, n=len(missing), of=of)]
    return [warning("catalogue.attached_missing", name, n=len(missing), of=of)]


def attached_place(to: Path | None = None, *, store: str | None = None) -> Path:
    """The directory of the bank's data: the one given, else as the store's files: ``GREENFIN_FILES``, the store's directory, ``runs``."""
    files = to or os.environ.get("GREENFIN_FILES")
    if files:
        return Path(files)
    place = store or os.environ.get("GREENFIN_STORE") or "runs"
    if "://" in place:
        return Path("runs")
    return Path(place).parent if Path(place).suffix in _STORES else Path(place)

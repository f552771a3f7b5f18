"""``financed --align``: a portfolio against a scenario, by company, sector and as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    import polars as pl

    from greenfin.cli.session import Session
    from greenfin.financed.aligning import Aligned

PARTS = ("companies", "sectors", "portfolio")
MOST = 40  # lines of a table in the terminal


def show_alignment(
    session: Session, way: str, files: Sequence[Path], *, scenario: Sequence[Path], choices: Mapping[str, str], out: Path | None
) -> None:
    """Read the portfolio and the scenario, count, and show by company, sector and portfolio; ``out`` gets the rows as well."""
    from greenfin.financed.aligning import aligned
    from greenfin.ingest.portfolios import read_portfolio

    _checked(choices)
    held, paths = read_portfolio(files), read_portfolio(scenario)
    found = aligned(way, held.value, paths.value, choices=choices)
    problems = [*held.problems, *paths.problems, *found.problems]
    if out:
        _write(found.value, out)
    parts = {name: _records(getattr(found.value, name)) for name in PARTS}
    session.dump({"align": way, **parts, "problems": session.problems_json(problems)})
    session.lines(_lines(session, found.value))
    session.problems(problems)
    session.finish(problems)


def _checked(choices: Mapping[str, str]) -> None:
    from greenfin.methods.registry import method

    known = {c.name: [choice.name for choice in c.choices] for c in method("SBTI-TEMP").declaration.conventions}
    for name, choice in choices.items():
        if choice not in known.get(name, ()):
            said = "; ".join(f"{each}={'|'.join(names)}" for each, names in known.items())
            raise Refused(error("financed.align_choice", name, found=choice, known=said))


def _records(table: pl.DataFrame) -> list[dict[str, object]]:
    return table.fill_nan(None).to_dicts() if len(table) else []


def _lines(session: Session, found: Aligned) -> Iterator[str]:
    yield session.say("financed.align_head", way=session.say(f"align.{found.way}"))
    for name in reversed(PARTS):
        table = getattr(found, name)
        if len(table):
            yield f"— {session.say(f'align.{name}')}"
            yield from _table(session, table)


def _table(session: Session, table: pl.DataFrame) -> Iterator[str]:
    """The columns that hold something, in words, numbers with four digits."""
    names = [name for name in table.columns if name != "cell" and table[name].null_count() < len(table)]
    yield "  " + "  ".join(session.say(f"align.{name}") for name in names)
    for row in table.select(names).head(MOST).iter_rows():
        yield "  " + "  ".join(_said(value) for value in row)
    if len(table) > MOST:
        yield "  " + session.say("cli.and_more", n=len(table) - MOST)


def _said(value: object) -> str:
    if value is None or value == "":
        return "—"
    return f"{value + 0.0:,.4f}" if isinstance(value, float) else str(value)


def _write(found: Aligned, out: Path) -> None:
    """The companies' rows in one file, or a folder with a file for each part."""
    from greenfin import disclose

    if out.suffix:
        disclose.write_rows(found.companies.to_arrow(), out)
        return
    for name in PARTS:
        table = getattr(found, name)
        if len(table):
            disclose.write_rows(table.to_arrow(), out / f"{name}.csv")

"""What the front end shows of a run as a whole, and which runs there are. No streamlit here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenfin._version import __version__
from greenfin.core.problems import Refused, error
from greenfin.disclose.printed import number, word
from greenfin.messages import Lang, say
from greenfin.run_folder import Saved, open_run
from greenfin.store import open_store, runs
from greenfin.ui.views.units import money

STORE = "greenfin.sqlite"
FEN_PER_YUAN = 100
_ID_SHOWN = 17  # the data date and six digits
PARTS = ("green", "not_green", "review", "rejected")


def find_runs(place: Path, *, limit: int = 200) -> tuple[Saved, ...]:
    """The whole runs at a place, the newest data first: the folder itself, those its register lists, those below it and in its ``runs``.

    Damaged folders are left out here; raises Refused where there is no run at all.
    """
    folders = [place] if (place / "run.json").is_file() else list(dict.fromkeys(_folders(place, limit)))
    found = _newest_first(saved for folder in folders[:limit] if (saved := _whole(folder)))
    if not found:
        raise Refused(error("ui.no_run", str(place)))
    return found


def find_with(place: Path, record: str | Path, *, limit: int = 200) -> tuple[Saved, ...]:
    """The runs at a place and those that a record's register lists and that are on this machine, the newest first; each once."""
    listed = [entry.folder for entry in runs(open_store(record), limit=limit)]
    here = [place] if (place / "run.json").is_file() else list(_folders(place, limit))
    folders = dict.fromkeys(folder.resolve() for folder in (*here, *listed))
    by_id = {saved.id: saved for folder in list(folders)[:limit] if (saved := _whole(folder))}
    return _newest_first(by_id.values())


def _newest_first(found: Iterable[Saved]) -> tuple[Saved, ...]:
    """By data date, then by when they were made."""
    return tuple(
        sorted(found, key=lambda saved: (saved.record["made_of"]["as_of"], (saved.folder / "run.json").stat().st_mtime), reverse=True)
    )


def _folders(place: Path, limit: int) -> Iterator[Path]:
    for home in (place, place / "runs"):
        if (home / STORE).is_file():
            yield from (entry.folder for entry in runs(open_store(home / STORE), limit=limit))
        if home.is_dir():
            made = (path for path in home.glob("*/run.json") if path.is_file())
            yield from (path.parent.resolve() for path in sorted(made, key=lambda p: p.stat().st_mtime, reverse=True))


def _whole(folder: Path) -> Saved | None:
    try:
        saved = open_run(folder)
        return saved if {"run", "made_of", "counts", "outcomes"} <= saved.record.keys() else None
    except Refused:
        return None


def choice(saved: Saved) -> str:
    """A run in the chooser: its folder's name, and as much of its id as tells it from others."""
    return saved.id if saved.folder.name == saved.id else f"{saved.folder.name} · {saved.id[:_ID_SHOWN]}"


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the book's balance: ``kind`` is book, green, not_green, review or rejected; ``share`` of the book."""

    kind: str
    words: str
    amount: str
    share: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A run in a few figures, printed. ``holds``: book = green + not green + review + rejected, to the fen."""

    title: str
    facts: tuple[tuple[str, str], ...]
    book: Part
    parts: tuple[Part, ...]
    holds: bool
    other_version: str


def overview(saved: Saved, lang: Lang, *, editions: Mapping[str, str]) -> Overview:
    """The figures of ``run.json``, ready to print; ``editions`` are the names of catalogue editions by id."""
    record, outcomes = saved.record, saved.record["outcomes"]
    made_of: Mapping[str, Any] = record["made_of"]
    known = [outcomes.get(f"{kind}_balance") for kind in PARTS]
    return Overview(
        title=saved.id,
        facts=_facts(made_of, lang, editions),
        book=_part("book", outcomes, lang),
        parts=tuple(_part(kind, outcomes, lang) for kind in PARTS),
        holds=None not in known and sum(known) == outcomes.get("book_balance"),
        other_version="" if made_of["greenfin"] == __version__ else made_of["greenfin"],
    )


def _part(kind: str, outcomes: Mapping[str, int | None], lang: Lang) -> Part:
    fen, book = outcomes.get(f"{kind}_balance"), outcomes.get("book_balance")
    amount = word("missing", lang) if fen is None else money(Fraction(fen, FEN_PER_YUAN), lang)
    share = number(Fraction(100 * fen, book), 2) + "%" if fen is not None and book else word("missing", lang)
    return Part(kind, say(f"run.{kind}_balance", lang), amount, share)


def _facts(made_of: Mapping[str, Any], lang: Lang, editions: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    values = {
        "as_of": made_of["as_of"],
        "edition": editions.get(made_of["edition"], made_of["edition"]),
        "policy": made_of["options"]["policy"],
        "version": made_of["greenfin"],
        "reference": str(made_of["reference"])[:12],
    }
    named = [(say(f"ui.fact.{name}", lang), str(value)) for name, value in values.items()]
    files = [(say("ui.fact.file", lang), f"{f['name']} (sha256 {f['sha256'][:12]})") for f in made_of["files"]]
    return (*named, *files)

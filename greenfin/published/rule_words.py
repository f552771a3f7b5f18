"""V-SLOT, V-CATDEN, V-DOC, V-UNIT: empty slots, coverage of a catalogue, names and dates of documents, units that slipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from greenfin.published.facts import Facts
from greenfin.published.figures import span_of
from greenfin.published.index import Case
from greenfin.published.rule_change import Reading, levels_of
from greenfin.published.settings import setting
from greenfin.published.shapes import Finding, Passage, Result, Table, failed, together
from greenfin.published.spans import Span, whole
from greenfin.published.words import mapping, pattern, plain
from greenfin.reference.catalogue import Catalogue

_SHOWN = 24


def check_words(case: Case) -> Result:
    """All passages and cells."""
    found = [result for where, text, is_prose in _texts(case) for result in _slots(where, text, is_prose=is_prose)]
    found += [result for passage in case.document.passages for result in _coverage(passage, case)]
    found += [result for where, text in _rows(case) for result in _dates(where, text, case)]
    found += [result for facts in case.tables for result in _slipped(facts)]
    return together(found)


def _texts(case: Case) -> Iterator[tuple[str, str, bool]]:
    for block in case.document.blocks:
        if isinstance(block, Passage):
            yield block.where, plain(block.text), True
        else:
            yield from ((cell.where, plain(cell.text), False) for row in block.rows for cell in row if cell.text and not cell.is_filled)


def _rows(case: Case) -> Iterator[tuple[str, str]]:
    """Passages, and rows of tables as one text each: a title in one cell may have its date in the next."""
    for block in case.document.blocks:
        if isinstance(block, Table):
            yield from ((row[0].where, " ".join(plain(cell.text) for cell in row if not cell.is_filled)) for row in block.rows if row)
        else:
            yield block.where, plain(block.text)


def _slots(where: str, text: str, *, is_prose: bool) -> Iterator[Result]:
    """What a template left unfilled."""
    names = ("mark", "lost", "empty") if is_prose and pattern("slot.prose").search(text) else ("mark", "lost")
    text = pattern("slot.signed").sub(" ", text)
    for name in names:
        if found := pattern(f"slot.{name}").search(text):
            shown = text[max(0, found.start() - _SHOWN // 2) : found.end() + _SHOWN // 2]
            yield failed(
                Finding(
                    "V-SLOT", "error", where, "published.slot_empty", found[0].strip() or "_", slots={"printed": found[0], "words": shown}
                )
            )
            return


def _coverage(passage: Passage, case: Case) -> Iterator[Result]:
    """So many classes of a catalogue are so many percent of it."""
    text = plain(passage.text)
    for name in ("ratio", "english"):
        for found in pattern(f"catalogue.{name}").finditer(text):
            level = mapping("catalogue.levels")[found["level"].casefold()]
            named = [c for c in case.reference.catalogues.values() if _is_named(c, text[max(0, found.start() - 60) : found.end()])]
            if named:
                yield _covered(
                    passage,
                    int(found["n"]),
                    span_of(found["share"]),
                    _sizes(named, level),
                    _sizes(case.reference.catalogues.values(), level),
                )


def _is_named(catalogue: Catalogue, text: str) -> bool:
    """Whether an edition is spoken of: its title without its year, and its year where one is said."""
    title = pattern("catalogue.edition").sub("", plain(catalogue.title_zh))
    said = pattern("catalogue.edition").search(text)
    own = pattern("catalogue.edition").search(plain(catalogue.title_zh))
    return bool(title) and title in text and (said is None or own is None or said[1] == own[1])


def _sizes(catalogues: Iterable[Catalogue], level: int) -> dict[int, str]:
    """How many classes of a level a catalogue has: its own count, and with the upper classes that have none below them."""
    found: dict[int, str] = {}
    for catalogue in catalogues:
        count = catalogue.counts.get(level)
        if count:
            found.setdefault(count, catalogue.title_zh)
            parents = {code.rpartition(".")[0] for code in catalogue.entries}
            lone = sum(1 for code in catalogue.entries if code.count(".") + 1 < level and code not in parents)
            found.setdefault(count + lone, catalogue.title_zh)
    return found


def _covered(passage: Passage, count: int, share: Span, mine: dict[int, str], others: dict[int, str]) -> Result:
    readings = [Reading("share", share, whole(100 * count / size), (passage.where,)) for size in mine if size >= count]
    if any(reading.printed.meets(reading.meant) for reading in readings):
        return Result((), 1, 1)
    size = next(iter(mine))
    other = next(
        (f"{title} ({n})" for n, title in others.items() if n >= count and n not in mine and share.meets(whole(100 * count / n))), "-"
    )
    meant = 100 * count / size
    slots = {"n": count, "size": size, "title": mine[size], "other": other, "printed": f"{share.value:g}%", "value": f"{meant:.4g}"}
    code = "published.more_than_catalogue" if count > size else "published.coverage"
    return failed(Finding("V-CATDEN", "error", passage.where, code, share.value, round(meant, 4), round(meant, 4), round(meant, 4), slots))


def _dates(where: str, text: str, case: Case) -> Iterator[Result]:
    """A catalogue's title beside a date on which it was not issued."""
    for found in pattern("catalogue.date").finditer(text):
        for catalogue in case.reference.catalogues.values():
            edition = pattern("catalogue.edition").search(plain(catalogue.title_zh))
            if edition is None or len(catalogue.published_on) < 7 or not _is_issue(catalogue, edition[1], text, found.start()):
                continue
            said = f"{found[1]}-{int(found[2]):02}"
            if said == catalogue.published_on[:7] or (catalogue.in_force_from and said == f"{catalogue.in_force_from:%Y-%m}"):
                yield Result((), 1, 1)
            elif abs(int(found[1]) - int(catalogue.published_on[:4])) <= 1:
                slots = {"title": catalogue.title_zh, "printed": said, "value": catalogue.published_on}
                yield failed(Finding("V-DOC", "warning", where, "published.issue_date", said, slots=slots))


def _is_issue(catalogue: Catalogue, edition: str, text: str, at: int) -> bool:
    """Whether a date stands right beside a catalogue's title with its year: in the next cell, or with a word of issuing."""
    title = pattern("catalogue.edition").sub("", plain(catalogue.title_zh))
    place = text.find(title)
    near = text[max(0, min(place, at) - 4) : max(place + len(title), at) + _SHOWN]
    has_edition = any(match[1] == edition for match in pattern("catalogue.edition").finditer(text[place : place + len(title) + 12]))
    return place >= 0 and has_edition and abs(at - place) < 60 and (bool(pattern("catalogue.issued").search(near)) or len(text) < 120)


def _slipped(facts: Facts) -> Iterator[Result]:
    """One row whose years are thousands of times apart: a unit has slipped; money of one table in several sizes."""
    for by_period in levels_of(facts).values():
        for one, other in pairwise(sorted(by_period, key=lambda p: (p.year, p.part))):
            a, b = by_period[one].figure.base.value, by_period[other].figure.base.value
            if a > 0 and b > 0 and one.reach == other.reach and max(a / b, b / a) > setting("unit", "slip"):
                slots = {"printed": by_period[other].figure.text, "of": by_period[one].figure.text}
                yield failed(
                    Finding(
                        "V-UNIT", "warning", by_period[other].where, "published.unit_slipped", by_period[other].figure.value, slots=slots
                    )
                )

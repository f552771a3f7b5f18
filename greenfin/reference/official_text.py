"""The official text of a catalogue, split by entry: headings and table rows are found by code and title, whichever is printed."""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby, islice, takewhile

from greenfin.reference.catalogue import Catalogue, Entry

MOST_LETTERS = 10_000  # of one entry's text: what follows the last entry may be a whole appendix
_EDGE = 6  # lines at the head and at the foot of a page that may be running ones: its title, number, a table's heads
_PAGES, _ON_PAGES = 3, 0.4  # at least so many pages, and so many of all: a line at their edge that comes again there is a running one
_PLACES = 40  # of one entry that are looked at
_NUMBERING = 60  # signs before a title in its line or cell: with more it is named in a sentence
_IN_ORDER = 0.7  # of the entries found: a document that keeps fewer in the catalogue's order keeps another one
_CODE = re.compile(r"\d+(?:\.\d+)+")
_PAGE_NUMBER = re.compile(r"(?<![\d.])\d+(?![\d.])")
BOTH, TITLE, ONLY_CODE = 4.0, 2.0, 1.0  # how sure a place is


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document: its place for people, its page (0: none) and its cells; running text has one cell."""

    place: str
    cells: tuple[str, ...]
    page: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The text of an entry, from its heading to the next one, and the place of its heading."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class _Anchor:
    order: int  # of the entry in the catalogue
    code: str
    start: int
    sure: float
    is_cell: bool  # fills a cell of a table


@dataclass(frozen=True)
class _Body:
    """The text in one string with where lines and cells begin; ``packed``: its letters and digits alone, folded, from ``origin``."""

    text: str
    places: tuple[str, ...]
    lines: Sequence[int]
    cells: Sequence[int]
    in_table: frozenset[int]
    packed: str = field(default="", repr=False)
    origin: Sequence[int] = field(default=(), repr=False)

    def cell_of(self, at: int) -> tuple[int, int]:
        """Begin and end of the cell that holds a position."""
        place = bisect_right(self.cells, at) - 1
        end = self.cells[place + 1] - 1 if place + 1 < len(self.cells) else len(self.text)
        return self.cells[place], end

    def line_of(self, at: int) -> int:
        """The number of the line that holds a position."""
        return bisect_right(self.lines, at) - 1


def split(lines: Sequence[Line], catalogue: Catalogue) -> Mapping[str, Found]:
    """The text of each entry that the document prints, by code.

    Page headers, footers and page numbers are left out; titles may be broken over lines. Of several places of an entry (a table of
    contents, a mention) those are taken that keep the order of the catalogue with most text between them.
    """
    body = _body(_without_running(lines, catalogue))
    anchors = sorted(_anchors(body, catalogue), key=lambda one: one.start)
    chosen = _chosen(anchors, len(body.text))
    cuts = sorted({one.start for one in chosen} | {one.start for one in anchors if one.is_cell} | {len(body.text)})
    own = _own_places(anchors)
    return {one.code: _found(body, one, cuts, own[one.code]) for one in chosen}


def _own_places(anchors: Iterable[_Anchor]) -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for one in anchors:
        found.setdefault(one.code, set()).add(one.start)
    return {code: frozenset(starts) for code, starts in found.items()}


def _found(body: _Body, anchor: _Anchor, cuts: Sequence[int], own: frozenset[int]) -> Found:
    end = next(cut for cut in cuts[bisect_right(cuts, anchor.start) :] if cut not in own)
    written = (line.strip() for line in body.text[anchor.start : end].replace("\t", "\n").split("\n"))
    text = "\n".join(line for line in written if line).lstrip("=+-@*#>| ")  # no bullet, and nothing that a spreadsheet runs
    return Found(body.places[body.line_of(anchor.start)], text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS] + "\u2026")


# running lines


def _without_running(lines: Sequence[Line], catalogue: Catalogue) -> list[Line]:
    """The lines without those that come again at the head or foot of the pages, but for an entry's own heading."""
    pages = [list(group) for page, group in groupby(lines, key=lambda line: line.page) if page]
    headings = {_packed(words) for e in catalogue.entries.values() for words in (e.name_zh, e.name_en, e.code + e.name_zh)}
    dropped: set[int] = set()
    for edges in ([page[:_EDGE] for page in pages], [page[: -_EDGE - 1 : -1] for page in pages]):
        seen = Counter((at, _masked(line)) for edge in edges for at, line in enumerate(edge))
        often = {key for key, n in seen.items() if n >= max(_PAGES, _ON_PAGES * len(pages))}
        for edge in edges:
            running = takewhile(lambda one: (one[0], _masked(one[1])) in often, enumerate(edge))  # noqa: B023  # used up at once
            dropped |= {id(line) for _, line in running if _packed("".join(line.cells)) not in headings}
    return [line for line in lines if id(line) not in dropped]


def _masked(line: Line) -> str:
    return "".join(_PAGE_NUMBER.sub("#", "\t".join(line.cells)).split())


# the text


def _body(lines: Sequence[Line]) -> _Body:
    parts: list[str] = []
    starts, cells, in_table, at = [], [], set[int](), 0
    for number, line in enumerate(lines):
        starts.append(at)
        if len(line.cells) > 1:
            in_table.add(number)
        for cell in line.cells:
            text = cell.replace("\t", " ").replace("\n", " ")
            cells.append(at)
            parts += [text, "\t"]
            at += len(text) + 1
        if line.cells:
            parts[-1] = "\n"
    text = "".join(parts)
    packed: list[str] = []
    origin = array("I")
    for place, sign in enumerate(text):
        if folded := _folded(sign):
            packed.append(folded)
            origin.extend([place] * len(folded))
    return _Body(text, tuple(line.place for line in lines), starts, cells, frozenset(in_table), "".join(packed), origin)


@cache
def _folded(sign: str) -> str:
    """Letters and digits of a sign as they are compared."""
    return "".join(c for c in unicodedata.normalize("NFKC", sign).casefold() if c.isalnum())


def _packed(text: str) -> str:
    return "".join(map(_folded, text))


# places of entries


def _anchors(body: _Body, catalogue: Catalogue) -> Iterator[_Anchor]:
    entries = list(enumerate(catalogue.entries.values()))
    titled = {order: list(islice(_title_places(body, order, entry, catalogue), _PLACES)) for order, entry in entries}
    for found in titled.values():
        yield from found
    leaves = [order for order, entry in entries if entry.is_leaf]
    has_titles = 5 * sum(bool(titled[order]) for order in leaves) >= len(leaves)
    orders = {entry.code: order for order, entry in entries if not any(one.sure == BOTH for one in titled[order])}
    yield from _code_places(body, catalogue, orders, has_titles=has_titles)


def _title_places(body: _Body, order: int, entry: Entry, catalogue: Catalogue) -> Iterator[_Anchor]:
    for title in dict.fromkeys((_packed(entry.name_zh), _packed(entry.name_en))):
        at = body.packed.find(title) if len(title) > 1 else -1
        while at >= 0:
            start, end = body.origin[at], body.origin[at + len(title) - 1] + 1
            if found := _title_place(body, order, entry, catalogue, start=start, end=end):
                yield found
            at = body.packed.find(title, at + 1)


def _title_place(body: _Body, order: int, entry: Entry, catalogue: Catalogue, *, start: int, end: int) -> _Anchor | None:
    """A title that begins a line or cell, after a number at most; without its code it must also end there or at a sign."""
    cell, cell_end = body.cell_of(start)
    if start - cell > _NUMBERING:
        return None
    before = body.text[cell:start]
    number = unicodedata.normalize("NFKC", before).strip(" .,:\u3001")
    numbers = {number, *_CODE.findall(number)}
    start = cell + len(before) - len(before.lstrip())
    if not _is_numbering(before) or any(_has_title(catalogue.entries.get(code), entry) for code in numbers - {entry.code}):
        return None
    fills = body.line_of(start) in body.in_table and not body.text[end:cell_end].strip()
    if _printed(entry) in numbers:
        return _Anchor(order, entry.code, start, BOTH, fills)
    above, at = _cell_before(body, cell) if not before.strip() else ("", start)
    if above == _printed(entry):
        return _Anchor(order, entry.code, at, BOTH, fills)
    if _has_title(catalogue.entries.get(above), entry):
        return None
    return _Anchor(order, entry.code, start, TITLE, fills) if not body.text[end : end + 1].isalnum() else None


def _printed(entry: Entry) -> str:
    """The code as a document prints it: without the name of a part before it."""
    return entry.code.rpartition(" ")[2]


def _has_title(other: Entry | None, entry: Entry) -> bool:
    return other is not None and _packed(other.name_zh) == _packed(entry.name_zh)


def _is_numbering(text: str) -> bool:
    """Whether what stands before a title is a number (3.1, a chapter's, in brackets), marks, or nothing."""
    signs = [sign for sign in text if sign.isalnum()]
    letters = [sign for sign in signs if unicodedata.numeric(sign, None) is None]
    return not letters or (len(letters) <= 2 and len(signs) > len(letters) and len(signs) <= 6)


def _cell_before(body: _Body, cell: int) -> tuple[str, int]:
    """What fills the cell or line right before, and where it begins."""
    start, end = body.cell_of(cell - 1) if cell else (0, 0)
    return unicodedata.normalize("NFKC", body.text[start:end]).strip(), start


def _code_places(body: _Body, catalogue: Catalogue, orders: Mapping[str, int], *, has_titles: bool) -> Iterator[_Anchor]:
    """Codes that begin a line or cell and are not followed by their title: alone there, before words like it, or where no titles are."""
    seen: Counter[str] = Counter()
    for cell in body.cells:
        _, end = body.cell_of(cell)
        text = unicodedata.normalize("NFKC", body.text[cell:end]).strip()
        found = _CODE.match(text)
        if not found or found[0] not in orders or text[found.end() : found.end() + 1] == "." or seen[found[0]] >= _PLACES:
            continue
        rest = text[found.end() :].strip()
        apart = not text[found.end() : found.end() + 1].isalnum() and not rest[:1].isdigit()
        if not rest or (not has_titles and apart) or _alike(rest, catalogue.entries[found[0]]):
            seen[found[0]] += 1
            yield _Anchor(orders[found[0]], found[0], cell, ONLY_CODE, not rest and body.line_of(cell) in body.in_table)


def _alike(text: str, entry: Entry) -> bool:
    """Whether at least half of the pairs of signs of the title are in what follows the code."""
    title, said = _packed(entry.name_zh), _packed(text)[: 2 * len(entry.name_zh)]
    pairs = {title[at : at + 2] for at in range(len(title) - 1)}
    return bool(pairs) and 2 * sum(pair in said for pair in pairs) >= len(pairs)


# which places are the entries'


def _chosen(anchors: Sequence[_Anchor], end: int) -> tuple[_Anchor, ...]:
    """One place of each entry, in the order of the catalogue; where the document keeps another order, the surest of each."""
    starts = sorted({one.start for one in anchors})
    after = dict(zip(starts, [*starts[1:], end], strict=True)) if starts else {}
    weights = [one.sure + min(after[one.start] - one.start, 400) / 450 for one in anchors]
    chain = _heaviest(anchors, weights)
    if len(chain) >= _IN_ORDER * len({one.order for one in anchors}):
        return chain
    best: dict[int, tuple[float, int]] = {}
    for at, one in enumerate(anchors):
        best[one.order] = max(best.get(one.order, (0.0, 0)), (weights[at], -at))
    return tuple(anchors[-at] for _, at in best.values())


def _heaviest(anchors: Sequence[_Anchor], weights: Sequence[float]) -> tuple[_Anchor, ...]:
    """The heaviest row of places that go forward in the document and in the catalogue (a tree of best ends, by order)."""
    size = max((one.order for one in anchors), default=0) + 1
    tree: list[tuple[float, int]] = [(0.0, -1)] * (size + 1)
    before: dict[int, int] = {}
    for _, group in groupby(range(len(anchors)), key=lambda at: anchors[at].start):
        ends = [(at, _best(tree, anchors[at].order)) for at in group]
        for at, (weight, last) in ends:
            before[at] = last
            _raise(tree, anchors[at].order + 1, (weight + weights[at], at))
    found, at = [], _best(tree, size)[1]
    while at >= 0:
        found.append(anchors[at])
        at = before[at]
    return tuple(reversed(found))


def _best(tree: Sequence[tuple[float, int]], order: int) -> tuple[float, int]:
    found = (0.0, -1)
    while order > 0:
        found = max(found, tree[order])
        order -= order & -order
    return found


def _raise(tree: list[tuple[float, int]], order: int, value: tuple[float, int]) -> None:
    while order < len(tree):
        tree[order] = max(tree[order], value)
        order += order & -order

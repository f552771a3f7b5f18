"""Any published file as a document: told apart by content, refused where it cannot be read safely."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.ingest import read_source
from greenfin.published.labels import period_in
from greenfin.published.shapes import Document, Passage, Table
from greenfin.published.words import pattern, plain

MAX_PUBLISHED = 128 * 2**20
MOST_ROWS = 2_000
MOST_TEXT = 20_000
_HEAD = 8
_FIRST_BLOCKS = 12
Blocks = tuple[Table | Passage, ...]


def read_published(path: Path) -> Outcome[Document]:
    """A published xlsx, csv, Markdown, text, docx or PDF file, in reading order; raises Refused for anything else."""
    source = read_source(path, role="published")
    if source.size == 0:
        raise Refused(error("ingest.file_empty", path.name))
    if source.size > MAX_PUBLISHED:
        raise Refused(error("ingest.file_too_large", path.name, found=source.size, limit=MAX_PUBLISHED))
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    found = _blocks(path, head)
    if not found.value:
        raise Refused(error("published.nothing_read", path.name))
    kept, left_out = _bounded(path.name, found.value)
    return Outcome(document_of(path, kept), (*found.problems, *left_out))


def _bounded(name: str, blocks: Blocks) -> tuple[Blocks, tuple[Problem, ...]]:
    """The blocks without what no report prints: tables of thousands of rows (a list of loans), paragraphs as long as a chapter."""
    kept: list[Table | Passage] = []
    problems: list[Problem] = []
    for block in blocks:
        if isinstance(block, Table) and len(block.rows) > MOST_ROWS:
            problems.append(warning("published.table_left_out", block.where or name, rows=len(block.rows), most=MOST_ROWS))
        elif isinstance(block, Passage) and len(block.text) > MOST_TEXT:
            problems.append(warning("published.text_cut", block.where or name, signs=len(block.text), most=MOST_TEXT))
            kept.append(replace(block, text=block.text[:MOST_TEXT]))
        else:
            kept.append(block)
    return tuple(kept), tuple(problems)


def document_of(path: Path, blocks: Blocks) -> Document:
    """Blocks as the document of a file, with the year it is about."""
    return Document(path.name, blocks, _year(path.stem, blocks))


def _blocks(path: Path, head: bytes) -> Outcome[Blocks]:
    if head.startswith(b"%PDF") or path.suffix.casefold() == ".pdf":
        from greenfin.published.pdf import read_pdf

        return read_pdf(path)
    if head.startswith(b"PK"):
        from greenfin.published.office import read_office

        return read_office(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(error("published.old_or_encrypted", path.name))
    from greenfin.published.plain_files import read_plain

    return read_plain(path)


def _year(stem: str, blocks: Blocks) -> int:
    """The year that the document is about: of its first title that says one, else of its file name, else the latest that tables name."""
    for block in blocks[:_FIRST_BLOCKS]:
        text = plain(block.text if isinstance(block, Passage) else block.caption)
        period, _ = period_in(text[:60])
        if period and period.year:
            return period.year
    if found := pattern("period.about").search(plain(stem)):
        return int(found[1])
    about = pattern("period.about")
    counted = Counter(int(year) for block in blocks if isinstance(block, Passage) for year in about.findall(plain(block.text)))
    return max((year for year, times in counted.items() if times == max(counted.values())), default=0)

"""V-DOC: a document cited by a name that is nearly, but not, the name of an official document."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from greenfin.published.index import Case
from greenfin.published.settings import setting
from greenfin.published.shapes import HELD, Finding, Passage, Result, failed, together
from greenfin.published.words import pattern, plain, rows_of


def check_names(case: Case) -> Result:
    """All titles in 《》, against ``documents.csv``, the sources of the factors and the catalogues."""
    official = {_bare(title): title for title in _official(case)}
    texts = [(where, text) for where, text in _texts(case) if pattern("catalogue.title").search(text)]
    return together([result for where, text in texts for result in _of_text(where, text, official)])


def _official(case: Case) -> Iterator[str]:
    yield from (row["title"] for row in rows_of("documents.csv"))
    yield from (document.title_zh for document in case.reference.sources.values())
    yield from (catalogue.title_zh for catalogue in case.reference.catalogues.values())


def _texts(case: Case) -> Iterator[tuple[str, str]]:
    for block in case.document.blocks:
        if isinstance(block, Passage):
            yield block.where, plain(block.text)
        else:
            yield from ((cell.where, plain(cell.text)) for row in block.rows for cell in row if not cell.is_filled)


def _bare(title: str) -> str:
    """A title without its edition."""
    return pattern("catalogue.trial").sub("", pattern("catalogue.edition").sub("", plain(title))).strip()


def _of_text(where: str, text: str, official: dict[str, str]) -> Iterator[Result]:
    for found in pattern("catalogue.title").finditer(text):
        cited = _bare(found[1])
        if cited in official:
            yield HELD
        elif near := next((title for bare, title in official.items() if _is_near(cited, bare)), ""):
            slots = {"printed": found[1], "title": near}
            yield failed(Finding("V-DOC", "warning", where, "published.document_name", found[1], slots=slots))


def _is_near(cited: str, official: str) -> bool:
    """Whether a few signs between the same beginning and the same end differ, and no number."""
    least, off, ends = (int(setting("name", name)) for name in ("least", "off", "ends"))
    if len(official) < least or abs(len(cited) - len(official)) > off or cited[:2] != official[:2] or cited[-ends:] != official[-ends:]:
        return False
    same = sum(block.size for block in SequenceMatcher(None, cited, official, autojunk=False).get_matching_blocks())
    digits = [[sign for sign in text if sign.isdigit()] for text in (cited, official)]
    return 0 < max(len(cited), len(official)) - same <= off and digits[0] == digits[1]

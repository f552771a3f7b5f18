"""The documents that values and catalogues come from (``factors/sources.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from greenfin.core.problems import error
from greenfin.reference.files import Folder
from greenfin.reference.strict_yaml import Block, Reader

PATH = "factors/sources.yaml"


@dataclass(frozen=True, slots=True)
class SourceDoc:
    """A document. ``published_on`` is as exact as known: year, year-month or day. ``terms``: what it is, what may be done with it."""

    id: str
    title_zh: str
    title_en: str
    issuer: str = ""
    number: str = ""
    published_on: str = ""
    link: str = ""
    terms: str = ""
    where: str = ""

    def cite(self, lang: str) -> str:
        """The document in one line: title and number."""
        title = self.title_zh if lang == "zh" else self.title_en
        return f"{title} ({self.number})" if self.number else title


def read_sources(folder: Folder) -> Mapping[str, SourceDoc]:
    """All documents by id; what is wrong is added to the folder's problems."""
    block = folder.block(PATH)
    found: dict[str, SourceDoc] = {}
    for key, value in (block or {}).items():
        if isinstance(value, Block):
            found[key] = _source(folder, key, value)
        elif block is not None:
            folder.problems.append(error("reference.source_no_block", block.where, source=key))
    return found


def _source(folder: Folder, key: str, block: Block) -> SourceDoc:
    reader = Reader(block, folder.problems)
    published = reader.text("published_on", "")
    found = SourceDoc(
        key,
        reader.text("title_zh"),
        reader.text("title_en"),
        reader.text("issuer", ""),
        reader.text("number", ""),
        folder.partial_day(block.where, "published_on", published),
        reader.text("link", ""),
        reader.text("terms", ""),
        block.where,
    )
    reader.done()
    return found

"""The parts of the PDF around the tables: cover, contents, reading notes, the appendix of factors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from greenfin.core.problems import Severity
from greenfin.disclose import printed
from greenfin.disclose.front import FactorLine, Front
from greenfin.disclose.pdf_page import ACCENT, ALERT, INK, MARGIN, QUIET, Anchor, Box, Line, Link, Page, Sheets, Text
from greenfin.disclose.pdf_table import Column, Row, place
from greenfin.disclose.typeset import Typesetter
from greenfin.messages.words import LANGUAGES, located, say

READING = ("reading_missing", "reading_sums", "reading_change")
_HAN = re.compile(r"[\u4e00-\u9fff]")


def facts(front: Front, lang: str) -> list[tuple[str, str]]:
    """What the cover says about the report: names and values; a value that is not known is left out."""
    rows = [
        (printed.word("front_year", lang), printed.word("year", lang, year=front.year)),
        _maker(front, lang),
        (printed.word("front_on", lang), printed.pick(*front.prepared_on, lang, between=" / ")),
        (printed.word("front_as_of", lang), front.as_of.isoformat()),
        (printed.word("front_edition", lang), printed.pick(front.edition_zh, front.edition_en, lang)),
        (printed.word("front_policy", lang), printed.pick(front.policy_zh, front.policy_en, lang, between=" / ") or front.policy),
        (printed.word("front_status", lang), status(front, lang)),
        (printed.word("front_run", lang), front.run_id),
    ]
    return [(name, value) for name, value in rows if value]


def _maker(front: Front, lang: str) -> tuple[str, str]:
    """Who made the report, with room for the seal; without such an answer the bank."""
    if not any(front.prepared_by):
        return printed.word("front_bank", lang), printed.pick(front.bank_zh, front.bank_en, lang)
    zh, en = (say("render.front_seal", one, name=name) if name else "" for one, name in zip(LANGUAGES, front.prepared_by, strict=True))
    return printed.word("front_by", lang), printed.pick(zh, en, lang)


def status(front: Front, lang: str) -> str:
    """The watermark's words, else how many errors in the data are open, else that the report is fit for publication."""
    marked = printed.pick(front.watermark_zh, front.watermark_en, lang, between=" / ")
    errors = sum(problem.count for problem in front.problems if problem.severity is Severity.ERROR)
    if marked:
        return marked
    return printed.word("status_open", lang, n=errors) if errors else printed.word("status_final", lang)


def title(front: Front, lang: str) -> str:
    """The report's title."""
    return printed.pick(front.title_zh, front.title_en, lang)


def cover(front: Front, lang: str, typesetter: Typesetter) -> Page:
    """The first page."""
    sheets = Sheets(typesetter, anchor="cover", outline=title(front, lang).replace("\n", " / "))
    sheets.put(Box(0, 0, 595.276, 16, ACCENT))
    sheets.y = 150
    sheets.text(printed.pick(front.bank_zh, front.bank_en, lang), 15, color=QUIET, after=10)
    sheets.text(title(front, lang), 27, bold=True, color=ACCENT, after=6)
    sheets.text(printed.word("year", lang, year=front.year), 15, color=QUIET, after=14)
    sheets.put(Line(MARGIN, sheets.y, 90, 2.4, ACCENT))
    if front.watermark_zh or front.watermark_en:
        sheets.y += 24
        sheets.text(status(front, lang), 13, bold=True, color=ALERT)
    sheets.y = max(sheets.y + 40, 540)
    for name, value in facts(front, lang):
        _fact(sheets, name, value)
    page = sheets.pages()[0]
    return Page(page.marks, plain=True)


def _fact(sheets: Sheets, name: str, value: str) -> None:
    wrap = sheets.typesetter.wrap
    values = wrap(value, 9.5, sheets.width - 130)
    for at, line in enumerate(wrap(name, 8.5, 120)):
        sheets.put(Text(MARGIN, sheets.y + 9 + at * 13, line, 8.5, color=QUIET))
    for at, line in enumerate(values):
        sheets.put(Text(MARGIN + 130, sheets.y + 9 + at * 14, line, 9.5))
    sheets.y += max(1, len(values), len(wrap(name, 8.5, 120))) * 14 + 5
    sheets.put(Line(MARGIN, sheets.y - 3, sheets.width, 0.3))


def own_words(texts: Iterable[str], lang: str) -> str:
    """The sentence that says whose the Chinese words in a report in English are; empty where it has none, or is in another language."""
    return printed.word("own_words", lang) if lang == "en" and any(map(_HAN.search, texts)) else ""


def contents_of(body: Sequence[Page], lang: str, typesetter: Typesetter) -> list[Page]:
    """The list of contents of the pages behind it and the cover; it is set twice, since its own length moves the numbers.

    In a report in English a sentence says whose the Chinese words in it are, where there are any.
    """

    whose = own_words((mark.text for page in body for mark in page.marks if isinstance(mark, Text)), lang)

    def made(length: int) -> list[Page]:
        places = [(anchor, at) for at, page in enumerate(body, 2 + length) for anchor in page.anchors if anchor.outline]
        sheets = Sheets(typesetter, anchor="contents", outline=printed.word("contents", lang))
        sheets.text(printed.word("contents", lang), 16, bold=True, color=ACCENT, after=10)
        if whose:
            sheets.text(whose, 8.5, color=QUIET, after=6)
        for anchor, page in places:
            _entry(sheets, anchor, page)
        return sheets.pages()

    return made(len(made(1)))


def _entry(sheets: Sheets, anchor: Anchor, page: int) -> None:
    bold = anchor.level == 0
    size, indent = (9.5, 9.0, 8.5)[anchor.level], 14.0 * anchor.level
    lines = sheets.typesetter.wrap(anchor.outline, size, sheets.width - indent - 40, bold=bold)
    step = size + (4.5 if anchor.level == 0 else 3.0)
    sheets.need(len(lines) * step + (26 if bold else 4))
    sheets.y += 4 if bold else 0
    start = sheets.y
    for line in lines:
        sheets.put(Text(MARGIN + indent, sheets.y + size, line, size, bold, ACCENT if bold else INK))
        sheets.y += step
    sheets.put(Text(MARGIN + sheets.width, sheets.y - step + size, str(page), size, color=QUIET, align="right"))
    if bold:
        sheets.put(Line(MARGIN, sheets.y, sheets.width, 0.3))
    sheets.put(Link(MARGIN, start, sheets.width, sheets.y - start, anchor.name))
    sheets.y += 2


def how_to_read(front: Front, lang: str, typesetter: Typesetter) -> list[Page]:
    """Basis, perimeter, data, how numbers are to be read, the policy's sentence, and the counts of problems."""
    sheets = Sheets(typesetter, anchor="notes", outline=printed.word("how_to_read", lang))
    sheets.text(printed.word("how_to_read", lang), 16, bold=True, color=ACCENT, after=2)
    for key, texts in sections(front, lang):
        if texts:
            sheets.heading(printed.word(key, lang))
            for text in texts:
                sheets.text(text, 9.5, after=2)
    sheets.heading(printed.word("reading", lang))
    for text in reading(lang, typesetter):
        sheets.text(text, 9.5, after=2)
    sheets.heading(printed.word("problems", lang))
    _problems(sheets, front, lang)
    return sheets.pages()


def sections(front: Front, lang: str) -> list[tuple[str, tuple[str, ...]]]:
    """The prepared texts by heading, the last being the policy and, under a policy that marks pages, what the mark says."""
    marked = printed.lines([front.watermark_zh][: bool(front.watermark_zh)], [front.watermark_en][: bool(front.watermark_en)], lang)
    return [
        ("basis", printed.lines(front.basis_zh, front.basis_en, lang)),
        ("perimeter", printed.lines(front.perimeter_zh, front.perimeter_en, lang)),
        ("data_note", printed.lines(front.data_note_zh, front.data_note_en, lang)),
        ("methods", printed.lines(front.methods_zh, front.methods_en, lang)),
        ("front_policy", (printed.pick(front.policy_zh, front.policy_en, lang), *marked)),
    ]


def reading(lang: str, typesetter: Typesetter) -> list[str]:
    """The rules of reading, and which characters the fonts lack."""
    texts = [printed.word(key, lang, between="\n") for key in READING]
    if typesetter.missing:
        found = ", ".join(f"U+{ord(char):04X}" for char in sorted(typesetter.missing))
        texts.append(printed.word("reading_glyph", lang, between="\n", count=len(typesetter.missing), found=found))
    return texts


def _problems(sheets: Sheets, front: Front, lang: str) -> None:
    if not front.problems:
        sheets.text(printed.word("problems_none", lang), 9.5)
        return
    keys = ("problem_severity", "problem_count", "problem_text")
    heads = [printed.word(key, lang, between="\n") for key in keys]
    columns = [Column(heads[0], narrow=34), Column(heads[1], numbers=True), Column(heads[2], narrow=200, wide=400)]
    rows = [
        Row((printed.word(f"severity.{p.severity.value}", lang), f"{p.count:,}", printed.pick(p.zh, p.en, lang) or p.code))
        for p in front.problems
    ]
    place(sheets, columns, rows, panel=lambda *_: "", again=printed.word("problems", lang) + printed.word("continued", lang, between=""))


def appendix(factors: Sequence[FactorLine], lang: str, typesetter: Typesetter) -> list[Page]:
    """The appendix: each factor with value, unit, region, year, document, whether it was checked and how it was found."""
    words = printed.word("appendix_factors", lang, between="\n")
    sheets = Sheets(typesetter, landscape=True, anchor="factors", outline=words.replace("\n", " / "))
    sheets.text(words, 14, bold=True, color=ACCENT, after=8)
    if not factors:
        sheets.text(printed.word("factors_none", lang), 9.5)
        return sheets.pages()
    columns, rows = of_factors(factors, lang)
    place(sheets, columns, rows, panel=lambda *_: "", again=words.split("\n")[0] + printed.word("continued", lang, between=""))
    return sheets.pages()


def of_factors(factors: Sequence[FactorLine], lang: str) -> tuple[list[Column], list[Row]]:
    """The appendix's columns and rows."""
    keys = [printed.word(f"factor_{key}", lang, between="\n") for key in FACTOR_KEYS]
    shapes = [(95, 170), (0, 0), (46, 90), (40, 70), (0, 0), (150, 260), (60, 110), (38, 60), (46, 80)]
    columns = [
        Column(head, numbers=key in ("value", "year"), narrow=narrow, wide=wide)
        for head, key, (narrow, wide) in zip(keys, FACTOR_KEYS, shapes, strict=True)
    ]
    return columns, [Row(factor_texts(line, lang)) for line in factors]


FACTOR_KEYS = ("name", "value", "unit", "region", "year", "source", "locator", "verified", "found")


def factor_texts(line: FactorLine, lang: str) -> tuple[str, ...]:
    """A factor's line in the order of ``FACTOR_KEYS``."""
    return (
        printed.pick(line.name_zh, line.name_en, lang),
        line.value,
        printed.unit_text(line.unit, lang),
        printed.pick(line.region_zh, line.region_en, lang),
        "" if line.data_year is None else str(line.data_year),
        printed.pick(line.source_zh, line.source_en, lang),
        " / ".join(dict.fromkeys(located(line.locator, one) for one in printed.languages(lang))),
        _verified(line.verified, lang),
        ", ".join(printed.term("found", found, lang) for found in line.found.split("+") if found),
    )


def _verified(verified: str, lang: str) -> str:
    """``no: why`` keeps its reason behind the word."""
    short, _, why = verified.partition(":")
    name = printed.term("verified", short.strip().replace(" ", "_"), lang)
    return f"{name} ({why.strip()})" if why.strip() else name

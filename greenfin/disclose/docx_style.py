"""How the Word document looks: fonts, headings, captions, running head and foot, language."""

from __future__ import annotations

from typing import Any

from greenfin.disclose import docx_parts as xml
from greenfin.disclose import pdf_parts, printed
from greenfin.disclose.front import Front

LATIN = "Arial"
GREY = "5D6762"
_LONGEST = 255  # characters of a property, as Office Open XML has it
HEADS = (("Heading 1", 18, 0, 10), ("Heading 2", 13.5, 12, 5), ("Heading 3", 11, 8, 3))  # name, size, space above, below


def dress(document: Any, front: Front, lang: str) -> None:
    """Set the styles, the running head and foot and the properties of a new document."""
    asian = printed.word("docx_font", "zh" if lang == "both" else lang)
    styles = document.styles
    _style(styles["Normal"], asian, size=10.5, below=5)
    for name, size, above, below in HEADS:
        _style(styles[name], asian, size=size, above=above, below=below, bold=True, color=xml.ACCENT, keep=True)
    styles["Heading 1"].paragraph_format.page_break_before = True
    _style(styles["Title"], asian, size=28, above=8, below=10, bold=True, color=xml.ACCENT)
    _style(styles["Subtitle"], asian, size=15, above=10, below=8, color=GREY)
    _style(styles["Caption"], asian, size=10.5, above=8, below=3, bold=True, color=xml.ACCENT, keep=True)
    for name, size, below, color in (("Notes", 8.5, 2, GREY), ("Cell", 9, 0, ""), ("TOCHeading", 16, 10, xml.ACCENT)):
        made = styles.add_style(name, 1)
        made.base_style = styles["Normal"]
        _style(made, asian, size=size, below=below, color=color, bold=name == "TOCHeading")
    styles["TOCHeading"].paragraph_format.page_break_before = True
    _language(document, "en-US" if lang == "en" else "zh-CN")
    _running(document, front, lang)
    properties = document.core_properties
    properties.title = xml.clean(pdf_parts.title(front, lang).replace("\n", " / ") + f" {front.year}")[:_LONGEST]
    properties.author = xml.clean(printed.pick(front.bank_zh, front.bank_en, lang, between=" / "))[:_LONGEST]
    properties.keywords, properties.comments, properties.last_modified_by = front.run_id, "", "greenfin"


def _style(
    style: Any, asian: str, *, size: float, above: float = 0, below: float = 0, bold: bool = False, color: str = "", keep: bool = False
) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style.font.name, style.font.size, style.font.bold, style.font.italic = LATIN, Pt(size), bold, False
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    fonts.set(qn("w:eastAsia"), asian)
    fonts.set(qn("w:hAnsi"), LATIN)
    style.font.color.rgb = RGBColor.from_string(color or xml.INK)
    form = style.paragraph_format
    form.space_before, form.space_after, form.keep_with_next = Pt(above), Pt(below), keep
    border = style.element.pPr.find(qn("w:pBdr")) if style.element.pPr is not None else None
    if border is not None:
        style.element.pPr.remove(border)


def _language(document: Any, code: str) -> None:
    """The language of the text, and that fields are computed when the document is opened."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn

    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(parse_xml(f'<w:lang xmlns:w="{xml.W}" w:val="{code}" w:eastAsia="{code}"/>'))
    document.settings.element.append(parse_xml(f'<w:updateFields xmlns:w="{xml.W}" w:val="true"/>'))
    document.core_properties.language = code


def _running(document: Any, front: Front, lang: str) -> None:
    """The head names bank, report and whether it may be published, the foot the run and the page; the cover has neither."""
    section = document.sections[0]
    section.different_first_page_header_footer = True
    bank = printed.pick(front.bank_zh, front.bank_en, lang, between=" / ")
    name = pdf_parts.title(front, lang).replace("\n", " / ")
    mark = printed.pick(front.watermark_zh, front.watermark_en, lang, between=" / ")
    _put(section.header, xml.run(f"{bank} · {name} {front.year}   ", size=8, color=GREY) + xml.run(mark, size=8, bold=True, color=xml.MARK))
    before, _, after = printed.word("page", lang, page="\n", pages="").partition("\n")
    foot = xml.run(printed.word("footer", "en", run=front.run_id) + "    ", size=8, color=GREY)
    number = (
        xml.run(before, size=8, color=GREY)
        + xml.a_field("PAGE", "1", size=8, color=GREY)
        + xml.run(after.split("/")[0].rstrip(), size=8, color=GREY)
    )
    _put(section.footer, foot + number)


def _put(part: Any, runs: str) -> None:
    from docx.oxml import parse_xml

    part.is_linked_to_previous = False
    root = parse_xml(f'<w:p xmlns:w="{xml.W}">{runs}</w:p>')
    part.paragraphs[0]._p.getparent().replace(part.paragraphs[0]._p, root)

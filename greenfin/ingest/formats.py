"""Units that only the number format of a workbook's cells says: ``0.00"万元"`` shows 268.15 as 268.15万元."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from greenfin.core.units import exact_ratio, same_dimension
from greenfin.ingest.headers import unit_of

STYLES = "xl/styles.xml"
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|[!_*].|\[[^\]]*\]')
_DIGITS = re.compile(r"^[#0?,.\s]*[0#?][#0?,.]*$")
_SHOWN = re.compile(r"[#0?],+(?![#0?])")  # a comma behind the last digit: a thousandth is shown
_CELL = re.compile(rb"<c\s+([^>]*?)>\s*(?:<f[^>]*?(?:/>|>[^<]*</f>)\s*)?<v>")
_MEASURED = ("CNY", "kWh", "MW", "t", "m3", "m2", "km", "GJ")  # a number of people, days or loans is one without a word too
_WHERE, _STYLE, _TYPE = (re.compile(rb"\b" + name + rb'="([^"]*)"') for name in (b"r", b"s", b"t"))


def unit_shown(code: str) -> str:
    """The unit that a number format writes behind the number as it stands, where that changes what the number means.

    None of a format that scales what it shows, or has another sign inside the number: there the cell holds the whole amount.

    >>> unit_shown('#,##0.00"万元";[Red]-#,##0.00"万元"'), unit_shown('0.000"‰"'), unit_shown('0!.0,"万元"'), unit_shown('0.00,"千元"')
    ('万元', '‰', '', '')
    >>> unit_shown('yyyy"年"m"月"'), unit_shown('#,##0.00"元"'), unit_shown('0"笔"'), unit_shown('0.00"%"')
    ('', '', '', '')
    """
    first = code.split(";", maxsplit=1)[0]
    said = "".join(found[1] or found[2] or "" for found in _LITERAL.finditer(first)).strip()
    bare = _LITERAL.sub("", first).strip()
    if not said or not _DIGITS.match(bare) or _SHOWN.search(bare) or "!" in first or re.search(r"[0#?]\\[.,]", first):
        return ""
    unit = unit_of(said)
    if not unit or not (unit == "permille" or any(same_dimension(unit, other) for other in _MEASURED)):
        return ""
    return "" if same_dimension(unit, "CNY") and exact_ratio(unit, "CNY") == 1 else said


def units_by_style(styles: bytes) -> Mapping[int, str]:
    """Index of a cell style -> the unit that its number format writes; most books have none."""
    root: Element = fromstring(styles, forbid_dtd=True)
    formats = [one for one in root.iter() if one.tag.endswith("}numFmt")]
    said = {int(one.get("numFmtId", "-1")): unit for one in formats if (unit := unit_shown(one.get("formatCode", "")))}
    uses = next((one for one in root if one.tag.endswith("}cellXfs")), None) if said else None
    return {} if uses is None else {at: said[number] for at, one in enumerate(uses) if (number := int(one.get("numFmtId", "0"))) in said}


def cells_with_unit(content: bytes | bytearray, units: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """The cells of a sheet whose number stands in such a format, with the unit."""
    for found in _CELL.finditer(content):
        where, style, kind = (pattern.search(found[1]) for pattern in (_WHERE, _STYLE, _TYPE))
        unit = units.get(int(style[1]), "") if style else ""
        if unit and where and (kind is None or kind[1] == b"n"):
            yield where[1].decode(), unit

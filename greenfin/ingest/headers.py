"""A header text -> the field it stands for, with the unit, the basis and the year written into it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from greenfin.core.units import UnknownUnit, is_foreign_money, parse_unit, same_dimension
from greenfin.ingest.loose import loose_fields
from greenfin.ingest.vocabulary import aliases, fields, mark, marks, plain, starts

_MAX_HEADER = 120
_SHORT = 40


@dataclass(frozen=True, slots=True)
class Heading:
    """What a header says: the fields it may stand for (none: not known), unit, design or actual, year.

    ``is_loose``: not a header of the dictionary as it stands. ``doubt``: a text in brackets that may be a unit nobody knows.
    ``month``: the month whose end is said, counted from year 0; of a year alone its last.
    """

    fields: tuple[str, ...] = ()
    unit: str = ""
    basis: str = ""
    year: int | None = None
    is_loose: bool = False
    doubt: str = ""
    month: int | None = None


@lru_cache(maxsize=1 << 14)
def read_header(text: str) -> Heading:
    """The heading of a header text such as ``贷款余额（万元）``, ``设计年上网电量(万千瓦时)``, ``balance_fen``."""
    clean = re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text))[:_MAX_HEADER].strip("*:;,.")
    clean = re.sub(r"^\(?\d{1,2}[.)]", "", clean)
    inner, outer = _brackets(clean)
    if inner and outer and (earlier := next((part for part in inner if plain(part) in mark("earlier_words")), "")):
        return next(_readings(f"{earlier}{outer}"), Heading())
    return next(_readings(clean), None) or next(_loosely(text), None) or _in_two_languages(text) if clean else Heading()


_HALVES = (
    re.compile(r"(?P<zh>.*[^\x00-\x7f][^A-Za-z]*?)[\s/|]*(?P<en>[A-Za-z][\x20-\x7e\s]*)", re.DOTALL),
    re.compile(r"(?P<en>[A-Za-z][\x20-\x7e\s]*?)[\s/|]*(?P<zh>[^\x00-\x7f].*)", re.DOTALL),
)
_LEAST_WORD = 4  # letters: less may be a unit or a currency


def _in_two_languages(text: str) -> Heading:
    """A header said twice (``借据号 Loan No.``): both halves mean one field, or the English one is not known and it is no amount."""
    clean = unicodedata.normalize("NFKC", text)[:_MAX_HEADER].strip()
    is_mixed = not clean.isascii() and re.search("[A-Za-z]", clean)
    found = next((match for half in _HALVES if (match := half.fullmatch(clean))), None) if is_mixed else None
    if found is None or any(found[half].count("(") != found[half].count(")") for half in ("zh", "en")):
        return Heading()
    own, other = read_header(found["zh"].strip()), read_header(found["en"].strip())
    said = tuple(field for field in own.fields if not other.fields or field in other.fields)
    is_amount = any(field in fields() and fields()[field].kind == "money" for field in said) or names_money(found["en"])
    is_word = re.fullmatch(rf"[^\d]{{{_LEAST_WORD},}}", found["en"]) and not unit_of(found["en"]) and not is_amount
    if not said or not (other.fields or is_word):
        return Heading()
    unit = own.unit or other.unit
    return replace(own, fields=said, unit=unit, is_loose=True, doubt="" if unit else own.doubt or other.doubt)


def _loosely(text: str) -> Iterator[Heading]:
    """The header read by its parts: a unit in brackets or at the end, and words that are not quite those of the dictionary."""
    clean = " ".join(unicodedata.normalize("NFKC", text)[:_MAX_HEADER].split()).strip("*:;,. ")
    inner, outer = _brackets(clean)
    if found := loose_fields(outer):
        unit = next((unit for part in inner if (unit := unit_of(part))), "")
        yield Heading(found, unit, is_loose=True, doubt="" if unit else _doubt(inner))
    for basis, words in (("design", starts("basis_design")), ("actual", starts("basis_actual"))):
        for word in (word for word in words if outer.startswith(word)):
            if (rest := _strictly(clean.removeprefix(word))) and (found := loose_fields(rest)):
                yield Heading(found, basis=basis, is_loose=True)


def _strictly(text: str) -> str:
    """The text when nothing stands in brackets in it."""
    return "" if "(" in text else text


def _doubt(inner: tuple[str, ...]) -> str:
    """The first text in brackets that is neither a unit nor a remark that changes nothing."""
    return next((part for part in inner if part and not unit_of(part) and not _is_harmless(part)), "")


def _is_harmless(part: str) -> bool:
    text = plain(part)
    known = (*starts("harmless_notes"), *starts("basis_design"), *starts("basis_actual"), *starts("summary_sheets"))
    return not text or text.isdigit() or text in mark("blank") or any(text.startswith(word) for word in known)


def _fields(text: str) -> tuple[str, ...]:
    return aliases().get(text.casefold(), ())


def is_header_word(text: str) -> bool:
    """Whether a text is a known header, units in brackets aside: a quick look, for the many cells of a body."""
    return 0 < len(text) <= _SHORT and plain(text).split("(")[0] in aliases()


def _readings(clean: str) -> Iterator[Heading]:
    """All ways to read a header, the plainest first."""
    if found := _fields(clean):
        yield Heading(found)
    for basis, words in (("design", starts("basis_design")), ("actual", starts("basis_actual"))):
        for word in words:
            rest = clean.replace(f"({word})", "") if f"({word})" in clean else clean.removeprefix(word).removesuffix(word)
            if rest and rest != clean and (heading := read_header(rest)).fields:
                yield replace(heading, basis=basis)
    for pattern in (rf"((?:19|20)\d\d){marks()['year_sign']}?()(?=\D)", marks()["end_of_month"]):
        dated = re.match(pattern, clean)
        if dated and (heading := read_header(clean[dated.end() :])).fields:
            yield replace(heading, year=int(dated[1]), month=12 * int(dated[1]) + int(dated[2] or 12))
    yield from _with_unit(clean)


def _with_unit(clean: str) -> Iterator[Heading]:
    """The header without its brackets, or without the unit at its end."""
    inner, outer = _brackets(clean)
    for part in inner:
        if (unit := unit_of(part)) and (found := _fields(clean.replace(f"({part})", ""))):
            yield Heading(found, unit)
    if inner and (found := _fields(outer) or _fields(clean.split("(", maxsplit=1)[0])):
        unit = next((unit for part in inner if (unit := unit_of(part) or _scale_alone(part, found))), "")
        yield Heading(found, unit, doubt="" if unit else _doubt(inner))
    for cut in range(len(clean) - 1, 1, -1):
        if (found := _fields(clean[:cut].rstrip("-/:,("))) and (unit := unit_of(clean[cut:].strip("-/:,()"))):
            yield Heading(found, unit)


def _scale_alone(part: str, found: tuple[str, ...]) -> str:
    """The unit of an amount of which a header says the scale alone (``贷款余额（万）``)."""
    is_money = all(field in fields() and fields()[field].kind == "money" for field in found)
    return parse_unit(marks()["money_scales"][part]) if is_money and part in marks()["number_words"] else ""


def names_quantity(header: str) -> bool:
    """Whether a header names an amount of something that is used (``醇基燃料（公斤）``): no money, no share or intensity of anything."""
    clean = plain(header)
    unit = next((unit for part in _brackets(clean)[0] if (unit := unit_of(part))), "")
    is_other = any(word in clean for word in marks()["item_words"]["never"]) or "/" in unit
    return bool(unit) and not is_other and not any(same_dimension(unit, other) for other in ("CNY", "percent"))


def name_and_unit(text: str) -> tuple[str, str]:
    """A header without its brackets, and the unit that stands in them."""
    inner, outer = _brackets(plain(text))
    return outer, next((unit for part in inner if (unit := unit_of(part))), "")


def title_parts(text: str) -> tuple[str, ...]:
    """The texts in the brackets of a title and behind its last colon, those without digits: where it may name a unit."""
    clean = plain(text)
    inner, _ = _brackets(clean)
    return tuple(part for part in (*inner, clean.rpartition(":")[2] if ":" in clean else "") if part and not re.search(r"\d", part))


def _brackets(clean: str) -> tuple[tuple[str, ...], str]:
    """The texts in the outer brackets, and the text without them."""
    signs = marks()
    text = clean.translate(dict.fromkeys(map(ord, signs["brackets_open"]), "(") | dict.fromkeys(map(ord, signs["brackets_close"]), ")"))
    inner: list[str] = []
    outer, depth, begun = "", 0, 0
    for index, sign in enumerate(text):
        if sign == "(":
            depth += 1
            begun = index + 1 if depth == 1 else begun
        elif sign == ")" and depth:
            depth -= 1
            if not depth:
                inner.append(text[begun:index])
        elif not depth:
            outer += sign
    return tuple(inner), outer


@lru_cache(maxsize=1 << 14)
def unit_of(text: str) -> str:
    """The unit that a text names, as the registry spells it; ``""`` where it names none.

    ``单位:万元``, ``人民币万元``, ``元,%`` (the first of several) are understood.
    """
    clean = unicodedata.normalize("NFKC", text).strip().strip("()")
    for word in starts("unit_marks"):
        if plain(clean).startswith(word):
            clean = re.split(":", clean, maxsplit=1)[-1] if ":" in clean else clean[len(word) :]
            clean = re.sub(marks()["unit_verbs"], "", clean)
            break
    for part in (clean, *re.split(marks()["separators"], clean)):
        if unit := _one_unit(part.strip()):
            return unit
    return ""


def _one_unit(text: str) -> str:
    if scaled := _scaled_money(text):
        return scaled
    for word in starts("money_prefixes"):
        if plain(text).startswith(word) and len(text) > len(word):
            text = text[len(word) :]
            break
    if plain(text) in mark("blank") or text == "1":
        return ""
    try:
        unit = parse_unit(text)
    except UnknownUnit:
        return ""
    return "" if unit == "dimensionless" or is_foreign_money(unit) else unit  # a file's foreign money needs a rate, never a scale alone


def _scaled_money(text: str) -> str:
    """``RMB million``, ``CNY mn``, ``thousands of yuan``, ``RMB'000`` as a unit; ``""`` where no currency word stands beside."""
    signs, clean = marks(), plain(text).replace("`", "'").replace("’", "'")
    clean = clean.removeprefix("in")
    for word in starts("currency_words"):
        bare = plain(word)
        if clean.startswith(bare) or clean.endswith(bare):
            rest = (clean.removeprefix(bare) if clean.startswith(bare) else clean.removesuffix(bare)).removeprefix("in").removesuffix("of")
            if rest in signs["money_scales"]:
                return parse_unit(signs["money_scales"][rest])
    return ""


def names_money(text: str) -> bool:
    """Whether a text speaks of a currency or of a scale of money, readable or not."""
    return any(plain(sign) in plain(text) for sign in marks()["money_signs"])


def foreign_unit(text: str) -> str:
    """The scale of an amount in some currency (``万美元``, ``USD mn``; whole units where none is named) as a unit of yuan to read it by."""
    clean = plain(text)
    for word in marks()["number_words"]:
        if clean.startswith(word):
            return f"{word}CNY"
    tail = next((unit for scale, unit in marks()["money_scales"].items() if len(scale) > 1 and clean.endswith(plain(scale))), "")
    return parse_unit(tail) if tail else "CNY"

"""Company names taken apart, columnwise: place, core, group, legal form and unit.

Two names are one name where place, core, group and unit are equal; where the place stands (before or in brackets), the legal
form, width, blanks and traditional signs are kept beside it as what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.names.words import any_of, places, simplified, words

_HAN = r"\p{Han}"
_OPEN, _CLOSE = "[【〔［｛{<《「", "]】〕］｝}>》」"
_BLANKS = (rf"\s*([{_HAN}()])\s*", r"\1")
_SIGNS_OUT = "[\"'`“”‘’,，.。;；:：、!！?？*＊#~·•\\-–—_/\\\\|]+"
_THREADS, _FEW = 2, 5_000  # Arrow leaves the interpreter while it works; each name is taken apart alone, few of them in one go
_LEAST = 2  # signs of a core: a place is not taken from a name that would keep fewer


@dataclass(frozen=True, slots=True)
class Parts:
    """Names in parts, one row a name; texts folded, ``""`` where a name has no such part.

    ``whole`` is place and core written on (what is compared sign by sign), ``brand`` what of the core stands before its first
    word of business; ``placed`` says where the place stood: ``before``, ``inside`` (in brackets) or nothing.
    """

    folded: pa.Array
    province: pa.Array
    city: pa.Array
    district: pa.Array
    core: pa.Array
    group: pa.Array
    form: pa.Array
    unit: pa.Array
    placed: pa.Array
    whole: pa.Array
    brand: pa.Array

    def take(self, rows: pa.Array | NDArray[np.int64]) -> Parts:
        """The parts of these rows."""
        return Parts(*(getattr(self, f.name).take(pa.array(rows)) for f in fields(self)))


def parts_of(names: Sequence[str | None] | pa.Array | pa.ChunkedArray) -> Parts:
    """The parts of each name; a missing name has none.

    >>> found = parts_of(["北京市华能科技有限公司", "華能科技（北京）有限责任公司成都分公司"])
    >>> found.core.to_pylist(), found.province.to_pylist(), found.unit.to_pylist()
    (['华能科技', '华能科技'], ['北京', '北京'], ['', '成都分公司'])
    """
    given = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names if isinstance(names, pa.Array) else None
    column = given if given is not None else pa.array(names, pa.string())
    encoded = pc.fill_null(column.cast(pa.string()), "").dictionary_encode()
    distinct = encoded.dictionary
    size = max(-(-len(distinct) // _THREADS), _FEW)
    with ThreadPoolExecutor(_THREADS) as pool:
        made = list(pool.map(_of_distinct, (distinct.slice(start, size) for start in range(0, max(len(distinct), 1), size))))
    whole = Parts(*(pa.concat_arrays([getattr(part, f.name) for part in made]) for f in fields(Parts)))
    return whole.take(encoded.indices)


def folded(names: pa.Array) -> pa.Array:
    """Names as they are compared: NFKC, lower case, simplified, round brackets, blanks only between words of letters."""
    text = pc.utf8_lower(pc.utf8_normalize(names, form="NFKC"))
    text = _translated(text)
    return only(text, r"\s", lambda some: pc.replace_substring_regex(pc.replace_substring_regex(some, r"^\s+|\s+$", ""), *_BLANKS))


def _translated(text: pa.Array) -> pa.Array:
    """Signs replaced one by one, all names at once."""
    joined = "\n".join(t.replace("\n", " ") for t in text.to_pylist())
    return pa.array(joined.translate(_signs()).split("\n") if len(text) else [], pa.string())


@cache
def _signs() -> dict[int, str]:
    """What signs are replaced by."""
    brackets = {ord(sign): kind for signs, kind in ((_OPEN, "("), (_CLOSE, ")")) for sign in signs}
    return {ord(t): s for t, s in simplified().items()} | brackets


def _of_distinct(names: pa.Array) -> Parts:
    text = folded(names)
    plain, in_brackets, said = _brackets(text)
    plain = _english(plain)
    plain, unit = _without_unit(plain)
    plain, form = _without_form(plain)
    plain, group = _without_group(plain)
    place = _place(plain)
    core = _joined(place.rest)
    return Parts(
        folded=text,
        province=place.province,
        city=place.city,
        district=place.district,
        core=core,
        group=pc.if_else(pc.or_(group, in_brackets), "group", ""),
        form=pc.if_else(pc.is_in(said, value_set=pa.array(["", words()["firms"]["any_form"]])), form, said),
        unit=_joined(unit),
        placed=place.placed,
        whole=pc.binary_join_element_wise(pc.if_else(pc.equal(place.city, ""), place.province, place.city), core, ""),
        brand=_brand(core),
    )


def _joined(text: pa.Array) -> pa.Array:
    """Without brackets and marks; blanks stay between words of letters."""

    def joined(some: pa.Array) -> pa.Array:
        bare = pc.replace_substring_regex(some, f"{_SIGNS_OUT}|[()]", " ")
        bare = pc.replace_substring_regex(bare, " +", " ")
        return pc.utf8_trim_whitespace(pc.replace_substring_regex(bare, rf" ?({_HAN}) ?", r"\1"))

    return only(text, rf"[^{_HAN}a-z0-9]", joined)


def only(text: pa.Array, pattern: str, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """The texts, those that match a pattern changed: most patterns match few names, and looking is cheaper than taking apart."""
    mask = pc.match_substring_regex(text, pattern)
    few = text.filter(mask)
    return pc.replace_with_mask(text, mask, change(few)) if len(few) else text


def _nothing(size: int) -> pa.Array:
    return pa.array([""]).take(pa.array(np.zeros(size, dtype=np.int64)))


def _split(text: pa.Array, pattern: str, *, rest: str = "base") -> dict[str, pa.Array]:
    """The named groups of a pattern; where it does not match the text is the ``rest`` and the others are empty."""
    mask = pc.match_substring_regex(text, pattern)
    found = pc.extract_regex(text.filter(mask), pattern)
    names = [field.name for field in found.type]
    return {name: pc.replace_with_mask(text if name == rest else _nothing(len(text)), mask, pc.struct_field(found, name)) for name in names}


def _brackets(text: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """The text without brackets that only tell a group or a legal form, and what they told."""
    group = any_of(words()["firms"]["group"])
    in_group = pc.match_substring_regex(text, rf"\({group}\)")
    said = _nothing(len(text))
    for kind, forms in words()["form_brackets"].items():
        said = pc.if_else(pc.match_substring_regex(text, rf"\({any_of(forms)}\)"), kind, said)
    every = any_of([word for forms in words()["form_brackets"].values() for word in forms])
    return pc.replace_substring_regex(text, rf"\((?:{group}|{every})\)", ""), in_group, said


def _english(text: pa.Array) -> pa.Array:
    """Names without Chinese signs: joined by single blanks, ``&`` as a word, no article."""

    def english(some: pa.Array) -> pa.Array:
        for sign, word in words()["english"]["joins"]:
            some = pc.replace_substring(some, sign, word)
        return pc.replace_substring_regex(_joined(some), f"^{any_of(words()['english']['drops'])} ", "")

    return only(text, rf"^[^{_HAN}]+$", english)


def _without_unit(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The company and its unit (a branch, a plant, an office): behind the legal form, or the last word of the name."""
    firms = words()["firms"]
    heads, units = any_of(firms["heads"]), any_of(firms["units"])
    behind = _split(text, rf"^(?P<base>.+{heads}\)?)(?P<unit>[^()]*{units}|\([^()]*{units}\))$")
    alone = _split(behind["base"], rf"^(?P<base>.{{{_LEAST},}}?)(?P<unit>{any_of(firms['branches'])})$")
    has = pc.not_equal(behind["unit"], "")
    return pc.if_else(has, behind["base"], alone["base"]), pc.if_else(has, behind["unit"], alone["unit"])


@cache
def _english_forms() -> dict[str, str]:
    """English legal form behind a blank -> its kind."""
    return {f" {word}": kind for kind in words()["legal_forms"] for word in words()["english"].get(kind, ())}


def _without_form(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The name without its legal form, and the kind of that: the longest at its end; English names may have several."""
    forms = {word: kind for kind, listed in words()["legal_forms"].items() for word in listed}
    bare, kind, open_ = text, _nothing(len(text)), pa.array([True] * len(text), pa.bool_())
    for word in sorted(forms, key=len, reverse=True):
        mask = pc.and_(pc.and_(open_, pc.ends_with(text, word)), pc.greater_equal(pc.utf8_length(text), len(word) + _LEAST))
        if pc.any(mask).as_py():
            bare = pc.if_else(mask, pc.utf8_slice_codeunits(text, 0, -len(word)), bare)
            kind, open_ = pc.if_else(mask, forms[word], kind), pc.and_(open_, pc.invert(mask))
    english = any_of(_english_forms())
    found = _split(bare, rf"^(?P<base>.{{{_LEAST},}}?){english}*(?P<form>{english})$")
    at = pc.index_in(found["form"], value_set=pa.array(list(_english_forms())))
    return found["base"], pc.coalesce(pa.array(list(_english_forms().values())).take(at), kind)


def _without_group(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The name without the words of a group at its end, and whether it had them."""
    group = any_of([*words()["firms"]["group"], *(f" {word}" for word in words()["english"]["group"])])
    found = _split(text, rf"^(?P<base>.{{{_LEAST},}}?)(?P<group>{group}+)$")
    return found["base"], pc.not_equal(found["group"], "")


@dataclass(frozen=True, slots=True)
class _Place:
    province: pa.Array
    city: pa.Array
    district: pa.Array
    placed: pa.Array
    rest: pa.Array


def _place(text: pa.Array) -> _Place:
    """The place before the name, else the one that stands alone in brackets, and the name without it."""
    before = _leading(text)
    inside = _split(text, r"^(?P<left>.*?)\((?P<base>[^()]+)\)(?P<right>.*)$", rest="left")
    rows = np.flatnonzero(pc.not_equal(inside["base"], "").to_numpy(zero_copy_only=False))
    few = _leading(inside["base"].take(pa.array(rows)))
    within = _Place(*(_spread(getattr(few, f.name), rows, len(text)) for f in fields(_Place)))
    is_before = pc.not_equal(before.placed, "")
    is_place = pc.and_(pc.and_(pc.not_equal(within.placed, ""), pc.equal(within.rest, "")), pc.invert(is_before))
    rest = pc.if_else(is_place, pc.binary_join_element_wise(inside["left"], inside["right"], ""), before.rest)
    empty = pc.less(pc.utf8_length(_joined(rest)), _LEAST)
    is_before, is_place = (pc.and_(kept, pc.invert(empty)) for kept in (is_before, is_place))

    def either(name: str) -> pa.Array:
        return pc.if_else(is_before, getattr(before, name), pc.if_else(is_place, getattr(within, name), ""))

    placed = pc.if_else(is_before, "before", pc.if_else(is_place, "inside", ""))
    return _Place(either("province"), either("city"), either("district"), placed, pc.if_else(empty, text, rest))


def _leading(text: pa.Array) -> _Place:
    """Province, city and district at the beginning of texts."""
    first, province, city = _known(text)
    rows = np.flatnonzero(pc.and_(pc.not_equal(province, ""), pc.equal(city, "")).to_numpy(zero_copy_only=False))
    second, other, below = (_spread(part, rows, len(text)) for part in _known(first.take(pa.array(rows))))
    inner = pc.and_(pc.not_equal(below, ""), pc.equal(other, province))
    city, rest = pc.if_else(inner, below, city), pc.if_else(inner, second, first)
    placed = pc.if_else(pc.equal(province, ""), "", "before")
    suffixed = pc.and_(pc.not_equal(province, ""), pc.match_substring_regex(text, _head_with_suffix()))
    found = _split(rest, rf"^(?P<district>{_HAN}{{1,3}}[{words()['regions']['district_signs']}])(?P<base>.*)$")
    odd = pc.match_substring_regex(found["district"], words()["regions"]["not_districts"])
    is_district = pc.and_(pc.and_(suffixed, pc.not_equal(found["district"], "")), pc.invert(odd))
    return _Place(province, city, pc.if_else(is_district, found["district"], ""), placed, pc.if_else(is_district, found["base"], rest))


def _spread(values: pa.Array, rows: NDArray[np.int64], size: int) -> pa.Array:
    """Values of some rows as a column of all, the others empty."""
    at = np.full(size, -1, dtype=np.int64)
    at[rows] = np.arange(rows.size)
    return pc.fill_null(values.take(pa.array(at, mask=at < 0)), "")


@cache
def _head_with_suffix() -> str:
    """A text whose head is written as a place in full (with the word for city, province, region)."""
    return f"^{any_of(places())}{any_of(words()['regions']['suffixes'])}"


def _known(text: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """The rest behind a known place at the head, its province and the place below it."""
    size = len(text)
    province, city, rest, open_ = _nothing(size), _nothing(size), text, pa.array([True] * size, pa.bool_())
    for length in sorted({len(place) for place in places()}, reverse=True):
        listed = [place for place in places() if len(place) == length]
        at = pc.index_in(pc.utf8_slice_codeunits(text, 0, length), value_set=pa.array(listed))
        found = pc.and_(open_, pc.is_valid(at))
        at = pc.fill_null(at, 0)
        province = pc.if_else(found, pa.array([places()[place][0] for place in listed]).take(at), province)
        city = pc.if_else(found, pa.array([places()[place][1] for place in listed]).take(at), city)
        rest = pc.if_else(found, pc.utf8_slice_codeunits(text, length), rest)
        open_ = pc.and_(open_, pc.invert(found))
    return pc.if_else(open_, rest, _without_suffix(rest)), province, city


def _without_suffix(rest: pa.Array) -> pa.Array:
    """Without the word for city, province or region, unless it begins another word."""
    regions = words()["regions"]
    city, kept = pc.starts_with(rest, regions["city"]), f"^{regions['city']}[{regions['not_after_city']}]"
    closed = pc.and_(city, pc.match_substring_regex(rest, kept))
    bare = rest
    for suffix in sorted(regions["suffixes"], key=len):
        mask = pc.and_(pc.starts_with(rest, suffix), pc.invert(closed))
        if pc.any(mask).as_py():
            bare = pc.if_else(mask, pc.utf8_slice_codeunits(rest, len(suffix)), bare)
    return only(
        bare,
        f"^{_HAN}{{1,6}}{regions['nation']}",
        lambda some: pc.replace_substring_regex(some, rf"^{_HAN}{{1,6}}?{regions['nation']}", ""),
    )


def _brand(core: pa.Array) -> pa.Array:
    """What of the core stands before its first word of business; a word at the beginning, and of the whole country, is not enough; of one
    sign it is not where another such word begins behind the second one."""
    brand = pc.replace_substring_regex(core, f"{_business()}.*$", "")
    inside = pc.match_substring_regex(core, f"^{_HAN}{{{_LEAST}}}{_business()}")
    brand = pc.if_else(pc.and_(pc.equal(pc.utf8_length(brand), 1), inside), pc.utf8_slice_codeunits(core, 0, _LEAST), brand)
    nations = words()["firms"]["nations"]
    bare = pc.is_in(brand, value_set=pa.array(["", *nations]))
    if not pc.any(bare).as_py():
        return brand
    kept = _split(core.filter(bare), rf"^(?P<base>{any_of(nations)}?.+?){_business()}.*$")["base"]
    return pc.replace_with_mask(brand, bare, kept)


@cache
def _business() -> str:
    return any_of(words()["firms"]["business"])


def tails(core: pa.Array) -> pa.Array:
    """The words of business at the end of each core."""
    return _split(core, rf"^(?P<base>.+?)(?P<tail>{_business()}+)$")["tail"]

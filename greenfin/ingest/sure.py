"""Texts of which a whole column tells at once what the readers and the tests of words would say of each: that nothing is to be said.

All of it is on the safe side: what is not certain is looked at by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.credit_codes import LENGTH as CODE_LENGTH
from greenfin.core.credit_codes import valid_codes
from greenfin.ingest.grids import Mask
from greenfin.ingest.vocabulary import aliases, mark, starts

_NUMBERED = "^[A-Za-z]{0,8}[0-9]{8,}$"
_SIGN = r"[A-Za-z0-9\x{4E00}-\x{9FFF}]"  # signs that stay as they are when a text is made plain, but for their case
_BEGUN, _TAIL = 4, 2  # so many of them at the beginning and at the end of a text decide whether it can be a word of a list
_BODY = rf"(?s)^{_SIGN}{{{_BEGUN}}}.*{_SIGN}{{{_TAIL}}}$"
_CLOSED = r"[A-Za-z0-9\x{4E00}-\x{9FFF}.)\x{FF09}\x{3002}]$"
_PRIVATE = r"\p{Nd}{4}[ \-\x{FF0D}\x{2014}\x{3000}]?\p{Nd}{3}"  # in every identity and phone number
_CODE = "^[0-9]{0,16}[A-Y][0-9A-Y]+$"  # the number of no person: those have no letter but the last


def _mask(found: pa.Array) -> Mask:
    mask: Mask = pc.fill_null(found, False).to_numpy(zero_copy_only=False)
    return mask


def numbered(texts: pa.Array) -> Mask:
    """Which texts are the number of a record as it should stand (``JJ000123``): neither empty nor a word of any list nor to be tidied."""
    return _mask(pc.match_substring_regex(texts, _NUMBERED))


def unlisted(texts: pa.Array) -> Mask:
    """Which texts are neither empty nor a header, nor the label of a total or a note: no such word begins or ends as they do."""
    beginnings, others, endings = _listed()
    begun = pc.utf8_lower(pc.utf8_slice_codeunits(texts, 0, _BEGUN))
    found = _mask(pc.match_substring_regex(texts, _BODY)) & ~_mask(pc.is_in(begun, value_set=beginnings))
    return found & ~_mask(pc.match_substring_regex(begun, others)) & ~_mask(pc.match_substring_regex(texts, endings))


@cache
def _listed() -> tuple[pa.Array, str, str]:
    """The first signs of all words of the lists, a pattern of those with fewer, and of the ends of labels."""
    prefixes = {*starts("total_starts"), *starts("note_starts"), *starts("page_starts")}
    whole = {*aliases(), *mark("blank"), *mark("total_is")}
    long = {word[:_BEGUN] for word in (*whole, *prefixes) if len(word) >= _BEGUN}
    short = (word for word in prefixes if len(word) < _BEGUN)
    return pa.array(sorted(long)), f"^(?:{_either(short)})", f"(?i)(?:{_either(word[-_TAIL:] for word in mark('total_ends'))})$"


def _either(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words)))


def as_written(texts: pa.Array) -> pa.Array:
    """The texts that are read as they stand (no blanks around them, no word for nothing), null for the others."""
    return pc.if_else(pc.and_(pc.match_substring_regex(texts, _something()), pc.match_substring_regex(texts, _CLOSED)), texts, None)


def without_numbers(texts: pa.Array) -> pa.Array:
    """The texts that are no word for nothing and hold no number of a person, null for the others."""
    sure = pc.and_not(pc.match_substring_regex(texts, _something()), pc.match_substring_regex(texts, _PRIVATE))
    return pc.if_else(sure, texts, None)


@cache
def _something() -> str:
    """A pattern for texts that begin with more signs than any word for nothing has."""
    return f"^{_SIGN}{{{max(map(len, mark('blank'))) + 1}}}"


def credit_codes(texts: pa.Array) -> pa.Array:
    """The unified social credit codes as they should stand, null for the others."""
    like = pc.and_(pc.equal(pc.utf8_length(texts), CODE_LENGTH), pc.match_substring_regex(texts, _CODE))
    rows = np.nonzero(_mask(like))[0]
    sure = np.zeros(len(texts), np.bool_)
    sure[rows] = valid_codes(texts.take(pa.array(rows)).to_pylist())
    return pc.if_else(pa.array(sure), texts, None)


def records(texts: pa.Array) -> pa.Array:
    """The numbers of records as they should stand, null for the others."""
    return pc.if_else(pa.array(numbered(texts)), texts, None)


KNOWN: Mapping[str, Callable[[pa.Array], pa.Array]] = {  # by kind of field, what its reader says of texts
    "id": records,
    "text": as_written,
    "free": without_numbers,
    "uscc": credit_codes,
}

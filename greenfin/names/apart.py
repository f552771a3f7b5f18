"""What keeps two near names apart, and what differs between two that are one.

Names that sound alike and are written otherwise are other names: 石油 and 时由 are never one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.names.parts import Parts, tails
from greenfin.names.words import words

Mask = NDArray[np.bool_]
_PRIVATE = 0xF0000  # where the private signs of Unicode begin


def places_apart(one: Parts, other: Parts) -> Mask:
    """Per row whether both names say where they are, and not the same."""
    apart = [_contradict(getattr(one, name), getattr(other, name)) for name in ("province", "city", "district")]
    return np.asarray(np.logical_or.reduce(apart), dtype=np.bool_)


def places_same(one: Parts, other: Parts) -> Mask:
    """Per row whether both names say the same of where they are, or both say nothing."""
    same = [_flags(pc.equal(getattr(one, name), getattr(other, name))) for name in ("province", "city", "district")]
    return np.asarray(np.logical_and.reduce(same), dtype=np.bool_)


def forms_apart(one: Parts, other: Parts) -> Mask:
    """Per row whether both names have a legal form that the other's cannot be a short way of."""
    loose = pa.array([words()["firms"]["any_form"]])
    vague = pc.or_(pc.is_in(one.form, value_set=loose), pc.is_in(other.form, value_set=loose))
    return _contradict(one.form, other.form) & ~_flags(vague)


def businesses_apart(one: Parts, other: Parts) -> Mask:
    """Per row whether both names end in words of business and neither holds the other's."""
    ours, theirs = tails(one.core).to_pylist(), tails(other.core).to_pylist()
    known = {pair: bool(pair[0] and pair[1] and not _within(*pair)) for pair in set(zip(ours, theirs, strict=True))}
    return np.array([known[pair] for pair in zip(ours, theirs, strict=True)], dtype=np.bool_)


def _within(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    rest = iter(long)
    return all(sign in rest for sign in short)


def _contradict(one: pa.Array, other: pa.Array) -> Mask:
    return _flags(pc.and_(pc.and_(pc.not_equal(one, ""), pc.not_equal(other, "")), pc.not_equal(one, other)))


def _flags(mask: pa.Array) -> Mask:
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=np.bool_)


def sound_alike(one: Sequence[str], other: Sequence[str]) -> Mask:
    """Per pair of names whether what differs in writing does not differ in sound (pinyin without tones, all readings)."""
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cpdist

    if not len(one):
        return np.zeros(0, dtype=np.bool_)
    written = cpdist(one, other, scorer=Indel.similarity, dtype=np.int64)
    spoken = cpdist([_syllables(t) for t in one], [_syllables(t) for t in other], scorer=Indel.similarity, dtype=np.int64)
    swapped = [any(_readings(a) & _readings(b) for a, b in _swaps(*pair)) for pair in zip(one, other, strict=True)]
    return np.asarray((np.asarray(spoken) > np.asarray(written)) | np.array(swapped, dtype=np.bool_))


def opposed(one: Sequence[str], other: Sequence[str]) -> Mask:
    """Per pair of names whether a number, a side or a letter stands for another, or a number is added."""
    return np.array([_opposed(*pair) for pair in zip(one, other, strict=True)], dtype=np.bool_)


def _opposed(one: str, other: str) -> bool:
    sides, numbers = words()["firms"]["opposites"], words()["firms"]["numbers"]
    if any(a in group and b in group for a, b in _swaps(one, other) for group in sides if not (a + b).isascii() or not one.isascii()):
        return True
    return any(sign in numbers for sign in _added(one, other))


def _swaps(one: str, other: str) -> Iterator[tuple[str, str]]:
    """The signs that stand for each other in the shortest change of one name into the other."""
    from rapidfuzz.distance import Levenshtein

    return ((one[e.src_pos], other[e.dest_pos]) for e in Levenshtein.editops(one, other) if e.tag == "replace")


def _added(one: str, other: str) -> Iterator[str]:
    from rapidfuzz.distance import Levenshtein

    for edit in Levenshtein.editops(one, other):
        if edit.tag != "replace":
            yield one[edit.src_pos] if edit.tag == "delete" else other[edit.dest_pos]


def written_otherwise(one: str, other: str) -> str:
    """What of a name is written otherwise in another: ``部→都 +科技 -集团``.

    >>> written_otherwise("abcd", "abxdef")
    'c→x +ef'
    """
    from rapidfuzz.distance import Levenshtein

    found = []
    for code in Levenshtein.opcodes(one, other):
        ours, theirs = one[code.src_start : code.src_end], other[code.dest_start : code.dest_end]
        if code.tag == "replace":
            found.append(f"{ours}→{theirs}")
        elif code.tag != "equal":
            found.append(f"-{ours}" if ours else f"+{theirs}")
    return " ".join(found)


@cache
def _readings(sign: str) -> frozenset[str]:
    """The syllables a sign may be read as, without tones."""
    from pypinyin.pinyin_dict import pinyin_dict

    read = pinyin_dict.get(ord(sign), "")
    return frozenset(filter(None, map(_toneless, read.split(","))))


@cache
def _toneless(syllable: str) -> str:
    bare = "".join(sign for sign in unicodedata.normalize("NFD", syllable) if not unicodedata.combining(sign))
    return bare.strip()


@cache
def _syllable(sign: str) -> str:
    """One private sign for each first reading; other signs stand for themselves."""
    from pypinyin.pinyin_dict import pinyin_dict

    return _private().get(_toneless(pinyin_dict.get(ord(sign), "").split(",")[0]), sign)


@cache
def _private() -> Mapping[str, str]:
    from pypinyin.pinyin_dict import pinyin_dict

    toned = {reading.split(",")[0] for reading in pinyin_dict.values()}
    return {syllable: chr(_PRIVATE + n) for n, syllable in enumerate(sorted(set(map(_toneless, toned)) - {""}))}


def _syllables(text: str) -> str:
    return "".join(map(_syllable, text))

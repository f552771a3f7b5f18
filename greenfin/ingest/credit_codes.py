"""Unified social credit codes and the numbers of natural persons."""

from __future__ import annotations

import re
from hashlib import md5

from greenfin.core.credit_codes import is_uscc
from greenfin.core.problems import info, warning
from greenfin.ingest.cells import Read
from greenfin.ingest.grids import CellValue
from greenfin.ingest.ids import read_id

_MISREAD = str.maketrans({"O": "0", "I": "1"})
_RESIDENT = re.compile(r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_RESIDENT_OF_OLD = re.compile(r"[1-6]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")  # fifteen digits, before 1999
_RESIDENT_CHECK = "10X98765432"
_PSEUDONYM = re.compile(r"\d{6}[0-9a-f]{32}")
_OLD_CODES = (9, 15)  # signs of an organisation code, of a business licence, both of before 2015


def read_uscc(cell: CellValue) -> Read:
    """A unified social credit code, its check sign tested; of an identity number only six digits and a hash are kept."""
    read = read_id(cell)
    if read.problem or read.value is None:
        return read
    text = str(read.value).upper().replace("-", "")
    if is_certain_resident(text) or (is_resident_number(text) and not is_uscc(text)):
        return Read(pseudonym(text), info("ingest.identity_number_dropped"))
    if is_uscc(text):
        return Read(text)
    if len(text) in _OLD_CODES:
        return Read(text, info("ingest.credit_code_legacy"))
    if places := suggestion(text):
        return Read(text, warning("ingest.credit_code_suggested", places=places))
    return Read(text, warning("ingest.credit_code_wrong"))


def suggestion(text: str) -> str:
    """The places (from 1) of letters that a right code would have as digits, ``5:O→0``; ``""`` where that makes none."""
    if not is_uscc(text.translate(_MISREAD)):
        return ""
    return " ".join(f"{place}:{sign}→{sign.translate(_MISREAD)}" for place, sign in enumerate(text, 1) if sign in "OI")


def is_resident_number(text: str) -> bool:
    """Whether a text has the form of a resident identity number."""
    return bool(_RESIDENT.fullmatch(text) or _RESIDENT_OF_OLD.fullmatch(text))


def is_certain_resident(text: str | None) -> bool:
    """Whether a text is an identity number of eighteen signs with the right check sign (GB 11643)."""
    if not text or not _RESIDENT.fullmatch(text):
        return False
    return _RESIDENT_CHECK[sum(int(sign) * 2 ** (17 - place) for place, sign in enumerate(text[:17])) % 11] == text[17].upper()


def pseudonym(text: str) -> str:
    """What is kept of a person's number, as the regulator's interface has it: the first six signs and the MD5 of the whole."""
    return text[:6] + md5(text.upper().encode(), usedforsecurity=False).hexdigest()


def is_pseudonym(text: str | None) -> bool:
    """Whether a text is what ``pseudonym`` makes."""
    return bool(text and _PSEUDONYM.fullmatch(text))

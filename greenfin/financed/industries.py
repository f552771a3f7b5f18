"""Industries of GB/T 4754-2017: their section, and which are high-carbon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from greenfin.financed.rules import high_carbon
from greenfin.financed.view import Flags, Words

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


def section_of(codes: Words, reference: Reference) -> pa.Array:
    """The section (a letter) of each industry code; none for a code the classification does not have."""
    known = reference.industries
    letters = [known[text].section if text and text in known else None for text in codes.texts]
    return pa.array(letters, pa.string()).take(pa.array(codes.at))


def high_carbon_of(codes: Words) -> pa.Array:
    """The high-carbon industry of each code of four digits; none for all others."""
    known = high_carbon()
    names = [known[text].industry if text and text in known else None for text in codes.texts]
    return pa.array(names, pa.string()).take(pa.array(codes.at))


def too_wide(codes: Words) -> Flags:
    """Codes of which only a part is high-carbon: a division or a group above such a class."""
    known = high_carbon()
    wide = [bool(text) and text not in known and any(code.startswith(str(text)) for code in known) for text in codes.texts]
    found: Flags = np.array(wide, np.bool_)[codes.at]
    return found

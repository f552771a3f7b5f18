"""The assurance pack: one zip from which an auditor rebuilds a disclosure with the bank's book, and which holds no borrower's data."""

from __future__ import annotations

from greenfin.pack.checking import is_pack, verify_pack
from greenfin.pack.making import Packed, pack

__all__ = ["Packed", "is_pack", "pack", "verify_pack"]

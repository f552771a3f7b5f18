"""Ids are text with a type of their own; never numbers, never categories."""

from __future__ import annotations

from typing import NewType

LoanId = NewType("LoanId", str)
ProjectId = NewType("ProjectId", str)
FactorId = NewType("FactorId", str)
SourceId = NewType("SourceId", str)
EditionId = NewType("EditionId", str)
EntryCode = NewType("EntryCode", str)
MethodId = NewType("MethodId", str)
CellId = NewType("CellId", str)

"""Financed emissions of a book, under three standards side by side, never mixed in one total."""

from greenfin.financed.standards import STANDARDS, financed

__all__ = ["STANDARDS", "financed"]

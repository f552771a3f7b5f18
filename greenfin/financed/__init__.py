"""Financed emissions of a book, under three standards side by side, never mixed in one total."""

from greenfin.financed.exposures import not_there
from greenfin.financed.standards import STANDARDS, financed
from greenfin.financed.whole_book import Financed, of_whole_book

__all__ = ["STANDARDS", "Financed", "financed", "not_there", "of_whole_book"]

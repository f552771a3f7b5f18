"""The regulator's own blank workbooks, filled in place from a run."""

from greenfin.forms.fill import Filled, fill, known_forms

__all__ = ["Filled", "fill", "known_forms"]

"""Anybody's published report, checked without a run: read into tables and sentences, recomputed within what rounding allows."""

from greenfin.published.checking import Checked, as_json, check, checked, message
from greenfin.published.reading import read_published

__all__ = ["Checked", "as_json", "check", "checked", "message", "read_published"]

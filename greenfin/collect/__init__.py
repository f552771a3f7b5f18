"""Collect: what a book lacks -> workbooks for the branches; what they return -> supplements for the book."""

from greenfin.collect.asking import asks_of
from greenfin.collect.merge import Merged, merge
from greenfin.collect.record import Asked, read_asked, send, write_private

__all__ = ["Asked", "Merged", "asks_of", "merge", "read_asked", "send", "write_private"]

"""The web front end: view models without streamlit, pages without arithmetic."""

from __future__ import annotations


def main() -> None:
    """Show the page that the reader is on (called by streamlit, once for every change)."""
    from greenfin.ui.frame.start import show

    show()

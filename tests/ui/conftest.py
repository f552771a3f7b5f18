"""What the browser tests share."""

from tests.ui.browser import browser, opened, reader, record, run, runs_only, site, tabs

__all__ = ["browser", "opened", "reader", "record", "run", "runs_only", "site", "tabs"]

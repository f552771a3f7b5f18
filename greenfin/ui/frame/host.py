"""The server's own process: streamlit behind the gate."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress

from starlette.middleware import Middleware
from streamlit.starlette import App

from greenfin.core.problems import Refused
from greenfin.ui.frame.asked import Asked, parsed
from greenfin.ui.frame.entrance import Entrance
from greenfin.ui.frame.gate import Gate
from greenfin.ui.frame.provider import provider_of
from greenfin.ui.frame.serve import app_page

SETTINGS = {
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "theme.base": "light",
    "theme.primaryColor": "#1e7b4f",
    "theme.backgroundColor": "#ffffff",
    "theme.secondaryBackgroundColor": "#f2f5f3",
    "theme.textColor": "#24332b",
    "theme.linkColor": "#14613c",
}


_DOWNLOADS = "streamlit.runtime.backend_operation_handler"


class InOneLine(logging.Filter):
    """A download that was refused, or whose file is gone, is a line of the log and no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record; those of such downloads shorter."""
        cause = record.exc_info[1].__cause__ if record.exc_info and record.exc_info[1] else None
        if isinstance(cause, Refused | OSError):
            why = cause.problem.code if isinstance(cause, Refused) else cause.strerror or type(cause).__name__
            record.msg, record.args, record.exc_info = "A download was refused: %s", (why,), None
        return True


def app(asked: Asked) -> App:
    """The front end as an ASGI application. Raises Refused where the record cannot be opened, or the provider is half set."""
    store = asked.store()
    routes = Entrance(asked, store, provider_of()).routes() if store else []
    entrance = frozenset(route.path for route in routes)
    return App(app_page(), routes=routes, middleware=[Middleware(Gate, asked=asked, store=store, entrance=entrance)])


def main() -> None:
    """Serve until the process is told to end."""
    asked = parsed(sys.argv[1:])
    own = {
        "server.address": asked.host,
        "server.port": asked.port,
        "browser.serverAddress": asked.host,
        "server.maxUploadSize": asked.upload_mb,
    }
    logging.getLogger(_DOWNLOADS).addFilter(InOneLine())
    with suppress(KeyboardInterrupt):  # how it is told to end
        app(asked).run(config=SETTINGS | own)


if __name__ == "__main__":
    main()

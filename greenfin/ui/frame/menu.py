"""The pages: where each stands in the navigation, what it needs and which permissions show it.

A page is the module ``greenfin.ui.pages.<id>`` with ``show(desk)``, imported when it is drawn; one that is not there is not in the menu.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from greenfin.ui.frame.desk import Desk

HOME = "home"


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu.

    ``permissions``: actions of ``permissions.csv``, all of them needed. ``module``: its name under ``greenfin.ui.pages`` where that is
    not the id.
    """

    id: str
    icon: str
    group: str
    permissions: tuple[str, ...] = ()
    needs_run: bool = False
    needs_store: bool = False
    module: str = ""

    @property
    def url_path(self) -> str:
        """Its address below that of the front end."""
        return self.id

    @property
    def title_code(self) -> str:
        """The code of its name."""
        return f"ui.page.{self.id}"


ENTRIES = (
    Entry(HOME, ":material/home:", "work"),
    Entry("import", ":material/upload_file:", "work", ("import_book",), module="import_"),
    Entry("review", ":material/rule:", "work", ("read_decisions",), needs_store=True),
    Entry("calculator", ":material/calculate:", "work", ("measure",)),
    Entry("operations", ":material/factory:", "work", ("read_runs",), needs_run=True),
    Entry("disclosure", ":material/description:", "report", ("read_runs",), needs_run=True),
    Entry("portfolio", ":material/donut_large:", "report", ("read_runs",), needs_run=True),
    Entry("loans", ":material/fact_check:", "report", ("read_runs", "read_loans"), needs_run=True),
    Entry("problems", ":material/report:", "report", ("read_runs",), needs_run=True),
    Entry("factors", ":material/science:", "reference"),
    Entry("catalogues", ":material/menu_book:", "reference"),
    Entry("audit", ":material/policy:", "control", ("verify_audit",), needs_store=True),
    Entry("users", ":material/group:", "control", ("read_users",), needs_store=True),
)


@cache
def there() -> tuple[Entry, ...]:
    """The pages that this release has, in the order of the menu."""
    return tuple(entry for entry in ENTRIES if find_spec(_module(entry)))


def shown(entry: Entry, desk: Desk) -> bool:
    """Whether the page stands in the reader's menu."""
    here = (desk.saved is not None or not entry.needs_run) and (desk.store is not None or not entry.needs_store)
    return here and not missing(entry, desk)


def missing(entry: Entry, desk: Desk) -> tuple[str, ...]:
    """The permissions of the page that the reader has not."""
    return tuple(action for action in entry.permissions if not desk.may(action))


def show_of(entry: Entry) -> Callable[[Desk], None]:
    """What draws the page."""
    show: Callable[[Desk], None] = import_module(_module(entry)).show
    return show


def _module(entry: Entry) -> str:
    return f"greenfin.ui.pages.{entry.module or entry.id}"

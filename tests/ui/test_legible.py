"""Every text that is seen, streamlit's own with it, passes WCAG 2.1 AA as the browser draws it: 4.5 to 1, 3 to 1 where it is large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from greenfin.ui.frame import menu
from tests.ui.browser import Tab

pytestmark = pytest.mark.desktop

CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")
_BY_ROLE = {"review": "maker", "import": "maker", "calculator": "maker", "audit": "auditor", "users": "admin"}
_PLANTED = "() => { document.querySelector('h4.gf-heading').style.color = '#888888'; }"


@pytest.mark.parametrize("page", [entry.id for entry in menu.there()])
def test_every_text_stands_out_from_its_ground(opened: Callable[[str], Tab], page: str) -> None:
    tab = opened(_BY_ROLE.get(page, "esg"))
    tab.open(page)
    told = tab.page.evaluate(CONTRAST)
    assert told["seen"] > 20
    assert told["found"] == []


def test_a_grey_heading_is_found(opened: Callable[[str], Tab]) -> None:
    tab = opened("esg")
    tab.page.evaluate(_PLANTED)
    assert [words for words in tab.page.evaluate(CONTRAST)["found"] if "3.54" in words]

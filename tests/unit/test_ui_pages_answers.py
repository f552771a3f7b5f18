"""The questionnaire on the page: what two readers fill in at once, what one left unsaved; no streamlit server, no browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from greenfin.ui.frame import held
from greenfin.ui.frame.held_disclosure import unsaved
from tests.run_made import without_loans

ITEMS = ("Q04", "Q05", "Q06")
_PAGE = """
from pathlib import Path
from greenfin.run_folder import open_run
from greenfin.store.opening import open_store
from greenfin.store.permissions import Actor
from greenfin.ui.frame.desk import Desk
from greenfin.ui.pages import disclosure

saved = open_run(Path("{place}"))
disclosure.show(Desk("zh", saved.folder, saved, open_store("{store}"), Actor("{user}", "esg"), (saved,)))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return without_loans(tmp_path_factory.mktemp("asked"))


@pytest.fixture(autouse=True)
def _nothing_held() -> Iterator[None]:
    yield
    held.result.clear()
    unsaved.clear()


class Tab:
    """A tab of somebody at the questionnaire."""

    def __init__(self, run: Path, store: Path, user: str) -> None:
        self.page = AppTest.from_string(_PAGE.format(place=run, store=store, user=user), default_timeout=60)
        self.page.session_state["part-disclosure"] = "answers"
        self.page.run()

    def read(self, item: str) -> str:
        self.page.selectbox(key="answers-item-zh").set_value(item).run()
        assert not self.page.exception
        return str(self.page.text_area[0].value)

    def write(self, item: str, text: str) -> None:
        self.read(item)
        self.page.text_area[0].set_value(text)
        self.page.run()

    def press(self, words: str) -> None:
        next(one for one in self.page.button if one.label.startswith(words)).click()
        self.page.run()
        assert not self.page.exception


def test_what_two_fill_in_at_once_is_put_together(run: Path, tmp_path: Path) -> None:
    first, second = Tab(run, tmp_path / "store", "wang"), Tab(run, tmp_path / "store", "li")
    first.write("Q04", "甲四")
    first.write("Q05", "甲五")
    first.press("保存")
    second.write("Q05", "乙五")
    second.write("Q06", "乙六")
    second.press("保存")
    assert [one.value.startswith("wang 已另存") for one in second.page.warning] == [True]
    assert [second.read(item) for item in ITEMS] == ["甲四", "乙五", "乙六"]
    second.press("保存")
    assert not second.page.warning
    third = Tab(run, tmp_path / "store", "zhao")
    assert [third.read(item) for item in ITEMS] == ["甲四", "乙五", "乙六"]


def test_what_was_left_unsaved_is_there_after_a_new_log_in_and_may_be_let_go(run: Path, tmp_path: Path) -> None:
    Tab(run, tmp_path / "store", "wang").write("Q04", "没有保存")
    again, other = Tab(run, tmp_path / "store", "wang"), Tab(run, tmp_path / "store", "li")
    assert (again.read("Q04"), other.read("Q04")) == ("没有保存", "")
    assert len(again.page.info) == 1
    again.press("放弃")
    assert again.read("Q04") == ""
    assert not again.page.info
    again.write("Q04", "保存了")
    again.press("保存")
    fresh = Tab(run, tmp_path / "store", "wang")
    assert fresh.read("Q04") == "保存了"
    assert not fresh.page.info

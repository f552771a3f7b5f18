"""Every page of a run draws a run without a loan, and says in words that a run is gone; no streamlit server, no browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from greenfin.messages import codes
from greenfin.ui.frame import held
from tests.run_made import without_loans

PARTS = {
    "home": ("",),
    "loans": ("",),
    "problems": ("",),
    "operations": ("",),
    "portfolio": ("financed", "score", "rolled", "edition"),
    "disclosure": ("tables", "checks", "answers", "restated", "export"),
}
_PAGE = """
from importlib import import_module
from pathlib import Path
import shutil
import streamlit as st
from greenfin.core.problems import Refused
from greenfin.run_folder import open_run
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views.said import tell

saved = open_run(Path("{place}"))
desk = Desk("zh", saved.folder, saved, runs=(saved,))
if {is_gone}:
    shutil.rmtree(saved.folder)
try:
    import_module("greenfin.ui.pages.{page}").show(desk)
except Refused as refused:
    st.error(tell(refused.problem, "zh"))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return without_loans(tmp_path_factory.mktemp("poor"))


@pytest.fixture(autouse=True)
def _nothing_held() -> Iterator[None]:
    yield
    for one in (held.result, held.groups, held.problems, held.offers, held.entry_names, held.rule_reasons):
        one.clear()


def _drawn(page: str, part: str, place: Path, *, is_gone: bool = False) -> AppTest:
    made = AppTest.from_string(_PAGE.format(place=place, page=page, is_gone=is_gone), default_timeout=60)
    if part:
        made.session_state["portfolio-part" if page == "portfolio" else f"part-{page}"] = part
    return made.run()


@pytest.mark.parametrize(("page", "part"), [(page, part) for page, parts in PARTS.items() for part in parts])
def test_a_run_without_loans_is_drawn(page: str, part: str, run: Path) -> None:
    made = _drawn(page, part, run)
    assert not made.exception
    assert not made.error
    if page == "loans":
        assert [one.value for one in made.info] == [codes("zh")["ui.no_loans_at_all"]]


@pytest.mark.parametrize("page", ["home", "loans", "problems", "disclosure"])
def test_a_run_that_is_gone_is_said_in_words(page: str, run: Path, tmp_path: Path) -> None:
    place = tmp_path / "run"
    shutil.copytree(run, place)
    made = _drawn(page, "", place, is_gone=True)
    assert not made.exception
    (said,) = made.error
    assert "批次" in said.value
    assert "greenfin" not in said.value


def test_whoever_looked_at_a_run_that_is_gone_is_told_and_sees_another(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        shutil.copytree(run, tmp_path / name)
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(tmp_path), "--lang", "zh"])
    made = AppTest.from_file(str(Path(__file__).parents[2] / "app.py"), default_timeout=60).run()
    gone = Path(str(made.sidebar.selectbox[0].value))
    assert not made.sidebar.warning
    shutil.rmtree(gone)
    held.found.clear()
    made.run()
    assert not made.exception
    assert [f"批次 {gone.name} 已移走" in one.value for one in made.sidebar.warning] == [True]

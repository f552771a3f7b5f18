"""What the front end says where there is nothing to show: words, never a traceback."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from greenfin._version import __version__
from greenfin.messages import say
from greenfin.ui.frame.markup import plain
from greenfin.ui.frame.serve import app_page

MADE_OF = {"greenfin": __version__, "reference": "ab", "as_of": "2025-12-31", "edition": "e", "options": {"policy": "working"}, "files": []}


def _opened(place: Path, lang: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["app.py", "--run", str(place), "--lang", lang])
    return AppTest.from_file(str(app_page()), default_timeout=30).run()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    app = _opened(tmp_path, lang, monkeypatch)
    assert not app.exception
    assert [box.value for box in app.error] == [plain(f"{tmp_path} {say('ui.no_run', lang)}")]  # type: ignore[arg-type]  # both are Lang


def test_a_run_whose_data_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = {
        "run": "r",
        "made_of": MADE_OF,
        "sha256": {},
        "outcomes": {},
        "counts": {"loans": 0, "problems": {"error": 0, "warning": 0, "info": 0}},
    }
    (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    app = _opened(tmp_path, "en", monkeypatch)
    assert not app.exception
    assert plain(say("run.damaged", "en")) in app.error[0].value

"""Which runs there are, a run in a few figures, and how the server is started."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from greenfin._version import __version__
from greenfin.core.problems import Refused
from greenfin.run_folder import open_run
from greenfin.store import open_store, register
from greenfin.ui.frame.asked import Asked, parsed
from greenfin.ui.frame.host import SETTINGS
from greenfin.ui.frame.serve import app_page, command, serve
from greenfin.ui.views.runs import find_runs, overview

NAMES = {"green-finance-2025": "the edition of a year"}
OUTCOMES = {
    "book_balance": 100_000_000_001,
    "green_balance": 40_000_000_000,
    "not_green_balance": 50_000_000_000,
    "review_balance": 9_000_000_001,
    "rejected_balance": 1_000_000_000,
}


def _run(folder: Path, run: str = "2025-12-31-abc", made: int = 0, **record: Any) -> Path:
    folder.mkdir(parents=True)
    made_of = {
        "greenfin": __version__,
        "reference": "ab" * 32,
        "as_of": "2025-12-31",
        "edition": "green-finance-2025",
        "options": {"policy": "working"},
        "files": [{"name": "book.xlsx", "sha256": "cd" * 32, "size": 1}],
    }
    whole = {
        "run": run,
        "made_of": made_of,
        "sha256": {},
        "outcomes": OUTCOMES,
        "counts": {"loans": 1234, "problems": {"error": 3, "warning": 0, "info": 1}},
    }
    (folder / "run.json").write_text(json.dumps(whole | record), encoding="utf-8")
    os.utime(folder / "run.json", (1_700_000_000 + made, 1_700_000_000 + made))
    return folder


def test_the_figures_of_a_run_are_exact(tmp_path: Path) -> None:
    view = overview(open_run(_run(tmp_path / "a")), "zh", editions=NAMES)
    assert (view.book.amount, view.book.share) == ("10.00 亿元", "100.00%")
    assert [(part.kind, part.amount, part.share) for part in view.parts] == [
        ("green", "4.00 亿元", "40.00%"),
        ("not_green", "5.00 亿元", "50.00%"),
        ("review", "9,000.00 万元", "9.00%"),
        ("rejected", "1,000.00 万元", "1.00%"),
    ]
    assert view.holds
    assert view.other_version == ""
    assert NAMES["green-finance-2025"] in dict(view.facts).values()


@pytest.mark.parametrize("green", [39_999_999_999, None])
def test_a_fen_missing_is_seen(tmp_path: Path, green: int | None) -> None:
    view = overview(open_run(_run(tmp_path / "a", outcomes=OUTCOMES | {"green_balance": green})), "en", editions=NAMES)
    assert not view.holds
    if green is None:
        assert (view.parts[0].amount, view.parts[0].share) == ("—", "—")


def test_the_run_of_another_version_says_so(tmp_path: Path) -> None:
    folder = _run(tmp_path / "a")
    saved = json.loads((folder / "run.json").read_text("utf-8"))
    saved["made_of"]["greenfin"] = "0.0.9"
    (folder / "run.json").write_text(json.dumps(saved), encoding="utf-8")
    assert overview(open_run(folder), "zh", editions=NAMES).other_version == "0.0.9"


def test_one_run_is_itself(tmp_path: Path) -> None:
    _run(tmp_path / "a")
    _run(tmp_path / "b")
    assert [saved.folder.name for saved in find_runs(tmp_path / "a")] == ["a"]


def test_runs_below_a_folder_are_found_newest_first_damaged_ones_left_out(tmp_path: Path) -> None:
    for made, name in enumerate(("old", "middle", "new")):
        _run(tmp_path / name, made=made)
    _run(tmp_path / "runs" / "kept")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{", encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text("{}", encoding="utf-8")
    assert [saved.folder.name for saved in find_runs(tmp_path)] == ["new", "middle", "old", "kept"]
    later = _run(tmp_path / "year") / "run.json"
    later.write_text(later.read_text("utf-8").replace("2025-12-31", "2026-12-31"), encoding="utf-8")
    os.utime(later, (1, 1))
    assert [saved.folder.name for saved in find_runs(tmp_path)][:2] == ["year", "new"]


def test_the_register_adds_runs_that_are_elsewhere_each_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    inside, outside = _run(home / "inside"), _run(tmp_path / "outside")
    store = open_store(home / "greenfin.sqlite")
    for folder in (inside, outside, inside):
        register(store, None, open_run(folder), made_at=datetime(2026, 1, 1, tzinfo=UTC))
    _run(home / "not_registered")
    assert [saved.folder.name for saved in find_runs(home)] == ["outside", "inside", "not_registered"]


def test_no_run_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        find_runs(tmp_path)
    assert refused.value.problem.code == "ui.no_run"
    with pytest.raises(Refused):
        serve(Asked(tmp_path / "nowhere", port=0))


def test_a_taken_port_is_refused_in_words(tmp_path: Path) -> None:
    _run(tmp_path / "a")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port in (taken.getsockname()[1], 70_000):
            with pytest.raises(Refused) as refused:
                serve(Asked(tmp_path / "a", port=port))
            assert refused.value.problem.code == "ui.port_taken"


def test_the_server_is_bound_to_this_machine_and_reports_nothing(tmp_path: Path) -> None:
    words = command(Asked(tmp_path, port=8599, lang="en"))
    assert parsed(words[3:]) == Asked(tmp_path, 8599, "en", "127.0.0.1")
    assert (SETTINGS["browser.gatherUsageStats"], SETTINGS["client.showErrorDetails"]) == (False, "none")
    assert app_page().is_file()

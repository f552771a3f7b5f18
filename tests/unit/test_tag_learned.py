"""A learned model in a run: what it moves, what it leaves, that the run replays with it; and scores as likelihoods."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.core.columns import table_of
from greenfin.core.problems import BadReference, Refused
from greenfin.core.records import Book
from greenfin.entered import enter_book
from greenfin.pipeline import Files
from greenfin.reference.calibration import Calibration, Curve, read_calibration
from greenfin.reference.load import load
from greenfin.store import queue
from greenfin.store.opening import open_store
from greenfin.store.permissions import Actor
from greenfin.tag import tag
from greenfin.tag.calibrate import calibrated, curve, ways
from greenfin.tag.model import MOVES, Model
from greenfin.tag.moves import learned_of

EDITION = "green-finance-2025"
NEVER: dict[str, float | None] = dict.fromkeys(MOVES)
TEXTS = ["屋顶分布式光伏电站建设", "陆上风电场建设", "燃煤电厂建设", "购买办公家具", "光伏电站建设", "开餐馆", "风电场和污水处理厂建设"]


def model(
    weights: dict[str, float], entries: dict[str, dict[str, float]] | None = None, *, edition: str = EDITION, **moves: float
) -> Model:
    about = {"edition": edition, "reference": "0", "greenfin": "0", "as_of": "2025-12-31", "trained_on": {}, "quality": {}}
    return Model(0.0, weights, entries or {}, {}, {**NEVER, **moves}, about)


SHY = model({"text:光伏": -9.0, "text:燃煤": 9.0, "text:家具": 9.0}, green_review=0.3, not_green_review=0.7)


def book() -> Book:
    loans = [{"loan_id": f"L{n}", "receipt_no": f"L{n}", "purpose": text} for n, text in enumerate(TEXTS)]
    return Book(as_of=date(2025, 12, 31), loans=table_of("loans", loans))


def tagged(**given: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tag(book(), load(), editions=(EDITION,), **given).value.to_pylist()
    return rows


def test_a_model_moves_by_words_and_leaves_rules_and_people() -> None:
    decisions = table_of("decisions", [{"receipt_no": "L4", "edition": EDITION, "decision": "green", "code": "4.2.2", "checker": "b"}])
    before, after = tagged(decisions=decisions), tagged(decisions=decisions, model=SHY)
    assert (before[0]["decision"], after[0]["decision"], after[0]["reason"]) == ("green", "review", "tag.by_model")
    assert after[0]["code"] == before[0]["code"]
    assert (after[4]["decision"], after[4]["decided_by"]) == ("green", "decision")
    for n in (1, 2, 3, 5, 6):  # no such word; a rule; no candidate
        assert {k: v for k, v in after[n].items() if k != "model"} == {k: v for k, v in before[n].items() if k != "model"}
    assert before[2]["rule"]
    assert after[2]["model"] is None
    told = json.loads(after[0]["model"])
    assert told["moved"] == "green->review"
    assert told["weights"][0] == {"feature": "text:光伏", "weight": -9.0}
    assert told["version"] == SHY.version


def test_the_needs_evidence_and_names_are_those_of_the_entry_after_the_model() -> None:
    was = tagged()[6]
    assert (was["decision"], {was["code"], was["runner_up"]}) == ("green", {"4.2.1", "6.4.7"})
    other = model({}, {was["runner_up"]: {"text:建设": 9.0}}, swap=0.6)
    now = tagged(model=other)[6]
    assert (now["code"], now["runner_up"], now["decision"]) == (was["runner_up"], was["code"], "green")
    assert now["name_zh"] == load().catalogues[EDITION].entries[now["code"]].name_zh
    assert {e["rule"] for e in json.loads(now["evidence"])} == {now["code"]}


def test_a_model_of_another_edition_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        tagged(model=model({}, edition="green-industry-2019"))
    assert refused.value.problem.code == "tag.model_other_edition"


def ran(*args: object, status: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(app, [str(a) for a in (*args, "--json")])
    assert done.exit_code == status, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_run_keeps_its_model_and_replays_with_it(tmp_path: Path) -> None:
    path, given = tmp_path / "model.json", tmp_path / "book.csv"
    path.write_text(SHY.text(), "utf-8")
    given.write_text("借据号,贷款余额（万元）,贷款用途\n" + "".join(f"L{n},100,{t}\n" for n, t in enumerate(TEXTS)), "utf-8")
    asked = ("run", given, "--as-of", "2025-12-31", "--policy", "working")
    plain = ran(*asked, "--out", tmp_path / "plain")
    moved = ran(*asked, "--model", path, "--out", tmp_path / "moved")
    assert plain["outcomes_fen"]["green_balance"] > moved["outcomes_fen"]["green_balance"]
    assert plain["run"] != moved["run"]
    path.unlink()  # the run holds what it was made of
    assert ran("verify", tmp_path / "moved")["same"] is True
    assert ran("verify", tmp_path / "moved", "--book", given)["same"] is True
    kept = tmp_path / "moved" / "inputs" / "model.json"
    kept.write_text(model({"text:风电": -9.0}, green_review=0.3).text(), "utf-8")
    found = ran("verify", tmp_path / "moved", status=1)
    assert "inputs/model.json" in found["altered"]


def test_a_book_enters_the_record_as_the_model_sees_it(tmp_path: Path) -> None:
    path, given = tmp_path / "model.json", tmp_path / "book.csv"
    path.write_text(SHY.text(), "utf-8")
    given.write_text("借据号,机构号,贷款余额（万元）,贷款用途\n" + f"L0,0101,100,{TEXTS[0]}\n", "utf-8")
    maker, found = Actor("anna", "maker", ("*",)), []
    for name, learned in (("without", None), ("with", path)):
        store = open_store(tmp_path / name)
        enter_book(store, maker, Files((given,), model=learned), as_of=date(2025, 12, 31), reference=load(), editions=(EDITION,))
        found += [(row.proposal_decision, row.reason) for row in queue.pages(store, maker)]
    assert [decision for decision, _ in found] == ["green", "review"]
    assert found[1][1] == "tag.by_model"


def test_the_command_tells_what_moved(tmp_path: Path) -> None:
    path, texts = tmp_path / "model.json", tmp_path / "texts.csv"
    path.write_text(SHY.text(), "utf-8")
    texts.write_text("text\n" + "\n".join(TEXTS) + "\n", "utf-8")
    found = ran("tag", texts, "--model", path)
    first = found["tags"][0]["model"]
    assert first.keys() >= {"version", "moved", "weights"}
    assert first["moved"] == "green->review"
    assert "tag.model_other_reference" in {p["code"] for p in found["problems"]}
    shown = CliRunner().invoke(app, ["tag", str(texts), "--model", str(path), "--lang", "zh"]).stdout
    assert "模型调整 green->review：光伏 -9.00" in shown
    assert ran("tag", texts, "--model", texts, status=2)["problems"][0]["code"] == "tag.model_unreadable"


def test_learning_by_command_gives_the_same_file_twice(tmp_path: Path) -> None:
    labelled, one, two = tmp_path / "labelled.csv", tmp_path / "one.json", tmp_path / "two.json"
    places = [f"{a}{b}" for a in "东西南北中" for b in "山河湖海城"]
    rows = [f"{place}光伏电站建设,green,4.2.2" for place in places] + [f"{place}住房按揭,not_green," for place in places]
    labelled.write_text("text,decision,entries\n" + "\n".join(rows) + "\n", "utf-8")
    asked = ("tag", "--learn", labelled, "--as-of", "2025-12-31", "--out")
    found = ran(*asked, one)
    ran(*asked, two)
    assert one.read_bytes() == two.read_bytes()
    assert found.keys() >= {"model", "version", "edition", "trained_on", "quality", "moves", "problems"}
    assert found["trained_on"]["files"][0]["sha256"]
    few = tmp_path / "few.csv"
    few.write_text("text,decision,entries\n" + "\n".join(rows[:22]) + "\n", "utf-8")
    assert ran("tag", "--learn", few, "--out", one, status=2)["problems"][0]["code"] == "tag.learn_too_few"


# what a score is worth


def test_curves_are_counted_and_monotone() -> None:
    raw = np.repeat([0.5, 0.6, 0.7, 0.8], 20)
    right = np.concatenate([np.arange(20) < n for n in (8, 6, 14, 20)])  # 0.6 does worse than 0.5: one step
    made = curve(raw, right, falling=False)
    assert made.n == 80
    worth = {0.5: 14.5 / 42, 0.6: 14.6 / 42, 0.7: 14.7 / 22, 0.8: 20.8 / 22}
    assert made.points == tuple((at, round(value, 4)) for at, value in worth.items())
    falling = curve(raw, ~right, falling=True)
    assert [v for _, v in falling.points] == sorted((v for _, v in falling.points), reverse=True)


def test_scores_between_the_points_and_of_unknown_ways() -> None:
    table = Calibration({("green", "words"): Curve(50, ((0.6, 0.7), (0.8, 0.9)))})
    raw = np.array([0.5, 0.7, 0.9, 0.7, 0.7])
    verdict = np.array([0, 0, 0, 0, 2], dtype=np.int64)  # of VERDICTS
    no = np.zeros(5, dtype=np.bool_)
    way = ways(by_rule=np.array([False, False, False, True, False]), by_likeness=no, has_needs=no)
    assert calibrated(raw, verdict=verdict, way=way, table=table) == pytest.approx([0.7, 0.8, 0.9, 0.7, 0.7])


def test_the_shipped_table_is_used_and_raw_scores_can_be_had() -> None:
    table = read_calibration(load().root / "taxonomy")
    assert {verdict for verdict, _ in table.curves} == {"green", "not_green", "review"}
    assert all(int(one["rows"]) > 0 and len(one["sha256"]) == 64 for one in table.sets)
    raw, seen = tagged(raw=True), tagged()
    assert [r["score"] for r in raw] != [r["score"] for r in seen]
    assert [(r["decision"], r["code"]) for r in raw] == [(r["decision"], r["code"]) for r in seen]
    assert all(0 < r["score"] < 1 for r in seen)
    assert learned_of(load(), model=None, raw=True).table.curves == {}


WRONG = {
    "falls": "['0.1 0.9', '0.2 0.8']",
    "out of order": "['0.2 0.8', '0.1 0.9']",
    "a nan": "['nan 0.5']",
    "more than certain": "['0.5 1.5']",
    "no points": "[]",
}


@pytest.mark.parametrize("points", WRONG.values(), ids=WRONG.keys())
def test_a_table_that_cannot_be_is_refused(tmp_path: Path, points: str) -> None:
    (tmp_path / "calibration.yaml").write_text(f"curves:\n  - {{verdict: green, way: words, n: 20, points: {points}}}\n", "utf-8")
    with pytest.raises(BadReference):
        read_calibration(tmp_path)


def test_older_data_without_a_table_keep_raw_scores(tmp_path: Path) -> None:
    assert read_calibration(tmp_path) == Calibration()

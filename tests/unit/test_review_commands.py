"""``greenfin review`` from a book to a strict run that counts exactly what was approved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from greenfin import example
from greenfin.cli.main import app
from greenfin.publishing import _earlier
from greenfin.reference import attached
from greenfin.reference.attached import Attached
from greenfin.reference.load import load
from greenfin.store import people, sessions
from greenfin.store.opening import open_store

FIRST, OWN = "First password 1!", "Own password 22 !"
Say = Callable[..., dict[str, Any]]


pytestmark = pytest.mark.slow  # one store, gone through in order from the import to the return: not to be spread over processes


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A store with the book of the example bank in it, and a session of each role."""
    place = tmp_path_factory.mktemp("bank") / "store"
    store = open_store(place)
    people.add_first_admin(store, "root", OWN)
    found = {"root": sessions.log_in(store, "root", OWN).token}
    admin = sessions.actor_of(store, found["root"])
    for name, role in (("wang", "maker"), ("li", "checker"), ("zhao", "esg"), ("shen", "auditor")):
        branches = ("*",) if role in ("maker", "checker") else ()
        people.add_user(store, admin, name, role=role, branches=branches, password=FIRST)
        people.change_password(store, name, FIRST, OWN)
        found[name] = sessions.log_in(store, name, OWN).token
    return place, found


@pytest.fixture
def say(tokens: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Say:
    place, found = tokens

    def run(who: str, *words: str, exit_code: int = 0) -> dict[str, Any]:
        monkeypatch.setenv("GREENFIN_TOKEN", found[who])
        result = CliRunner().invoke(app, ["review", *words, "--store", str(place), "--json"])
        assert result.exit_code == exit_code, result.output
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    return run


def test_a_book_is_reviewed_and_a_strict_run_counts_exactly_what_was_approved(say: Say, tokens: Any, tmp_path: Path) -> None:
    book = str(example.files().books[0])
    entered = say("wang", "import", book, "--as-of", "2025-12-31", exit_code=1)  # the example has errors in its data
    assert entered["entered"]["new"] == entered["loans"] > 200
    green = say("wang", "list", "--decision", "green", "--limit", "1000")
    assert green["counted"]["tags"] == len(green["rows"])
    first, second, third = (row["receipt"] for row in green["rows"][:3])
    code = {row["receipt"]: row["code"] for row in green["rows"]}
    copy = Attached(code[first], "p. 1", "本条原文", "目录.pdf", "0" * 64, "2026-01-01")
    attached.write(tokens[0], "green-finance-2025", [copy])
    assert [one["text"] for one in say("wang", "show", first)["tags"][0]["attached"]] == ["本条原文"]
    assert len(say("wang", "propose", first, second, third, "--reason", "已核", "--on", "2025-12-30")["done"]) == 3
    assert say("li", "return", third, "--reason", "缺环评")["done"][0]["state"] == "returned"
    for receipt in (first, second):
        assert say("li", "approve", receipt)["done"][0]["state"] == "in_force"
    refused = say("wang", "approve", first, exit_code=2)
    assert refused["problems"][0]["code"] == "store.not_permitted"
    idle = say("li", "approve", "--group", "--code", "9.1.2", exit_code=2)
    assert idle["problems"][0]["code"] == "store.nothing_waits"
    stale = say("li", "approve", first, "--seen", "1", exit_code=1)
    assert stale["problems"][0]["code"] == "store.changed_meanwhile"

    out = tmp_path / "decisions.xlsx"
    assert say("li", "export", "--out", str(out), "--as-of", "2025-12-31")["rows"] == 2
    assert say("li", "export", "--out", str(tmp_path / "before.csv"), "--as-of", "2025-12-29")["rows"] == 0
    folder = tmp_path / "run"
    strict = [
        "run",
        book,
        "--as-of",
        "2025-12-31",
        "--decisions",
        str(out),
        "--policy",
        "strict",
        "--template",
        "T01",
        "--out",
        str(folder),
    ]
    assert CliRunner().invoke(app, strict).exit_code == 1
    tags = pq.read_table(folder / "tags.parquet").to_pylist() if (folder / "tags.parquet").exists() else []
    approved = {t["loan_id"]: t["code"] for t in tags if t["approved"]}
    assert approved == {first: code[first], second: code[second]}
    record = json.loads((folder / "run.json").read_text("utf-8"))
    amounts = {row["receipt"]: row["amount_fen"] for row in green["rows"]}
    shares = {t["loan_id"]: t["share_ppm"] for t in tags}
    assert record["outcomes"]["green_balance"] == sum(amounts[r] * shares[r] // 1_000_000 for r in approved)

    forged = tmp_path / "forged.csv"
    forged.write_text(
        f"借据号,目录版本,认定结果,条目代码,经办,复核\n{first},green-finance-2025,绿色,{code[first]},wang,li\n{third},green-finance-2025,绿色,{code[third]},wang,li\n",
        encoding="utf-8",
    )
    by_hand = [str(forged) if word == str(out) else str(tmp_path / "forged") if word == str(folder) else word for word in strict]
    assert CliRunner().invoke(app, by_hand).exit_code == 1
    told = say("zhao", "publish", str(tmp_path / "forged"), "--kind", "report", "--where", "x", exit_code=1)
    unlike = [("store.run_not_approved", third), ("store.run_omits", second)]
    assert (told["figures"], [(p["code"], p["where"]) for p in told["problems"]]) == (0, unlike)
    told = say("zhao", "report", str(tmp_path / "forged"), exit_code=1)
    assert [d["receipt"] for d in told["done"]] == [first]
    assert CliRunner().invoke(app, [*strict[:-1], str(tmp_path / "draft"), "--policy", "working"]).exit_code == 1
    draft = say("zhao", "publish", str(tmp_path / "draft"), "--kind", "report", "--where", "x", exit_code=2)
    assert draft["problems"][0]["code"] == "store.run_is_draft"

    reported = say("zhao", "report", str(folder))
    assert {d["receipt"] for d in reported["done"]} == {first, second}
    assert say("wang", "propose", first, "--code", "1.1.1", exit_code=1)["problems"][0]["code"] == "store.not_from_here"
    publish = ["publish", str(folder), "--kind", "report", "--where", "https://bank.example/2025.pdf"]
    assert say("zhao", *publish, exit_code=2)["problems"][0]["code"] == "store.run_not_checked"
    assert say("zhao", "check", str(folder), exit_code=2)["problems"][0]["code"] == "store.run_not_submitted"
    assert say("zhao", "submit", str(folder))["waits"]
    assert say("zhao", "check", str(folder), exit_code=2)["problems"][0]["code"] == "store.run_own"
    assert say("li", "check", str(folder), "--send-back", exit_code=2)["problems"][0]["code"] == "store.reason_missing"
    assert not say("li", "check", str(folder), "--send-back", "--reason", "T02")["checked"]
    assert say("wang", "submit", str(folder))["waits"]
    assert say("li", "check", str(folder))["checked"]
    assert say("zhao", *publish)["figures"] > 0
    of = ["restate", "T01!green_balance.current", "--period", "2025-12-31", "--value", "1,000.50", "--reason", "漏计"]
    asked = say("zhao", *of)
    assert (asked["new"], asked["waits"]) == ("1000.50", True)
    assert say("zhao", "agree", str(asked["number"]), exit_code=2)["problems"][0]["code"] == "store.restatement_own"
    assert [one["number"] for one in say("li", "agree")["restatements"]] == [asked["number"]]
    say("zhao", "agree", str(asked["number"]), "--decline", "--reason", "看错")
    assert say("li", "agree", str(asked["number"]), exit_code=2)["problems"][0]["code"] == "store.restatement_unknown"
    say("wang", "withdraw", second, "--cause", "open_penalty", "--on", "2025-12-31")
    say("li", "approve", second)
    assert say("li", "export", "--out", str(tmp_path / "after.csv"), "--as-of", "2025-12-31")["rows"] == 2  # one of them not green now
    assert say("zhao", *publish, exit_code=1)["problems"][0]["code"] == "store.run_differs"
    shown = say("shen", "show", second)
    assert [d["step"] for d in shown["decisions"]] == ["propose", "approve", "report", "withdraw", "approve"]


def test_a_project_is_corrected_whole_without_naming_each_receipt(say: Say) -> None:
    rows = say("wang", "list", "--decision", "green", "--state", "proposed", "--limit", "1000")["rows"]
    of_project: dict[str, list[str]] = {}
    for row in rows:
        of_project.setdefault(row["project"], []).append(row["receipt"])
    receipts = next(r for p, r in of_project.items() if p and len(r) > 1)
    say("wang", "propose", *receipts, "--code", "4.2.1")
    assert len(say("li", "approve", "--group", "--code", "4.2.1")["done"]) == len(receipts)
    done = say("wang", "correct", receipts[0], "--code", "4.2.2", "--decision", "green", "--on", "2026-01-01", "--reason", "更正")
    assert {d["receipt"] for d in done["done"]} == set(receipts)


def test_a_document_is_kept_and_listed_and_words_are_for_people(
    say: Say, tokens: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = say("wang", "list", "--limit", "1")["rows"][0]["receipt"]
    paper = tmp_path / "批复.pdf"
    paper.write_bytes(b"%PDF-1.4 approval")
    sha = say("wang", "evidence", "add", str(paper), "--kind", "approval", "--receipt", receipt, "--valid-to", "2026-01-10")["sha256"]
    assert [d["sha256"] for d in say("wang", "evidence", "list", receipt)["documents"]] == [sha]
    assert say("root", "list", exit_code=2)["problems"][0]["code"] == "store.not_permitted"
    place, found = tokens
    monkeypatch.setenv("GREENFIN_TOKEN", found["wang"])
    for lang, word in (("zh", "机器建议"), ("en", "proposed by the machine")):
        printed = CliRunner().invoke(app, ["review", "list", "--limit", "3", "--names", "--store", str(place), "--lang", lang]).output
        assert word in printed
    assert say("wang", "watch", "--as-of", "2025-12-31")["watch"] is not None
    assert say("wang", "steps")["steps"] == "two"
    assert say("root", "steps", "three")["steps"] == "three"
    assert say("root", "steps", "two")["steps"] == "two"
    assert len(say("zhao", "freeze", "2025")["fingerprint"]) == 64


def test_misuse_is_said_in_words(say: Say, tmp_path: Path) -> None:
    assert say("wang", "propose", exit_code=2)["problems"][0]["code"] == "store.nothing_given"
    assert say("wang", "list", "--state", "gone", exit_code=2)["problems"][0]["code"] == "cli.not_one_of"
    assert say("wang", "show", "NOSUCH", exit_code=2)["problems"][0]["code"] == "store.tag_unknown"
    assert say("wang", "propose", "NOSUCH", exit_code=1)["problems"][0]["code"] == "store.tag_unknown"
    nobody = say("zhao", "restate", "T01!x.y", "--period", "2025-12-31", "--value", "1", "--reason", "r", exit_code=2)
    assert nobody["problems"][0]["code"] == "store.not_published"
    assert say("zhao", "restate", "T01!x.y", "--period", "2025-12-31", "--value", "NaN", "--reason", "r", exit_code=2)


def test_options_that_would_be_passed_over_are_refused(say: Say) -> None:
    for words, code in (
        (["approve", "L1", "--code", "4.2.1"], "store.only_for_groups"),
        (["approve", "L1", "--group"], "store.group_or_receipts"),
        (["approve"], "store.no_receipt_or_group"),
    ):
        assert say("li", *words, exit_code=2)["problems"][0]["code"] == code
    for words in (["list", "--least", "nan"], ["list", "--most", "inf"]):
        assert say("wang", *words, exit_code=2)["problems"][0]["code"] == "cli.not_a_number"


def test_a_class_is_confirmed(say: Say) -> None:
    rows = say("wang", "list", "--decision", "green", "--state", "proposed", "--limit", "1000")["rows"]
    receipt = rows[-1]["receipt"]
    say("wang", "propose", receipt)
    say("li", "approve", receipt)
    assert say("wang", "confirm", receipt, "--reason", "已核，维持")["done"][0]["state"] == "correcting"
    assert say("li", "approve", receipt)["done"][0]["state"] == "in_force"
    assert say("shen", "show", receipt)["tags"][0]["code"] == rows[-1]["code"]


def test_figures_of_the_year_before_know_the_cell_that_stated_them() -> None:
    reference = load()
    for table, cell, earlier in (
        ("T01", "T01!green_balance.prior", "T01!green_balance.current"),
        ("T03", "T03!total.prior_balance", "T03!total.balance"),
        ("T03", "T03!4.2.prior_share", "T03!4.2.share"),
        ("T03", "T03!total.balance", ""),
        ("T01", "T01!green_balance.change", ""),
    ):
        assert _earlier(reference, table, cell) == earlier


def test_a_book_that_most_loans_would_leave_is_refused_with_its_numbers_before_anything_is_written(say: Say, tmp_path: Path) -> None:
    heads = "借据号,机构号,贷款余额(元),贷款用途,投向行业,数据日期"
    book = tmp_path / "small.csv"
    book.write_text(f"{heads}\nU2001,010101,100,屋顶分布式光伏电站建设,4416,2025-12-31\n", encoding="utf-8")
    asked = ("import", str(book), "--as-of", "2025-12-31")
    (problem,) = say("wang", *asked, exit_code=2)["problems"]
    assert problem["code"] == "store.many_leave"
    assert problem["params"]["leave"] == problem["params"]["held"] > 200
    assert say("wang", "list", "--limit", "1")["counted"]["tags"] == problem["params"]["held"]  # as before
    done = say("wang", *asked, "--may-leave", str(problem["params"]["needed"]))
    assert done["foreseen"]["leave"]["loans"] == done["entered"]["gone"] == problem["params"]["held"]
    assert done["foreseen"]["come"] == {"loans": 1, "fen": 10_000}
    again = say("wang", *asked)
    assert again["foreseen"]["leave"]["loans"] == 0  # they have left

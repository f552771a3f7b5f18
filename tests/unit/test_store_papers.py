"""Documents, the watch list, publications and the export of decisions. Both databases."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from greenfin.core.columns import table_of
from greenfin.core.problems import Refused
from greenfin.core.records import Book
from greenfin.disclose import write_rows
from greenfin.ingest import read_decisions
from greenfin.reference.load import Reference, load
from greenfin.store.books import import_book
from greenfin.store.decisions import approve, correct, propose, withdraw
from greenfin.store.earlier import earlier_periods
from greenfin.store.evidence import Link, add_evidence, evidence_of, plain_name, read_evidence
from greenfin.store.exporting import as_file, decisions_table, in_force
from greenfin.store.needs import needs_on
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.publications import Figure, freeze_factors, frozen_factors, publish, stated
from greenfin.store.restating import ask
from greenfin.store.watch import watch
from tests.reviewed import (
    AUDITOR,
    BRANCH_MAKER,
    CHECKER,
    EDITION,
    ESG,
    MAKER,
    SOLAR,
    approved,
    entered,
    items,
    loans_of,
    restated,
    tags_of,
    wanted,
)

DAY = date(2025, 12, 31)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


def _refused(action: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as refused:
        action(*args, **kwargs)
    return refused.value.problem.code


def _paper(folder: Path, name: str = "批复.pdf", content: bytes = b"%PDF approval") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


# documents


def test_a_document_is_kept_by_its_hash_and_altered_ones_are_refused(store: Store, tmp_path: Path) -> None:
    entered(store, ["L1"])
    sha = add_evidence(store, MAKER, _paper(tmp_path), kind="approval", links=[Link(receipt="L1")])
    assert read_evidence(store, AUDITOR, sha) == b"%PDF approval"
    assert _refused(read_evidence, store, ESG, sha) == "store.not_permitted"  # names stand in it, which he may not read
    assert [one.sha256 for one in evidence_of(store, ESG, "L1")] == [sha]
    kept = store.files / "evidence" / sha
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(b"%PDF forged")
    assert _refused(read_evidence, store, AUDITOR, sha) == "store.file_altered"
    kept.unlink()
    assert _refused(read_evidence, store, AUDITOR, sha) == "store.file_missing"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/abs/批复.pdf", "批复.pdf"),
        (".hidden", "hidden"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("CON", "_CON"),
        ("x" * 500 + ".pdf", "x" * 116 + ".pdf"),
        ("a|b?.pdf", "a_b_.pdf"),
    ],
)
def test_odd_names_are_made_harmless(store: Store, tmp_path: Path, name: str, plain: str) -> None:
    entered(store, ["L1"])
    add_evidence(store, MAKER, _paper(tmp_path), kind="other", links=[Link(receipt="L1")], name=name)
    assert [d.name for d in evidence_of(store, MAKER, "L1")] == [plain] == [plain_name(plain)]
    assert {p.name for p in store.files.rglob("*") if p.is_file() and len(p.name) < 60} <= {
        "greenfin.sqlite", "greenfin.sqlite-wal", "greenfin.sqlite-shm", "heads.jsonl"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["", "...", "/", "\u200b"])
def test_a_name_of_nothing_is_refused(name: str) -> None:
    assert _refused(plain_name, name) == "store.bad_file_name"


def test_what_is_no_document_is_refused_and_nothing_is_left(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered(store, ["L1"])
    link = [Link(receipt="L1")]
    (tmp_path / "folder").mkdir()
    assert _refused(add_evidence, store, MAKER, tmp_path / "folder", kind="other", links=link) == "store.file_unreadable"
    assert _refused(add_evidence, store, MAKER, tmp_path / "gone", kind="other", links=link) == "store.file_unreadable"
    assert _refused(add_evidence, store, MAKER, Path(os.devnull), kind="other", links=link) == "store.not_a_file"
    assert _refused(add_evidence, store, MAKER, _paper(tmp_path, content=b""), kind="other", links=link) == "store.file_empty"
    paper = _paper(tmp_path)
    assert _refused(add_evidence, store, MAKER, paper, kind="rumour", links=link) == "store.unknown_evidence_kind"
    assert _refused(add_evidence, store, MAKER, paper, kind="other", links=[]) == "store.evidence_of_nothing"
    assert _refused(add_evidence, store, MAKER, paper, kind="other", links=[Link(receipt="L9")]) == "store.evidence_of_unknown"
    assert _refused(add_evidence, store, BRANCH_MAKER, paper, kind="other", links=[Link(project="P")]) == "store.evidence_of_unknown"
    assert _refused(add_evidence, store, CHECKER, paper, kind="other", links=link) == "store.not_permitted"
    days = {"valid_from": DAY, "valid_to": date(2025, 1, 1)}
    assert _refused(add_evidence, store, MAKER, paper, kind="other", links=link, **days) == "store.days_reversed"
    from greenfin.store import evidence

    rules = evidence.evidence_rules()
    monkeypatch.setattr(evidence, "evidence_rules", lambda: evidence.EvidenceRules(4, rules.warn_days, rules.kinds))
    assert _refused(add_evidence, store, MAKER, paper, kind="other", links=link) == "store.file_too_large"
    assert not [p for p in (store.files / "evidence").iterdir() if p.name.startswith(".new")]
    assert not evidence_of(store, MAKER, "L1")


def test_an_expired_document_no_longer_meets_a_need(store: Store, tmp_path: Path) -> None:
    entered(store, ["L1"], tags=tags_of(["L1"], needs=['["eia_approval"]']), projects=["P"])
    assert [n.met_by for n in needs_on(store, MAKER, "L1", EDITION, on=DAY)] == [()]
    sha = add_evidence(store, MAKER, _paper(tmp_path), kind="eia", links=[Link(project="P")], valid_to=DAY)
    assert [n.met_by for n in needs_on(store, MAKER, "L1", EDITION, on=DAY)] == [(sha,)]
    later = needs_on(store, MAKER, "L1", EDITION, on=date(2026, 1, 1))
    assert [(n.met_by, n.expired) for n in later] == [((), (sha,))]
    other = add_evidence(store, MAKER, _paper(tmp_path, content=b"photo"), kind="photo", links=[Link(receipt="L1")])
    assert other not in [sha for n in needs_on(store, MAKER, "L1", EDITION, on=DAY) for sha in n.met_by]


def test_a_document_of_another_branch_is_not_shown(store: Store, tmp_path: Path) -> None:
    entered(store, ["L1", "L2"])  # branches A and B
    sha = add_evidence(store, MAKER, _paper(tmp_path), kind="other", links=[Link(receipt="L2")])
    assert _refused(read_evidence, store, BRANCH_MAKER, sha) == "store.unknown_evidence"
    assert _refused(evidence_of, store, BRANCH_MAKER, "L2") == "store.evidence_of_unknown"
    assert _refused(read_evidence, store, MAKER, "../../greenfin.sqlite") == "store.unknown_evidence"


# the watch list


def test_the_watch_list_says_what_may_end_a_tag(store: Store, reference: Reference, tmp_path: Path) -> None:
    receipts = ["L1", "L2", "L3", "L4", "L5"]
    loans = loans_of(receipts).drop_columns(["customer_no"])
    loans = loans.append_column("customer_no", [["C1", "C2", "C3", "C4", None]]).select(loans_of(receipts).column_names)
    book = Book(
        as_of=DAY,
        loans=loans,
        customers=table_of("customers", {"customer_no": ["C1", "C2"], "permit_due_on": [date(2025, 11, 30), date(2026, 6, 1)]}),
        risk_events=table_of(
            "risk_events",
            {
                "event_no": ["E1", "E2", "E3", "E4", "E5"],
                "customer_no": ["C2", "C2", "C3", "C4", "C4"],
                "kind": ["environment", "safety", "diverted_funds", "environment", "environment"],
                "happened_on": [date(2025, 5, 1), date(2025, 5, 2), date(2025, 6, 1), date(2026, 1, 5), date(2025, 7, 1)],
                "is_closed": [False, True, None, False, True],
                "closed_on": [None, None, None, None, date(2026, 1, 15)],
            },
        ),
        evidence=table_of("evidence", {"evidence_id": ["V1"], "kind": ["eia"], "receipt_no": ["L5"], "valid_to": [date(2025, 12, 1)]}),
    )
    kept = import_book(store, MAKER, book)
    entered(store, receipts, book=kept.id)
    approved(store, receipts, reference)
    old = add_evidence(
        store, MAKER, _paper(tmp_path, content=b"1"), kind="certificate", links=[Link(receipt="L1")], valid_to=date(2026, 1, 20)
    )
    add_evidence(store, MAKER, _paper(tmp_path, content=b"2"), kind="permit", links=[Link(receipt="L1")], valid_to=date(2025, 1, 1))
    add_evidence(store, MAKER, _paper(tmp_path, content=b"3"), kind="permit", links=[Link(receipt="L1")], valid_to=date(2027, 1, 1))
    found = {(w.reason, w.receipt, w.source) for w in watch(store, AUDITOR, as_of=DAY)}
    assert found == {
        ("evidence_expiring", "L1", old[:12]),
        ("evidence_expired", "L5", "V1"),
        ("permit_past_due", "L1", ""),
        ("open_risk_event", "L2", "E1"),
        ("diverted_funds", "L3", "E3"),
        ("open_risk_event", "L4", "E5"),
    }
    assert {w.receipt for w in watch(store, BRANCH_MAKER, as_of=DAY)} == {"L1", "L3", "L5"}
    entered(store, receipts, book="b2", tags=tags_of(receipts, code=None, decision="not_green"))
    assert ("changed_proposal", "L2") in {(w.reason, w.receipt) for w in watch(store, AUDITOR, as_of=DAY)}
    withdraw(store, MAKER, items(store, ["L3"]), cause="diverted_funds", on=DAY)
    approve(store, CHECKER, items(store, ["L3"]))
    assert "L3" not in {w.receipt for w in watch(store, AUDITOR, as_of=DAY)}


def test_a_paper_of_a_receipt_of_two_contracts_is_watched_for_both(store: Store, reference: Reference) -> None:
    receipts = ["L1", "L2"]
    loans = loans_of(receipts)
    loans = loans.set_column(loans.column_names.index("receipt_no"), "receipt_no", [["J1", "J1"]])
    listed = {"evidence_id": ["V1"], "kind": ["eia"], "receipt_no": ["J1"], "valid_to": [date(2025, 12, 1)]}
    kept = import_book(store, MAKER, Book(as_of=DAY, loans=loans, evidence=table_of("evidence", listed)))
    entered(store, receipts, book=kept.id)
    approved(store, receipts, reference)
    assert {(w.reason, w.receipt) for w in watch(store, AUDITOR, as_of=DAY)} == {("evidence_expired", name) for name in receipts}


# decisions in force


def test_what_is_in_force_depends_on_the_day(store: Store, reference: Reference) -> None:
    entered(store, ["L1", "L2"])
    propose(store, MAKER, items(store, ["L1", "L2"]), wanted(2), reference=reference, effective_on=date(2025, 3, 1))
    assert not in_force(store, AUDITOR, as_of=DAY)  # nobody has approved yet
    approve(store, CHECKER, items(store, ["L1", "L2"]))
    correct(store, MAKER, items(store, ["L1"]), wanted(1, code=SOLAR), reference=reference, reason="x", effective_on=date(2025, 9, 1))
    approve(store, CHECKER, items(store, ["L1"]))
    withdraw(store, MAKER, items(store, ["L2"]), cause="open_penalty", on=date(2025, 10, 1))
    assert [f.decision for f in in_force(store, AUDITOR, as_of=DAY)] == ["green", "green"]  # a withdrawal that is only asked for
    approve(store, CHECKER, items(store, ["L2"]))

    def classes(day: date) -> list[tuple[str, str, str]]:
        return [(f.receipt, f.decision, f.code) for f in in_force(store, AUDITOR, as_of=day)]

    assert classes(date(2025, 2, 28)) == []
    assert classes(date(2025, 8, 31)) == [("L1", "green", "4.2.1"), ("L2", "green", "4.2.1")]
    assert classes(date(2025, 9, 30)) == [("L1", "green", SOLAR), ("L2", "green", "4.2.1")]
    assert classes(DAY) == [("L1", "green", SOLAR), ("L2", "not_green", "")]
    assert [f.receipt for f in in_force(store, BRANCH_MAKER, as_of=DAY)] == ["L1"]


def test_the_later_decision_holds_from_its_own_day(store: Store, reference: Reference) -> None:
    """A green class that took effect in March, withdrawn afterwards as from February, is green on no day."""
    entered(store, ["L1"])
    propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference, effective_on=date(2025, 3, 1))
    approve(store, CHECKER, items(store, ["L1"]))
    withdraw(store, MAKER, items(store, ["L1"]), cause="open_penalty", on=date(2025, 2, 1))
    approve(store, CHECKER, items(store, ["L1"]))
    assert [f.decision for f in in_force(store, AUDITOR, as_of=date(2025, 2, 15))] == ["not_green"]
    assert [f.decision for f in in_force(store, AUDITOR, as_of=DAY)] == ["not_green"]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("reason", ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "'=x", "＝1", "已核，同意"])
def test_an_export_reads_back_the_same_and_runs_no_formula(
    store: Store, reference: Reference, tmp_path: Path, ending: str, reason: str
) -> None:
    entered(store, ["L1"])
    asked = wanted(1)
    propose(store, MAKER, items(store, ["L1"]), asked, reference=reference, reason=reason, effective_on=DAY)
    approve(store, Actor("=who", "checker", ("*",)), items(store, ["L1"]))
    rows = decisions_table(store, AUDITOR, as_of=DAY)
    path = tmp_path / f"decisions.{ending}"
    write_rows(as_file(rows), path)
    if ending == "csv":
        cells = [cell for line in path.read_text("utf-8-sig").splitlines() for cell in line.split(",")]
        assert not [c for c in cells if c.strip('"')[:1] in ("=", "+", "-", "@", "\t")]
    if ending == "xlsx":
        import openpyxl

        assert all(cell.data_type != "f" for line in openpyxl.load_workbook(path).active.iter_rows() for cell in line)
    back = read_decisions(path)
    assert not [p for p in back.problems if p.severity == "error"]
    assert back.value.drop_columns(["source_cell"]).to_pylist() == rows.drop_columns(["source_cell"]).to_pylist()
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM events WHERE kind = 'export.made'")).scalar() == 1


# publications


def _published(store: Store, value: str, **more: Any) -> Any:
    what = {"run": "2025-12-31-abc", "period": "2025-12-31", "kind": "report", "place": "site", "on": DAY} | more
    return publish(store, ESG, [Figure("T01!x.current", value, "t"), Figure("T01!y.current", "7", "t")], needs_check=False, **what)


def test_a_published_figure_differs_only_after_a_restatement(store: Store) -> None:
    assert _published(store, "100.00").value == 2
    assert _published(store, "100.00", kind="return").value == 2
    refused = _published(store, "101.00")
    assert (refused.value, [p.code for p in refused.problems]) == (0, ["store.figure_differs"])
    assert _published(store, "101.00", period="2026-12-31").value == 2  # another year is another figure
    was = restated(store, Figure("T01!x.current", "101.00", "t"), period="2025-12-31", reason="漏计", on=DAY)
    assert was.value == "100.00"
    assert _published(store, "101.00").value == 1  # the other one went out before
    assert [p.code for p in _published(store, "100.00").problems] == ["store.figure_differs"]
    now = stated(store, AUDITOR, ["T01!x.current"], period="2025-12-31")["T01!x.current"]
    assert (now.value, now.restated) == ("101.00", True)


def test_restatements_need_something_published_another_value_and_a_reason(store: Store) -> None:
    figure = Figure("T01!x.current", "1", "t")
    here = {"period": "2025-12-31", "on": DAY}
    assert _refused(ask, store, ESG, figure, reason="r", **here) == "store.not_published"
    _published(store, "1")
    assert _refused(ask, store, ESG, figure, reason="r", **here) == "store.same_figure"
    assert _refused(ask, store, ESG, Figure("T01!x.current", "2", "kg"), reason="r", **here) == "store.other_unit"
    assert _refused(ask, store, ESG, Figure("T01!x.current", "2", "t"), reason=" ", **here) == "store.reason_missing"
    assert _refused(ask, store, MAKER, figure, reason="r", **here) == "store.not_permitted"
    assert _refused(_published, store, "1", kind="rumour") == "store.unknown_publication"


def test_a_factor_set_is_frozen_by_what_is_in_it(store: Store, reference: Reference) -> None:
    first = freeze_factors(store, ESG, reference, name="2025")
    assert freeze_factors(store, ESG, reference, name="2025") == first
    assert len(frozen_factors(store, AUDITOR, first)) == len(reference.factors.factors)
    from dataclasses import replace

    fewer = replace(reference, given={"factors": replace(reference.factors, factors=reference.factors.factors[1:])})
    assert _refused(freeze_factors, store, ESG, fewer, name="2025") == "store.factors_differ"
    assert _refused(frozen_factors, store, AUDITOR, "0" * 64) == "store.unknown_factors"
    for kept in (store.files / "rows").iterdir():
        kept.write_bytes(kept.read_bytes()[:-1])
    assert _refused(frozen_factors, store, AUDITOR, first) == "store.file_altered"


def test_a_figure_is_the_same_however_it_is_printed(store: Store) -> None:
    _published(store, "1000.50")
    for same in ("1,000.50", "1000.5", "1000.500"):
        assert _published(store, same, place="annual report").value == (2 if same == "1,000.50" else 0)
        assert _refused(ask, store, ESG, Figure("T01!x.current", same, "t"), period="2025-12-31", reason="r", on=DAY) == "store.same_figure"
    assert [p.code for p in _published(store, "1000.51").problems] == ["store.figure_differs"]
    restated(store, Figure("T01!x.current", "1001", "t"), period="2025-12-31", reason="r", on=DAY)
    restated(store, Figure("T01!x.current", "1002.0", "t"), period="2025-12-31", reason="r", on=DAY)  # twice
    assert _published(store, "1002.00").value == 1
    assert _published(store, "1000.50").value == 0


# last year's figures


def _next_year(store: Store, *figures: Figure, period: str = "2026-12-31", run: str = "next") -> Any:
    return publish(store, ESG, figures, run=run, period=period, kind="report", place="site", on=DAY, needs_check=False)


def _told(outcome: Any) -> list[tuple[str, str]]:
    return [(p.code, p.where) for p in outcome.problems]


def test_last_years_figure_is_what_was_published_then(store: Store) -> None:
    _published(store, "100.00")
    mine = (Figure("T01!x.current", "120", "t"), Figure("T01!x.prior", "101.00", "t"))
    wrong = _next_year(store, *mine)
    assert (wrong.value, _told(wrong)) == (0, [("store.prior_differs", "T01!x.prior")])
    assert wrong.problems[0].params["published"] == "100.00 t"
    assert not stated(store, AUDITOR, ["T01!x.current", "T01!x.prior"], period="2026-12-31")  # nothing of it was entered
    restated(store, Figure("T01!x.current", "101.00", "t"), period="2025-12-31", reason="漏计", on=DAY)
    assert _told(_next_year(store, Figure("T01!x.prior", "100.00", "t"))) == [("store.prior_differs", "T01!x.prior")]
    right = _next_year(store, *mine)
    assert (right.value, right.problems) == (2, ())


def test_last_years_figures_are_found_by_cell_and_period(store: Store) -> None:
    publish(
        store, ESG, [Figure("T03!4.2.balance", "6.34", "亿元"), Figure("T03!4.2.share", "12.5", "percent")],
        run="r", period="2025-12-31", kind="report", place="x", on=DAY, needs_check=False,
    )  # fmt: skip
    of = Figure("T03!4.2.prior_balance", "6.35", "亿元", "T03!4.2.balance")
    assert _told(_next_year(store, of)) == [("store.prior_differs", "T03!4.2.prior_balance")]
    assert _told(_next_year(store, of, period="2026-06-30")) == [("store.prior_differs", "T03!4.2.prior_balance")]  # the last year's end
    assert not _next_year(store, Figure(of.cell, "6.340", "亿元", of.prior_of)).problems
    assert _told(_next_year(store, Figure(of.cell, "63,401", "万元", of.prior_of), period="2026-06-30")) == [
        ("store.prior_differs", of.cell)
    ]
    assert not _next_year(store, Figure(of.cell, "63,400", "万元", of.prior_of), period="2026-06-30").problems
    assert _told(_next_year(store, Figure(of.cell, "6.34", "t", of.prior_of), period="2026-03-31")) == [("store.prior_differs", of.cell)]


def test_what_was_never_published_is_told_by_a_count(store: Store) -> None:
    done = _next_year(store, Figure("T01!x.prior", "1", "t"), Figure("T01!y.prior", "2", "t"), Figure("T01!y.current", "2", "t"))
    assert (done.value, [(p.code, p.severity.value, p.params["count"]) for p in done.problems]) == (
        3, [("store.prior_not_published", "info", 2)],
    )  # fmt: skip
    assert _published(store, "1", period="2024-12-31").value == 2  # two years before says nothing of it


def test_a_leap_day_is_followed_by_the_last_of_february() -> None:
    assert earlier_periods("2024-02-29")[0] == "2023-02-28"
    assert earlier_periods("2025-02-28")[0] == "2024-02-29"
    assert earlier_periods("2025-06-15") == ("2024-06-15", "2024-12-31")

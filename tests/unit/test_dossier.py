"""The dossier of a receipt: what stands on the page, that it is one page, and that the cells it names count the loan."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pytest
from typer.testing import CliRunner

from greenfin import aggregate, example, explain, pipeline, tag
from greenfin.cli.main import app
from greenfin.core.columns import table_of
from greenfin.core.problems import Refused
from greenfin.core.records import sum_key
from greenfin.disclose.dossier import Dossier, Piece, Section, write_dossier
from greenfin.dossier import Trail, dossier_of
from greenfin.explain.records import Records
from greenfin.messages import codes
from greenfin.pipeline import RunResult
from greenfin.run_folder import run_id, save


@pytest.fixture(scope="module")
def result() -> RunResult:
    return pipeline.run(example.files(), pipeline.Options(policy="working"), as_of=example.AS_OF)


def _a_measured_loan(result: RunResult) -> str:
    return str(result.parts["loan_id"][0].as_py())


def _texts(dossier: Dossier) -> str:
    lines = [text for s in dossier.sections for row in (*s.facts, *s.lines) for text in row]
    return "\n".join([dossier.title, dossier.verdict, dossier.about, *lines, *(p.text for s in dossier.sections for p in s.text)])


def test_the_page_says_entry_words_benefit_and_tables(result: RunResult) -> None:
    loan = _a_measured_loan(result)
    row = result.tags.filter(pc.equal(result.tags["loan_id"], loan)).to_pylist()[0]
    made = dossier_of(result, loan, run=run_id(result), names=False)
    text = _texts(made)
    assert row["code"] in made.verdict
    assert row["name_zh"] in made.verdict
    assert "T02" in text
    assert "T16" in text
    marked = [p.text for s in made.sections for p in s.text if p.marked]
    assert marked, "the words that speak for the tag are marked"


def test_the_thresholds_of_the_leaf_and_the_days_of_the_rules_stand_on_the_page(result: RunResult) -> None:
    row = next(t for t in result.tags.to_pylist() if "standard_conformity" in t["needs"] and t["decision"] == "green")
    said = tag.rules_of(result.book, result.reference, edition=row["edition"], loan_id=row["loan_id"]).thresholds
    page = _texts(dossier_of(result, row["loan_id"], run="r", lang="en"))
    assert said
    assert all(one.line.standard in page and one.line.locator in page for one in said)
    ruled = next(t for t in result.tags.to_pylist() if t["rule"] and t["edition"] == "green-finance-2025")
    assert "from 2025-10-01, by" in _texts(dossier_of(result, ruled["loan_id"], run="r", lang="en"))


def test_no_name_of_a_borrower_unless_asked(result: RunResult) -> None:
    loans = result.book.loans
    row = next(r for r in loans.to_pylist() if r["customer_name"] and "*" not in r["customer_name"])
    assert row["customer_name"] not in _texts(dossier_of(result, row["loan_id"], run="r"))
    assert row["customer_name"] in _texts(dossier_of(result, row["loan_id"], run="r", names=True))


def test_the_cells_named_are_those_that_change_without_the_loan(result: RunResult) -> None:
    """A loan is counted in a sum exactly where the sum differs once the loan is taken out."""
    loan = _a_measured_loan(result)
    kept = result.book.loans.filter(pc.not_equal(result.book.loans["loan_id"], loan))
    parts = result.parts.filter(pc.not_equal(result.parts["loan_id"], loan))
    facts = replace(result.facts, book=replace(result.book, loans=kept), parts=parts)
    whole, without = aggregate.aggregate(result.facts).value, aggregate.aggregate(facts).value
    counted = set(map(id, explain.counted_in(result, loan)))
    for cell in (c for t in result.tables.values() for c in t.cells.values() if c.how.op == "sum" and len(c.how.args) == 1):
        key = sum_key(cell.how.args[0], cell.how.keys)
        before, after = whole.get(key), without.get(key)
        if before is None or before.name in (
            "measured",
            "total_invest",
            "measured_projects",
            "green_customers",
            "loans_customers",
            "green_projects",
        ):
            continue
        changed = before.value != (after.value if after else None)
        assert (id(cell) in counted) == changed, cell.id


def test_an_unknown_receipt_is_refused(result: RunResult) -> None:
    with pytest.raises(Refused):
        dossier_of(result, "no such", run="r")


def test_the_record_stands_on_the_page(result: RunResult) -> None:
    trail = Trail(decisions=(("2026-01-05", "复核", "li", "绿色", "齐全"),), papers=(("环评", "eia.pdf", "2027-01-01"),))
    text = _texts(dossier_of(result, _a_measured_loan(result), run="r", trail=trail))
    assert "eia.pdf" in text
    assert "齐全" in text


def test_of_several_decisions_the_one_that_counted_is_cited_and_no_other_edition_is_listed(result: RunResult) -> None:
    row = next(t for t in result.tags.to_pylist() if t["decided_by"] == "machine" and t["edition"] == result.edition)
    own = {"receipt_no": row["loan_id"], "edition": result.edition}
    given = table_of(
        "decisions",
        [
            {**own, "decision": "not_green", "maker": "wang", "checker": "li", "decided_on": date(2025, 12, 20), "source_cell": "d.csv!A2"},
            {**own, "decision": "review", "maker": "zhao", "checker": "qian", "decided_on": date(2025, 11, 1), "source_cell": "d.csv!A3"},
            {**own, "edition": "green-bond-2021", "decision": "review", "maker": "sun", "checker": "zhou", "source_cell": "d.csv!A4"},
        ],
    )
    tags = tag.tag(result.book, result.reference, editions=(result.edition,), decisions=given).value
    made = replace(result, inputs=replace(result.inputs, decisions=given), tags=tags, facts=replace(result.facts, tags=tags))
    rows = aggregate.outcomes(made.facts)
    trace = Records(made).loan(rows.filter(pc.equal(rows["loan_id"], row["loan_id"])), "balance_fen").parts[1]
    assert (trace.how, trace.source.locator if trace.source else "") == ("explain.tag_by_decision", "A2")
    page = _texts(dossier_of(made, row["loan_id"], run="r"))
    assert page.index("zhao") < page.index("wang")
    assert "sun" not in page


def test_a_receipt_of_several_loans_is_asked_for_by_the_id_of_one(result: RunResult) -> None:
    loans = result.book.loans
    one, other = loans["loan_id"].to_pylist()[:2]
    of_one = pc.if_else(pc.equal(loans["loan_id"], other), "J1", pc.if_else(pc.equal(loans["loan_id"], one), "J1", loans["receipt_no"]))
    book = replace(result.book, loans=loans.set_column(loans.column_names.index("receipt_no"), "receipt_no", of_one))
    made = replace(result, facts=replace(result.facts, book=book))
    with pytest.raises(Refused) as refused:
        dossier_of(made, "J1", run="r")
    assert (refused.value.problem.code, refused.value.problem.params["n"]) == ("run.receipt_of_several", 2)
    assert dossier_of(made, other, run="r").title


@pytest.mark.parametrize("size", [1, 400])
def test_it_is_one_page_whatever_its_length(tmp_path: Path, size: int) -> None:
    many = tuple((f"R{n}", "满足", "理由" * 20, "来源") for n in range(size))
    sections = tuple(Section(f"第{n}节", lines=many, widths=(0.2, 0.2, 0.4, 0.2)) for n in range(5))
    long = Section("文字", text=(Piece("风电场项目" * 400), Piece("风电", marked=True)))
    made = Dossier("题", "绿色", "说明" * 300, (long, *sections), head="h", foot="f", page="{page}/{pages}")
    write_dossier(made, tmp_path / "a.pdf")
    write_dossier(made, tmp_path / "b.pdf")
    body = (tmp_path / "a.pdf").read_bytes()
    assert body == (tmp_path / "b.pdf").read_bytes()
    assert body.count(b"/Type /Page\n") + body.count(b"/Type /Page ") == 1


def test_the_command(result: RunResult, tmp_path: Path) -> None:
    save(result, tmp_path / "run")
    loan = _a_measured_loan(result)
    found = CliRunner().invoke(app, ["dossier", loan, "--run", str(tmp_path / "run"), "--out", str(tmp_path / "d.pdf"), "--lang", "en"])
    assert found.exit_code == 0, found.output
    assert (tmp_path / "d.pdf").stat().st_mode & 0o077 == 0
    missing = CliRunner().invoke(app, ["dossier", "nothing", "--run", str(tmp_path / "run")])
    assert missing.exit_code == 2


def test_a_need_that_a_kept_document_answers_is_not_open(result: RunResult) -> None:
    row = next(r for r in result.tags.to_pylist() if r["needs"] not in (None, "[]"))
    need = json.loads(row["needs"])[0]
    words = codes("zh")[f"need.{need}"]

    def said(trail: Trail) -> str:
        lines = [line for s in dossier_of(result, row["loan_id"], run="r", trail=trail).sections for line in s.lines]
        return next(line[0] for line in lines if len(line) > 1 and line[1] == words)

    assert said(Trail()) == codes("zh")["dossier.need"]
    assert said(Trail(met=frozenset({need}))) == codes("zh")["dossier.met"]

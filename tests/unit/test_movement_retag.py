"""Re-tagging: reasons come from tags, rules and crosswalk; the bridge is exact; the numbers of the draft are those of the tables."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from greenfin import example
from greenfin.aggregate.reasons import GAINED, LOST, Reasons, Tagged
from greenfin.cli.main import app
from greenfin.core.problems import Refused
from greenfin.movement.explanation import explanation, plain
from greenfin.movement.retag_tables import retag_tables
from greenfin.movement.retagged import Retagged, flows, retag
from greenfin.movement.sides import Side, side_of
from greenfin.movement.transition import STATUSES, rule_of, statuses
from tests.unit import movement_books as books
from tests.unit.movement_example import opening_book

OLD, NEW = "green-industry-2019", "green-finance-2025"
Given = Mapping[str, str]


def tagged(decision: str = "not_green", **more: str) -> Tagged:
    found: dict[str, str] = {
        "outcome": decision,
        "decision": decision,
        "code": "",
        "rule": "",
        "needs": "[]",
        "decided_by": "machine",
        **more,
    }
    return Tagged(**found)


def _crossing(kind: str) -> str:
    """An old code that the shipped crosswalk takes somewhere in this way only."""
    steps = [c for c in books.reference().crosswalks if (c.from_edition, c.to_edition) == (OLD, NEW)]
    return next(c.from_code for c in steps if c.kind == kind and sum(o.from_code == c.from_code for o in steps) == 1)


def _rule(wanted: str) -> str:
    rules = books.reference().catalogues[NEW].rules
    if wanted == "plain":
        return "R01"  # coal power: words alone decide
    return next(r.id for r in rules if r.threshold and r.verdict == "green" and r.unknown == "review")


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ({"code": "dropped"}, tagged("not_green"), "class_dropped"),
        ({"code": "dropped"}, tagged("not_green", rule="R01"), "class_dropped"),
        ({"code": "9.9.9"}, tagged("not_green"), "no_counterpart"),
        ({"code": "same"}, tagged("not_green", rule="R01"), "criterion_changed"),
        ({"code": "same"}, tagged("not_green"), "scope_unmatched"),
        ({"code": "same"}, tagged("review"), "not_decided"),
        ({"code": "same"}, tagged("review", rule="R01-mixed", needs='["budget_split"]'), "needs_open"),
        ({"code": "same"}, tagged("review", rule="threshold"), "threshold_unknown"),
        ({"code": "same"}, tagged("not_green", rule="R06-small-new"), "threshold_unmet"),
        ({"code": "same"}, tagged("not_green", rule="R05-cchp-low"), "threshold_unmet"),
        ({"code": "same"}, tagged("not_green", decided_by="decision"), "decided"),
        ({"code": "same"}, tagged("green", outcome="review"), "not_approved"),
    ],
)
def test_why_a_loan_is_lost(was: Given, now: Tagged, why: str) -> None:
    code = was["code"] if was["code"][0].isdigit() else _crossing(was["code"])
    rule = _rule("threshold") if now.rule == "threshold" else now.rule
    now = Tagged(now.outcome, now.decision, now.code, rule, now.needs, now.decided_by)
    assert Reasons(books.reference(), OLD, NEW).why(tagged("green", code=code), now)[0] == why
    assert why in LOST


def test_why_a_loan_is_gained_and_what_is_inside_green() -> None:
    finder = Reasons(books.reference(), OLD, NEW)
    known = {c.to_code for c in books.reference().crosswalks if (c.from_edition, c.to_edition) == (OLD, NEW)}
    fresh = next(e.code for e in books.reference().catalogues[NEW].leaves() if e.code not in known)
    same = next(c for c in books.reference().crosswalks if (c.from_edition, c.to_edition) == (OLD, NEW) and c.kind == "same" and c.to_code)
    assert finder.why(tagged(), tagged("green", code=fresh)) == ("class_new", "none")
    assert finder.why(tagged("review"), tagged("green", code=fresh))[0] == "was_open"
    assert finder.why(tagged(), tagged("green", code=same.to_code))[0] == "scope_matched"
    assert finder.why(tagged("green", outcome="review"), tagged("green", code=same.to_code))[0] == "was_unapproved"
    assert finder.why(tagged(), tagged("green", code=fresh, decided_by="decision"))[0] == "decided"
    assert finder.why(tagged("green", code=same.from_code), tagged("green", code=same.to_code)) == ("carried", "same")
    assert finder.why(tagged("green", code=same.from_code), tagged("green", code=fresh))[0] == "reclassified"
    assert finder.why(tagged(decided_by="decision"), tagged("green", code=same.to_code))[0] == "was_decided"
    assert finder.why(tagged(), tagged()) == ("", "")


def test_what_a_person_had_decided_is_not_laid_to_the_rules_of_the_new_edition() -> None:
    """Rules and crosswalk say nothing about a tag that no rule of the old edition gave."""
    was = tagged("green", code=_crossing("same"), decided_by="decision")
    finder = Reasons(books.reference(), OLD, NEW)
    for now in (tagged(rule="R01"), tagged(), tagged("review", rule="R01-mixed", needs='["budget_split"]')):
        assert finder.why(was, now)[0] == "was_decided"


def test_the_hint_of_the_crosswalk_names_the_entries_it_points_to() -> None:
    steps = [c for c in books.reference().crosswalks if (c.from_edition, c.to_edition) == (OLD, NEW) and c.kind == "same" and c.to_code]
    code = next(c for c in steps if sum(o.from_code == c.from_code for o in steps) == 1)
    green = books.row("L", 100, "green", code.from_code)
    made = retag(_side(OLD, [green]), _side(NEW, [books.row("L", 100)]), reference=books.reference()).value
    tables = {table.id: table for table in retag_tables(made)}
    for table, column in (("R03", "crosswalk"), ("R08", "crosswalk")):
        texts = [cell.text or "" for key, cell in tables[table].cells.items() if key.endswith(f".{column}")]
        assert any(text.endswith(f"→ {code.to_code}") for text in texts), table


@pytest.mark.parametrize(
    ("approved", "start", "fen", "status"),
    [
        ("2025-07-13", "2025-07-14", 5, "kept"),
        ("2025-07-13", None, 0, "kept"),
        ("2025-07-13", None, 5, "undated"),
        ("2025-07-13", "2025-07-13", 5, "stock"),
        (None, "2025-07-13", 5, "stock"),
        ("2025-07-14", "2025-07-20", 5, "window"),
        ("2025-09-30", "2025-12-01", 5, "window"),
        ("2025-10-01", "2025-12-01", 5, "new"),
        (None, "2025-12-01", 5, "undated"),
        (None, None, 5, "undated"),
    ],
)
def test_the_rule_of_transition_goes_by_the_dates_of_edition_and_loan(
    approved: str | None, start: str | None, fen: int, status: str
) -> None:
    days = {name: date.fromisoformat(day) if day else None for name, day in (("approved_on", approved), ("start_on", start))}
    loans = books.made("loans", [{"loan_id": "L", "balance_fen": fen, **days}])
    rules = books.reference().editions
    assert [STATUSES[n] for n in statuses(loans, rule_of(rules, NEW))] == [status]
    if status == "kept":  # an edition without such a rule keeps nothing
        assert "kept" not in [STATUSES[n] for n in statuses(loans, rule_of(rules, OLD))]


def _side(edition: str, rows: list[books.Row]) -> Side:
    made = books.tags(rows)
    at = made.schema.get_field_index("edition")
    made = made.set_column(at, "edition", books.made("tags", [{"edition": edition}] * len(rows))["edition"])
    loans = [{k: v for k, v in one.items() if k != "tag"} for one in rows]
    book = books.book(books.CLOSING, loans)
    return side_of(book, made, edition=edition, policy=books.WORKING, reference=books.reference()).value


_leaf = {name: st.sampled_from([e.code for e in books.reference().catalogues[name].leaves()]) for name in (OLD, NEW)}
_tag = {
    name: st.one_of(
        st.tuples(st.just("green"), leaf, st.none() | st.integers(0, 1_000_000)),
        st.tuples(st.sampled_from(["not_green", "review"]), st.none(), st.none()),
    )
    for name, leaf in _leaf.items()
}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**13), _tag[OLD], _tag[NEW], st.sampled_from([None, "2025-01-01", "2025-11-01"])), min_size=1, max_size=8
    )
)
def test_the_bridge_is_exact_and_the_matrix_adds_up_both_ways(
    loans: list[tuple[int, tuple[str, str, int], tuple[str, str, int], str | None]],
) -> None:
    def rows(which: int) -> list[books.Row]:
        day = [date.fromisoformat(one[3]) if one[3] else None for one in loans]
        return [books.row(f"L{n}", one[0], *one[which], approved_on=day[n], start_on=day[n]) for n, one in enumerate(loans)]

    made = retag(_side(OLD, rows(1)), _side(NEW, rows(2)), reference=books.reference()).value
    _checked(made)


def _checked(made: Retagged) -> None:
    tables = {table.id: table for table in retag_tables(made)}
    bridge = {key: cell.value for key, cell in tables["R01"].cells.items()}
    steps = [bridge[f"lost_{why}.amount"] or 0 for why in LOST] + [bridge[f"gained_{why}.amount"] or 0 for why in GAINED]
    assert (bridge["old.amount"] or 0) + sum(steps) == Fraction(made.new.total("green"), 100)
    assert bridge["difference.amount"] == 0
    assert bridge["carried.amount"] + bridge["reclassified.amount"] == (bridge["old.amount"] or 0) + sum(  # type: ignore[operator]  # values
        bridge[f"lost_{why}.amount"] or 0 for why in LOST
    )
    passed = flows(made)
    assert int(passed.sum()) == sum(made.old.total(state) for state in ("green", "not_green", "review"))
    matrix = tables["R02"].cells
    columns = [column.id for column in tables["R02"].columns if column.id not in ("label", "total")]
    new_green = sum(matrix[f"total.{name}"].value or 0 for name in columns if name not in ("not_green", "review"))
    assert new_green == Fraction(made.new.total("green"), 100)
    assert tables["R03"].cells["total.amount"].value == Fraction(sum(made.rows["lost_fen"].to_pylist()), 100)
    assert tables["R04"].cells["total.amount"].value == Fraction(sum(made.rows["gained_fen"].to_pylist()), 100)
    assert tables["R07"].cells["all.change"].value == 0


def test_one_edition_twice_is_refused() -> None:
    one = _side(OLD, [books.row("L", 1)])
    with pytest.raises(Refused, match=r"movement\.retag_same"):
        retag(one, one, reference=books.reference())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The shipped book re-tagged by the command, against an earlier book; its folder and its cells."""
    place = tmp_path_factory.mktemp("retag")
    opening_book(place / "opening.xlsx")
    book = str(example.files().books[0])
    asked = ["retag", book, "--as-of", "2025-12-31", "--from", OLD, "--to", NEW, "--prior-book", str(place / "opening.xlsx")]
    found = CliRunner().invoke(app, [*asked, "--prior-as-of", "2024-12-31", "--out", str(place / "out"), "--json"])
    assert found.exit_code == 1, found.output  # the example's own errors
    return place / "out", json.loads(found.stdout)["cells"]


def test_every_number_of_the_draft_is_that_of_its_cell(made: tuple[Path, dict[str, str]]) -> None:
    folder, cells = made
    for lang in ("zh", "en"):
        text = (folder / f"explanation.{lang}.md").read_text("utf-8")
        bound = re.findall(r"(-?[\d,.]+|—) \[([RM]\d\d!\S+?)\]", text)
        assert len(bound) > 15
        assert [shown.replace(",", "") for shown, _ in bound] == [cells[cell] for _, cell in bound]
        bare = re.sub(r"(-?[\d,.]+|—) \[[RM]\d\d!\S+?\]", "", text)
        dates_and_names = r"\d{4}-\d{2}-\d{2}|\w+-\w+-\d+|\d{4}|^#+ \d\."
        assert not re.findall(r"\d", re.sub(dates_and_names, "", bare, flags=re.M)), "a number without its cell"
        assert plain(text) == (folder / f"explanation.{lang}.txt").read_text("utf-8")
        assert "[R0" not in plain(text)


def test_the_files_agree_with_the_bridge(made: tuple[Path, dict[str, str]]) -> None:
    folder, cells = made
    rows = pq.read_table(folder / "loans.parquet").to_pylist()
    assert Fraction(sum(one["old_green_fen"] for one in rows), 100) == Fraction(cells["R01!old.amount"])
    assert Fraction(sum(one["new_green_fen"] for one in rows), 100) == Fraction(cells["R01!new.amount"])
    assert all(one["why"] for one in rows if one["lost_fen"] or one["gained_fen"])
    assert not {"customer_name", "customer_uscc", "purpose"} & set(rows[0])
    with (folder / "tables" / "R01.csv").open(encoding="utf-8-sig") as stream:
        shown = {line["row"]: line["amount"] for line in csv.DictReader(stream)}
    assert shown["new"] == cells["R01!new.amount"] == shown["new_book"]


def test_growth_is_given_under_one_edition_and_the_change_of_edition_apart(made: tuple[Path, dict[str, str]]) -> None:
    _, cells = made
    value = {name: Fraction(cells[f"R06!{name}"]) for name in ("from.prior", "from.now", "to.prior", "to.now", "mixed.change")}
    assert Fraction(cells["R06!edition.change"]) == value["to.now"] - value["from.now"]
    assert Fraction(cells["R06!business.change"]) == value["from.now"] - value["from.prior"]
    assert value["mixed.change"] == value["to.now"] - value["from.prior"]
    assert abs(Fraction(cells["R06!to.growth"]) - (value["to.now"] / value["to.prior"] - 1) * 100) < Fraction(1, 100)


def test_the_draft_of_an_edition_without_dates_invents_nothing(made: tuple[Path, dict[str, str]]) -> None:
    back = retag(_side(NEW, [books.row("L", 1)]), _side(OLD, [books.row("L", 1)]), reference=books.reference()).value
    for lang in ("zh", "en"):
        text = explanation(back, retag_tables(back), lang)  # type: ignore[arg-type]  # one of both
        assert "R05!kept" not in text
        assert "—" not in text.split("\n## ")[2]  # a day that is not on record is said to be so


@pytest.mark.parametrize(
    ("options", "code"), [(["--from", "x", "--to", NEW], "run.unknown_edition"), (["--from", OLD, "--to", OLD], "movement.retag_same")]
)
def test_misuse_of_the_command_is_refused(options: list[str], code: str) -> None:
    found = CliRunner().invoke(app, ["retag", str(example.files().books[0]), "--as-of", "2025-12-31", *options, "--json"])
    assert found.exit_code == 2, found.output
    assert json.loads(found.stdout)["problems"][0]["code"] == code

"""The review page's view models over a record of the example bank."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from greenfin import example
from greenfin.entered import enter_book
from greenfin.messages import Lang, say
from greenfin.reference.attached import Attached
from greenfin.reference.load import Reference, load
from greenfin.store.evidence import Link, add_evidence
from greenfin.store.opening import Store, open_store
from greenfin.store.permissions import Actor
from greenfin.store.queue import Filter, QueueRow, page, rows_of
from greenfin.ui.views import review_acts as acts
from greenfin.ui.views.review import Asked, lines, lists_of, next_of, presets, reasons
from greenfin.ui.views.review_loan import review
from greenfin.ui.views.review_unoffered import KEYS, unoffered
from tests.reviewed import AUDITOR, CHECKER, EDITION, ESG, MAKER

DAY = date(2026, 1, 10)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory, reference: Reference) -> Store:
    store = open_store(tmp_path_factory.mktemp("review") / "store")
    enter_book(store, MAKER, example.files(), as_of=example.AS_OF, reference=reference)
    return store


def _doer(store: Store, actor: Actor, reference: Reference) -> acts.Doer:
    return acts.Doer(store, actor, reference, "zh", DAY)


@pytest.mark.parametrize(
    ("actor", "first"), [(MAKER, "to_propose"), (CHECKER, "to_approve"), (AUDITOR, "all"), (Actor("o", "loan_officer", ("010101",)), "all")]
)
def test_each_role_begins_with_what_waits_for_it(actor: Actor, first: str) -> None:
    assert lists_of(actor)[0] == first


def test_pages_of_a_list_hold_each_loan_once(imported: Store) -> None:
    seen: list[str] = []
    after = ""
    while True:
        found = lines(imported, MAKER, Asked(list="all", decision="review"), lang="zh", after=after, size=7)
        seen += [line.receipt for line in found.lines]
        after = found.after
        if not after:
            break
    whole = page(imported, MAKER, Filter(decision="review"), limit=1000).rows
    assert seen == [row.tag.receipt for row in whole]
    assert len(seen) > 7


def test_filters_are_in_the_units_people_use(imported: Store) -> None:
    asked = Asked(list="all", least_wan=5_000, most_wan=10_000, most_score=0.5)
    rows = lines(imported, MAKER, asked, lang="zh", size=500).rows
    assert rows
    assert all(5_000_000_000 <= row.tag.amount_fen <= 10_000_000_000 and (row.score or 0) <= 0.5 for row in rows)
    assert asked.restricts == 3


def test_the_next_and_the_last_line(imported: Store) -> None:
    found = lines(imported, MAKER, Asked(list="all"), lang="zh", size=3).lines
    assert next_of(found, found[0].receipt, found[0].edition) == found[1]
    assert next_of(found, found[2].receipt, found[2].edition) is None
    assert next_of(found, found[0].receipt, found[0].edition, step=-1) is None


def test_a_loan_with_what_speaks_for_it(imported: Store, reference: Reference) -> None:
    row = next(
        r for r in page(imported, MAKER, Filter(decision="review"), limit=500).rows if r.needs != "[]" and r.proposal_code and r.rule
    )
    copy = Attached(row.proposal_code, "p. 1", "本行留存的条文", "copy.pdf", "0" * 64, "2026-01-01")
    view = review(imported, MAKER, row, reference=reference, copies=[copy], lang="zh", on=DAY)
    assert view.borrower
    assert any(segment.rules for text in view.texts for segment in text.segments)
    assert view.candidates[0].code == row.proposal_code
    assert {rule.outcome for c in view.candidates for rule in c.rules} <= {"met", "unmet", "unknown"}
    assert any(rule.decided for c in view.candidates for rule in c.rules) or any(rule.decided for rule in view.general)
    assert all(need.state == "open" and need.answered_by for need in view.needs)
    assert view.needs
    assert view.clause is not None
    assert [text for _, text in view.clause.copies] == ["本行留存的条文"]


def test_names_are_covered_for_whoever_may_not_read_them(imported: Store, reference: Reference) -> None:
    row = page(imported, MAKER, Filter(decision="green"), limit=1).rows[0]
    own, other = (review(imported, actor, row, reference=reference, lang="zh", on=DAY).borrower for actor in (MAKER, ESG))
    assert "*" not in own
    assert "*" in other
    assert len(own) == len(other)


def test_a_paper_that_was_altered_or_taken_away_says_so_by_its_name(imported: Store, reference: Reference, tmp_path: Path) -> None:
    row = page(imported, MAKER, Filter(decision="green"), limit=1).rows[0]
    (paper := tmp_path / "altered later.txt").write_text("as it was kept", "utf-8")
    sha = add_evidence(imported, MAKER, paper, kind="other", links=[Link(receipt=row.tag.receipt)])

    def wrong(lang: Lang) -> str:
        papers = review(imported, MAKER, row, reference=reference, lang=lang, on=DAY).papers
        return next(one.wrong for one in papers if one.sha256 == sha)

    assert wrong("zh") == ""
    kept = imported.files / "evidence" / sha
    for code, do in (("store.file_altered", lambda: kept.write_bytes(b"forged")), ("store.file_missing", kept.unlink)):
        do()
        for lang in ("zh", "en"):
            assert wrong(lang) == say(code, lang, name=f"altered later.txt (evidence/{sha[:12]}…)")


def test_a_loan_goes_from_maker_to_checker_and_becomes_a_similar_one(imported: Store, reference: Reference) -> None:
    maker, checker = _doer(imported, MAKER, reference), _doer(imported, CHECKER, reference)
    first, second = page(imported, MAKER, Filter(decision="green", code="4.2.2"), limit=2).rows
    assert {"propose"} <= acts.open_to(imported, MAKER, first, "zh").acts
    assert acts.open_to(imported, CHECKER, first, "zh").acts == frozenset()
    assert acts.agree(maker, [first], reason="x").done == 1
    stale = acts.agree(maker, [first], reason="x")  # as it was seen before
    assert (stale.done, len(stale.left)) == (0, 1)
    now = rows_of(imported, MAKER, first.tag.receipt)[0]
    both = Actor(MAKER.user, "checker", ("*",))
    barred = acts.open_to(imported, both, now, "zh")
    assert "approve" not in barred
    assert barred.barred == say("store.maker_is_checker", "zh", user=MAKER.user)
    assert "recall" in acts.open_to(imported, MAKER, now, "zh")
    assert acts.approve(checker, [now]).done == 1
    alike = review(imported, MAKER, second, reference=reference, lang="zh", on=DAY).alike
    assert first.tag.receipt in {one.receipt for one in alike}
    assert all(0 < one.likeness <= 1 for one in alike)


def _whys(actor: Actor, row: QueueRow, store: Store, *offered: str, is_choosing: bool = False) -> dict[str, str]:
    open_ = acts.open_to(store, actor, row, "en")
    return dict(unoffered(offered, actor, row, open_, lang="en", is_choosing=is_choosing))


def test_a_key_that_does_nothing_says_why(imported: Store, reference: Reference) -> None:
    row = next(r for r in page(imported, MAKER, Filter(states=("proposed",), decision="review"), limit=50).rows if not r.proposal_code)
    told = _whys(MAKER, row, imported, "E", "N", "G")
    assert set(told) == {"A", "T", "U", "W"}
    assert "names no entry" in told["A"]
    assert "your role (maker) may not return" in told["T"]
    assert "nothing to take back" in told["U"]
    assert "stands as" in told["W"]
    assert set(_whys(MAKER, row, imported, is_choosing=True).values()) == {
        say("ui.review.unoffered", "en", key=key, why=say("ui.review.unoffered.choose", "en")) for key in KEYS
    }
    assert "stands as" in _whys(CHECKER, row, imported)["A"]
    assert "may not" in _whys(AUDITOR, row, imported)["A"]
    assert acts.ask(_doer(imported, MAKER, reference), [row], acts.Class("not_green"), reason="x").done == 1
    now = rows_of(imported, MAKER, row.tag.receipt)[0]
    both = Actor(MAKER.user, "checker", ("*",))
    assert say("store.maker_is_checker", "en", user=MAKER.user) in _whys(both, now, imported)["A"]
    assert acts.approve(_doer(imported, CHECKER, reference), [now]).done == 1
    assert "sees no change" in _whys(MAKER, rows_of(imported, MAKER, row.tag.receipt)[0], imported, "E", "N", "W")["A"]


def test_a_return_comes_back_to_its_maker_and_is_taken_up_again(imported: Store, reference: Reference) -> None:
    maker, checker = _doer(imported, MAKER, reference), _doer(imported, CHECKER, reference)
    row = page(imported, MAKER, Filter(states=("proposed",), decision="not_green"), limit=1).rows[0]
    assert acts.ask(maker, [row], acts.Class("green", "4.2.1"), reason="x").done == 1
    waiting = rows_of(imported, CHECKER, row.tag.receipt)[0]
    assert acts.send_back(checker, [waiting], reason=presets("return", "zh")[0]).done == 1
    mine = lines(imported, MAKER, Asked(list="returned"), lang="zh", size=50)
    assert row.tag.receipt in {line.receipt for line in mine.lines}
    again = rows_of(imported, MAKER, row.tag.receipt)[0]
    assert acts.ask(maker, [again], acts.Class("not_green"), reason="y").done == 1
    assert acts.take_back(maker, rows_of(imported, MAKER, row.tag.receipt)).done == 1


def test_what_is_alike_is_decided_together(imported: Store) -> None:
    rows = page(imported, MAKER, Filter(states=("proposed",), decision="not_green"), limit=500).rows
    kind = acts.one_kind(rows, rows[0])
    assert rows[0] in kind
    assert {(r.rule, r.reason, r.proposal_code) for r in kind} == {(rows[0].rule, rows[0].reason, rows[0].proposal_code)}
    assert acts.at_once(rows[0], acts.Open(frozenset({"propose"}))) == ("agree", "not_green")
    assert acts.at_once(rows[0], acts.Open(frozenset({"approve", "return"}))) == ("approve", "return")


@pytest.mark.parametrize("words", ["太阳能利用", "太陽能利用", "tynly", "4.2.2", "solar"])
def test_an_entry_is_found_by_words_pinyin_and_code(reference: Reference, words: str) -> None:
    assert "4.2.2" in {code for code, _, _ in acts.found(reference, EDITION, words)}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_reasons_fit_the_number_keys(lang: Lang) -> None:
    for act in ("green", "not_green", "return"):
        assert 3 <= len(presets(act, lang)) <= 9
    assert all(words for words in reasons(lang).values())


def test_without_a_store_of_it_nothing_is_made(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    assert lines(store, MAKER, Asked(list="all"), lang="zh").lines == ()

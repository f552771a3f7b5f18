"""Answers of two people at once: what each changed alone is there, what both changed is told."""

from __future__ import annotations

from greenfin.core.records import Answer
from greenfin.reference.load import load
from greenfin.ui.views.answers_merged import called, merged, same

BEFORE = (Answer("Q01", "a", "x"), Answer("Q02", "b", "y"), Answer("Q03", "c", "z"))
ROWS = (Answer("Q04", "list", "r1", row=1, column="n"), Answer("Q04", "list", "r2", row=2, column="n"))


def _texts(answers: tuple[Answer, ...]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for one in answers:
        found.setdefault((one.item, one.field), []).append(one.text)
    return found


def test_what_each_changed_alone_is_there() -> None:
    mine = (Answer("Q01", "a", "mine"), BEFORE[1], BEFORE[2], Answer("Q05", "e", "new of mine"))
    theirs = (BEFORE[0], Answer("Q02", "b", "theirs"), *ROWS)  # Q03 taken out
    found = merged(BEFORE, mine, theirs, lang="zh")
    assert _texts(found.answers) == {
        ("Q01", "a"): ["mine"],
        ("Q02", "b"): ["theirs"],
        ("Q04", "list"): ["r1", "r2"],
        ("Q05", "e"): ["new of mine"],
    }
    assert found.clashes == ()


def test_what_both_changed_stays_mine_and_theirs_is_told() -> None:
    mine = (Answer("Q01", "a", "mine"), BEFORE[1], Answer("Q03", "c", "mine"))
    theirs = (Answer("Q01", "a", "theirs"), BEFORE[1])
    found = merged(BEFORE, mine, theirs, lang="zh")
    assert _texts(found.answers)["Q01", "a"] == ["mine"]
    assert _texts(found.answers)["Q03", "c"] == ["mine"]
    assert found.clashes == ((("Q01", "a"), "theirs"), (("Q03", "c"), "（已清空）"))


def test_the_same_change_by_both_is_none_to_speak_of() -> None:
    both = (Answer("Q01", "a", "both", where="page"), *BEFORE[1:])
    found = merged(BEFORE, both, (Answer("Q01", "a", "both", where="file"), *BEFORE[1:]), lang="en")
    assert found.clashes == ()
    assert _texts(found.answers)["Q01", "a"] == ["both"]


def test_the_same_answers_in_another_order_are_the_same() -> None:
    assert same((*BEFORE, *ROWS), (*reversed(ROWS), Answer("Q09", "x", " "), *BEFORE))
    assert not same(BEFORE, BEFORE[1:])
    assert not same(ROWS, (ROWS[0], Answer("Q04", "list", "other", row=2, column="n")))


def test_a_question_is_called_by_its_item_and_words() -> None:
    items = load().questions
    item = next(one for one in items.values() if one.fields)
    assert called((item.id, item.fields[0].id), items, "zh") == f"{item.id} {item.fields[0].zh}"
    assert called(("none", "x"), items, "zh") == "none x"

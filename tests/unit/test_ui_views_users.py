"""The list of users in words, and what an administrator types."""

from __future__ import annotations

from datetime import timedelta

import pytest

from greenfin.core.problems import Refused
from greenfin.store import people, sessions
from greenfin.store.account_rules import check_new_password
from greenfin.store.opening import Store
from greenfin.ui.views.users import COLUMNS, branches_in, first_password, is_shown_still, rows
from tests.people_of_a_bank import NOON, SECRET, cheap_hashing, first_admin, person, refusal


def test_users_read_as_they_stand(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_hashing(monkeypatch)
    admin = first_admin(store)
    auditor = person(store, admin, "auditor", "auditor")
    maker = person(store, admin, "maker", "maker", "0102", "0101")
    people.add_user(store, admin, "new", role="checker", branches=("*",), password=SECRET, at=NOON)
    person(store, admin, "gone", "esg")
    people.disable(store, admin, "gone", at=NOON)
    for _ in range(5):
        with pytest.raises(Refused):
            sessions.log_in(store, "maker", "not the password", at=NOON)
    people.set_identity(store, admin, "auditor", issuer="https://id.bank.example", subject="u-1")
    found = {row.name: row for row in rows(store, auditor, "en", at=NOON + timedelta(minutes=1))}
    assert {name: row.state for name, row in found.items()} == {
        "auditor": "active", "gone": "disabled", "maker": "locked", "new": "must_change", "root": "active"
    }  # fmt: skip
    assert [name for name, row in found.items() if not row.is_open] == ["gone", "maker"]
    assert found["maker"].branches == "0101 0102"
    told = dict(zip(COLUMNS, found["auditor"].cells, strict=True))
    assert (told["way"], told["state"], told["since"]) == ("https://id.bank.example", "Active", "2026-01-05")
    assert dict(zip(COLUMNS, found["new"].cells, strict=True))["branches"] == "Every branch"
    with pytest.raises(Refused) as refused:
        rows(store, maker, "en")
    assert refusal(refused) == "store.not_permitted"


def test_a_first_password_will_do_and_is_never_the_same() -> None:
    made = {first_password() for _ in range(100)}
    assert len(made) == 100
    for one in made:
        check_new_password("maker", one)


@pytest.mark.parametrize(
    ("typed", "codes"), [("", ()), (" , ", ()), ("0101", ("0101",)), ("0101,0102；0103 *", ("0101", "0102", "0103", "*"))]
)
def test_branches_as_they_are_typed(typed: str, codes: tuple[str, ...]) -> None:
    assert branches_in(typed) == codes


@pytest.mark.parametrize(("since", "is_shown"), [(float("inf"), True), (10.0, True), (8.5, True), (7.9, False), (0.0, False)])
def test_what_was_told_is_drawn_again_only_at_once(since: float, is_shown: bool) -> None:
    assert is_shown_still(since, 10.0) is is_shown

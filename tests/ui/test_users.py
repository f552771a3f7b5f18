"""Users in a real browser: added, changed, closed, opened and given a new first password by an administrator."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from greenfin.store import people
from greenfin.store.opening import open_store
from greenfin.store.permissions import Actor
from greenfin.ui.frame.example import Example
from tests.ui.browser import Tab

pytestmark = pytest.mark.desktop

Opened = Callable[[str], Tab]
FIRST, OWN = "given on paper 0731", "nine grey geese over ice"


def _press(tab: Tab, words: str) -> None:
    tab.page.get_by_role("button", name=words, exact=True).click()
    tab.settle()


def _shown(tab: Tab) -> str:
    tab.page.locator("[data-testid=stAlert]").first.wait_for()  # what was done, or why not
    assert tab.refusals() == []
    return str(tab.page.locator("[data-testid=stCode] code").inner_text()).strip()


def _line(tab: Tab, name: str) -> str:
    return str(tab.page.locator("table.gf-list tr", has_text=name).first.inner_text())


def _logged_in(tab: Tab, name: str, first: str) -> None:
    tab.log_in(name, first)
    for field, words in (("password", first), ("new", OWN), ("again", OWN)):
        tab.page.fill(f"#{field}", words)
    tab.page.locator("form.entry button").click()
    tab.settle()


def test_a_user_is_added_comes_in_and_is_changed_closed_and_opened(opened: Opened, tabs: Callable[[str], Tab], site: str) -> None:
    tab = opened("admin")
    tab.open("users", shows="table.gf-list")
    tab.pictures("users-zh")
    form = tab.page.get_by_test_id("stForm").first
    form.get_by_role("textbox", name="用户名").fill("arrival")
    form.get_by_role("textbox", name="显示名称").fill("新来的人")
    form.get_by_role("textbox", name="机构").fill("0101")
    _press(tab, "添加用户")
    first = _shown(tab)
    assert "待改初始密码" in _line(tab, "arrival")
    tab.pictures("users-added-zh")
    theirs = tabs(site)
    _logged_in(theirs, "arrival", first)
    assert "复核" in theirs.menu()
    assert "用户" not in theirs.menu()
    theirs.open("users")
    assert any("无权" in words for words in theirs.refusals())

    tab.choose("用户名", "arrival")
    assert first not in tab.page.content()  # shown once
    _press(tab, "停用")
    assert "已停用" in _line(tab, "arrival")
    theirs.page.goto(f"{site}/review")
    theirs.page.wait_for_selector("#password")
    _press(tab, "启用并解锁")
    _press(tab, "重设密码")
    assert _shown(tab) != first
    assert "待改初始密码" in _line(tab, "arrival")


def test_rights_are_changed_and_what_does_not_do_is_refused(opened: Opened, record: Example) -> None:
    store, admin = open_store(record.store), Actor("admin", "admin")
    people.add_user(store, admin, "mover", role="maker", branches=("0101",), password=FIRST)
    tab = opened("admin")
    tab.open("users", "en", shows="table.gf-list")
    tab.choose("User", "mover")
    forms = tab.page.get_by_test_id("stForm")
    forms.nth(1).get_by_role("textbox", name="Branches").fill("")
    _press(tab, "Save role and branches")
    assert any("branch" in words for words in tab.refusals())
    forms.nth(1).get_by_role("textbox", name="Branches").fill("0102, 0103")
    _press(tab, "Save role and branches")
    assert [person.branches for person in people.users(store, admin) if person.name == "mover"] == [("0102", "0103")]
    tab.pictures("users-en")


def test_a_user_comes_in_by_the_banks_own_identity_provider_from_now_on(opened: Opened, record: Example) -> None:
    store, admin = open_store(record.store), Actor("admin", "admin")
    people.add_user(store, admin, "badged", role="esg", branches=(), password=FIRST)
    tab = opened("admin")
    tab.open("users", shows="table.gf-list")
    tab.choose("用户名", "badged")
    tab.page.locator("summary", has_text="由本行统一认证登录").click()
    issuer, subject = (tab.page.locator(f".st-key-users-{name}-badged input") for name in ("issuer", "subject"))
    send = tab.page.locator("[data-testid=stForm]", has=subject).get_by_test_id("stFormSubmitButton").locator("button")
    for address, brings in (("http://id.bank.example", "stAlertContentError"), ("https://id.bank.example", "stAlertContentSuccess")):
        issuer.fill(address)
        subject.fill("u-0731")
        send.click()
        tab.page.get_by_test_id(brings).wait_for()
        tab.settle()
    tab.picture("users-identity-zh")
    found = [(person.issuer, person.subject) for person in people.users(store, admin) if person.name == "badged"]
    assert found == [("https://id.bank.example", "u-0731")]


def test_an_auditor_sees_the_list_and_changes_nothing(opened: Opened) -> None:
    tab = opened("auditor")
    tab.open("users", shows="table.gf-list")
    assert "checker" in tab.text()
    assert tab.page.get_by_test_id("stForm").count() == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_address_of_no_page_says_so_in_the_readers_language(opened: Opened, lang: str) -> None:
    tab = opened("esg")
    answer = tab.page.goto(f"{tab.site}/nothing-here?lang={lang}")
    assert answer.status == 404
    told = tab.page.locator("main").inner_text()
    assert {"zh": "没有这个地址的页", "en": "There is no page at this address"}[lang] in told
    tab.page.get_by_role("link", name={"zh": "首页", "en": "Home"}[lang]).click()
    tab.settle()
    assert tab.page.url.partition("?")[0] == f"{tab.site}/"

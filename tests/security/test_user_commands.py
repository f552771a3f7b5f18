"""``greenfin user …``: passwords never on the command line, tokens private, refusals in words."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from greenfin.cli import users
from greenfin.cli.main import app
from greenfin.store import open_store, sessions
from tests.people_of_a_bank import SECRET, cheap_hashing

FIRST, GIVEN, OTHER = "first words of all", "given by the office", "other words of root"


class Bank:
    """A machine's user with a configuration directory, and a store."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.place, self.config, self.patch = folder / "runs", folder / "config", patch
        patch.setenv("XDG_CONFIG_HOME", str(self.config))
        patch.setenv("GREENFIN_STORE", str(self.place))
        for name in ("GREENFIN_TOKEN", "GREENFIN_PASSWORD", "GREENFIN_NEW_PASSWORD"):
            patch.delenv(name, raising=False)

    def run(self, *args: str, password: str = "", new: str = "", exit_code: int = 0) -> dict[str, Any]:
        env = {k: v for k, v in {"GREENFIN_PASSWORD": password, "GREENFIN_NEW_PASSWORD": new}.items() if v}
        done = CliRunner().invoke(app, ["user", *args, "--json", "--lang", "en"], env=env)
        assert done.exit_code == exit_code, (args, done.output, done.exception)
        assert not any(secret and secret in done.output for secret in (password, new))
        return dict(json.loads(done.stdout.strip().splitlines()[-1]))

    def refused(self, *args: str, password: str = "", new: str = "") -> str:
        return str(self.run(*args, password=password, new=new, exit_code=2)["problems"][0]["code"])

    @property
    def tokens(self) -> list[Path]:
        return list(self.config.rglob("tokens/*"))


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bank:
    cheap_hashing(monkeypatch)
    monkeypatch.setattr(typer, "get_app_dir", lambda name: str(tmp_path / "config" / name))
    return Bank(tmp_path, monkeypatch)


def test_from_the_first_administrator_to_a_maker_at_work(bank: Bank) -> None:
    assert bank.refused("whoami") == "store.no_users"
    assert not bank.place.exists()  # asking makes no store
    assert bank.run("add", "root", "--role", "admin", "--first-admin", password=SECRET)["user"]["role"] == "admin"
    assert bank.refused("add", "eve", "--first-admin", password=SECRET) == "store.has_users"
    assert bank.refused("list") == "store.not_logged_in"
    assert bank.run("login", "root", password=SECRET)["role"] == "admin"
    added = bank.run("add", "li", "--role", "maker", "--branch", "0101", "--branch", "0102", "--display-name", "Li Ming", password=FIRST)
    assert (added["user"]["branches"], added["user"]["state"]) == (["0101", "0102"], "must_change")
    assert [u["name"] for u in bank.run("list")["users"]] == ["li", "root"]
    assert bank.refused("login", "li", password=FIRST) == "store.must_change"
    bank.run("login", "li", password=FIRST, new=SECRET)
    me = bank.run("whoami")
    assert (me["user"], me["role"], me["branches"], me["may"]["propose"]) == ("li", "maker", ["0101", "0102"], "own_branches")
    assert "approve" not in me["may"]
    assert bank.refused("list") == "store.not_permitted"
    assert bank.refused("add", "eve", "--role", "admin", password=FIRST) == "store.not_permitted"
    assert bank.run("logout")["ended"] is True
    assert bank.run("logout")["ended"] is False
    assert bank.refused("whoami") == "store.not_logged_in"


def test_what_an_administrator_does_to_others(bank: Bank) -> None:
    bank.run("add", "root", "--first-admin", password=SECRET)
    bank.run("login", "root", password=SECRET)
    bank.run("add", "li", "--role", "maker", "--branch", "0101", password=FIRST)
    assert bank.refused("add", "wang", password=FIRST) == "store.role_missing"
    assert bank.refused("grant", "li") == "store.role_missing"
    assert bank.run("grant", "li", "--role", "checker", "--branch", "*")["user"]["branches"] == ["*"]
    assert bank.run("disable", "li", "--reason", "on leave")["user"]["state"] == "disabled"
    assert bank.refused("login", "li", password=FIRST) == "store.login_failed"
    bank.run("enable", "li")
    bank.run("passwd", "li", "--reset", new=GIVEN)
    assert bank.refused("passwd", "li", password=FIRST, new=SECRET) == "store.login_failed"
    bank.run("passwd", "li", password=GIVEN, new=SECRET)
    bank.run("passwd", "root", password=SECRET, new=OTHER)
    assert bank.refused("whoami") == "store.not_logged_in"  # the sessions have ended
    bank.run("login", "root", password=OTHER)


def test_the_token_is_private_and_one_a_store(bank: Bank, tmp_path: Path) -> None:
    bank.run("add", "root", "--first-admin", password=SECRET)
    kept = Path(bank.run("login", "root", password=SECRET)["token_file"])
    assert bank.tokens == [kept]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    other = str(tmp_path / "other")
    bank.run("add", "root", "--first-admin", "--store", other, password=SECRET)
    assert bank.refused("whoami", "--store", other) == "store.not_logged_in"
    assert bank.run("whoami", "--store", f"{bank.place}/../runs")["user"] == "root"  # the same store by another way
    bank.patch.setenv("GREENFIN_TOKEN", "not a token")
    assert bank.refused("whoami") == "store.not_logged_in"  # the variable goes before the file


def test_a_token_that_others_could_read_or_have_put_there_is_not_used(bank: Bank, tmp_path: Path) -> None:
    bank.run("add", "root", "--first-admin", password=SECRET)
    kept = Path(bank.run("login", "root", password=SECRET)["token_file"])
    kept.chmod(0o644)
    assert bank.refused("whoami") == "store.token_unsafe"
    kept.chmod(0o600)
    bank.run("whoami")
    kept.rename(tmp_path / "elsewhere")
    kept.symlink_to(tmp_path / "elsewhere")
    assert bank.refused("whoami") == "store.token_unsafe"
    bank.run("login", "root", password=SECRET)  # a new log-in replaces the link, and does not write through it
    assert not kept.is_symlink()


def test_a_configuration_directory_that_cannot_be_written(bank: Bank) -> None:
    bank.run("add", "root", "--first-admin", password=SECRET)
    bank.config.write_text("a file in the way")
    assert bank.refused("login", "root", password=SECRET) == "store.token_not_kept"


def test_no_option_takes_a_password_and_none_is_asked_without_a_terminal(bank: Bank) -> None:
    for command in typer.main.get_command(users.user_app).commands.values():  # type: ignore[attr-defined]  # it is a group
        named = {option for parameter in command.params for option in parameter.opts}
        assert not {o for o in named if "pass" in o or "token" in o}
    assert bank.refused("add", "root", "--first-admin") == "store.no_password"


def test_a_password_is_typed_twice_without_being_shown(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = iter([SECRET, SECRET, SECRET, "something else"])
    monkeypatch.setattr(users.sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(users.getpass, "getpass", lambda ask, stream: next(typed))
    with pytest.raises(typer.Exit) as done:
        users.add("root", first_admin=True, place=str(bank.place), lang="en")
    assert done.value.exit_code == 0
    with pytest.raises(typer.Exit) as done:
        users.add("root", first_admin=True, place=str(bank.place) + "2", lang="en")
    assert done.value.exit_code == 2
    shown = capsys.readouterr()
    assert "differ" in shown.err
    assert SECRET not in shown.out + shown.err


def test_words_for_people_and_marks_that_steer_a_terminal(bank: Bank) -> None:
    bank.run("add", "root", "--first-admin", "--display-name", "a\x1b[31mb", password=SECRET)
    bank.run("login", "root", password=SECRET)
    done = CliRunner().invoke(app, ["user", "list", "--lang", "zh"])
    assert done.exit_code == 0
    assert "\x1b" not in done.output
    assert "系统管理员" in done.output
    assert "系统管理员" in CliRunner().invoke(app, ["user", "whoami", "--lang", "zh"]).output


def test_a_name_that_is_also_a_word_stays_a_name(bank: Bank) -> None:
    bank.run("add", "active", "--first-admin", password=SECRET)
    bank.run("login", "active", password=SECRET)
    done = CliRunner().invoke(app, ["user", "add", "list", "--role", "esg", "--lang", "zh"], env={"GREENFIN_PASSWORD": FIRST})
    assert "list" in done.output


def test_the_session_of_the_command_line_is_the_one_of_the_store(bank: Bank) -> None:
    bank.run("add", "root", "--first-admin", password=SECRET)
    bank.run("login", "root", password=SECRET)
    assert sessions.actor_of(open_store(bank.place), bank.tokens[0].read_text()).user == "root"


def test_a_reset_of_ones_own_password_is_refused_before_one_is_typed(bank: Bank) -> None:
    bank.run("add", "root", "--role", "admin", "--first-admin", password=SECRET)
    bank.run("login", "root", password=SECRET)
    assert bank.refused("passwd", "root", "--reset") == "store.own_rights"  # nothing can be typed here: it would be store.no_password
    assert bank.refused("passwd", "nobody", "--reset") == "store.unknown_user"

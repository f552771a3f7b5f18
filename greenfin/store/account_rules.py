"""What names and passwords may be, and how long a lock or a session lasts (``accounts.toml``)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

from greenfin.core.problems import Problem, Refused, error


@dataclass(frozen=True, slots=True)
class Hashing:
    """Parameters of argon2id."""

    time_cost: int
    memory_kib: int
    lanes: int
    hash_bytes: int
    salt_bytes: int


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """What a new password must be; ``forbidden`` are words that are no secret."""

    shortest: int
    longest: int
    fewest_different_signs: int
    short_name: int
    forbidden: frozenset[str]
    leet: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AccountRules:
    """The whole of ``accounts.toml``."""

    name_pattern: str
    password: PasswordRules
    hashing: Hashing
    failures: int
    locked_for: timedelta
    token_bytes: int
    idle: timedelta
    absolute: timedelta
    touch: timedelta


@cache
def account_rules() -> AccountRules:
    """The rules in force."""
    raw = tomllib.loads(files("greenfin.store").joinpath("accounts.toml").read_text("utf-8"))
    password = raw["password"] | {"forbidden": frozenset(raw["password"]["forbidden"])}
    session = raw["session"]
    return AccountRules(
        name_pattern=raw["name"]["pattern"],
        password=PasswordRules(**password),
        hashing=Hashing(**raw["hashing"]),
        failures=raw["lock_out"]["failures"],
        locked_for=timedelta(minutes=raw["lock_out"]["minutes"]),
        token_bytes=session["token_bytes"],
        idle=timedelta(minutes=session["idle_minutes"]),
        absolute=timedelta(minutes=session["absolute_minutes"]),
        touch=timedelta(seconds=session["touch_seconds"]),
    )


def plain_name(name: str) -> str:
    """A user's name as it is kept and compared: one width, lower case."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def new_name(name: str) -> str:
    """The plain form of a name for a new user. Raises Refused where it cannot be one."""
    plain = plain_name(name)
    if not is_name(plain):
        raise Refused(error("store.bad_user_name", found=plain))
    return plain


def is_name(plain: str) -> bool:
    """Whether a name in its plain form can be a user's."""
    return re.fullmatch(account_rules().name_pattern, plain) is not None


def plain_password(password: str) -> str:
    """A password as it is hashed: full-width signs of an input method count as the ordinary ones."""
    return unicodedata.normalize("NFKC", password)


def check_new_password(name: str, password: str) -> None:
    """Nothing where the password may be used by the user. Raises Refused (``store.weak_password``), never with the password."""
    rules, plain = account_rules().password, plain_password(password)
    if not rules.shortest <= len(plain) <= rules.longest:
        raise Refused(weak_password("length"))
    if len(set(plain.casefold())) < rules.fewest_different_signs:
        raise Refused(weak_password("repeated"))
    if _is_known(plain.casefold(), rules):
        raise Refused(weak_password("known"))
    if _holds_name(plain.casefold(), plain_name(name), rules):
        raise Refused(weak_password("name"))


def weak_password(why: str) -> Problem:
    """What is wrong with a new password: length, repeated, known, name or same."""
    rules = account_rules().password
    return error("store.weak_password", password_fault=why, shortest=rules.shortest, longest=rules.longest)


def _is_known(password: str, rules: PasswordRules) -> bool:
    """Nothing but digits and signs, or one forbidden word among them (also in leet)."""
    written = "".join(rules.leet.get(sign, sign) for sign in password)
    cores = {_letters(password), _letters(written), _letters(_trimmed(written, password))}
    return not _letters(password) or any(core in rules.forbidden for core in cores)


def _letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isalpha())


def _trimmed(written: str, password: str) -> str:
    """The leet reading between the first and the last letter as typed: digits behind a word are no letters of it."""
    places = [place for place, sign in enumerate(password) if sign.isalpha()]
    return written[places[0] : places[-1] + 1] if places else ""


def _holds_name(password: str, name: str, rules: PasswordRules) -> bool:
    return name in password if len(name) > rules.short_name else _letters(password) == _letters(name)


def stamp(at: datetime) -> str:
    """A time as it is kept: UTC, ISO, microseconds; raises ValueError for one without a zone.

    >>> stamp(datetime(2026, 1, 2, tzinfo=UTC))
    '2026-01-02T00:00:00.000000+00:00'
    """
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")

"""Passwords are kept as argon2id only; an unknown user costs as much time as a known one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenfin.store.account_rules import account_rules, plain_password

if TYPE_CHECKING:
    from argon2 import PasswordHasher


def _hasher() -> PasswordHasher:
    import argon2  # here: a run never needs it

    wanted = account_rules().hashing
    return argon2.PasswordHasher(
        time_cost=wanted.time_cost,
        memory_cost=wanted.memory_kib,
        parallelism=wanted.lanes,
        hash_len=wanted.hash_bytes,
        salt_len=wanted.salt_bytes,
        type=argon2.Type.ID,
    )


def hashed(password: str) -> str:
    """The password's hash with a new salt and its parameters, as text."""
    return _hasher().hash(plain_password(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether the password is the one kept; without one (``None``) as much work is done, and it never matches."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if kept is None:
        _hasher().hash(plain_password(password))
        return False
    try:
        return _hasher().verify(kept, plain_password(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than those in force."""
    return _hasher().check_needs_rehash(kept)

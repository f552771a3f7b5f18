"""Who a user is to the bank's own log-in (OpenID Connect): the provider's address and its name for him, both as it writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel import Session, select

from greenfin.core.problems import Refused, error
from greenfin.store.account_rules import account_rules, stamp
from greenfin.store.lock_out import fault_of
from greenfin.store.opening import Store
from greenfin.store.tables import User
from greenfin.store.writing import Writing, writing

_ITSELF = ("127.0.0.1", "localhost", "::1")


def is_provider(address: str) -> bool:
    """Whether an address can be a provider's: https without a query, or this machine's.

    >>> is_provider("https://id.bank.example/realm"), is_provider("http://id.bank.example"), is_provider("http://127.0.0.1:9000")
    (True, False, True)
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _ITSELF)
    return is_safe and bool(parts.hostname) and not parts.query and not parts.fragment and not parts.username and address.isprintable()


def check_identity(issuer: str, subject: str) -> None:
    """Raises Refused (``store.bad_identity``) where a user cannot be this to a provider."""
    longest = account_rules().password.longest
    if not is_provider(issuer) or not subject.strip() or not subject.isprintable() or max(len(issuer), len(subject)) > longest:
        raise Refused(error("store.bad_identity"))


def digest_of(issuer: str, subject: str) -> str:
    """What stands for an identity in the log of events, where no person is named; empty for none."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode("utf-8", "surrogateescape")).hexdigest() if subject else ""


def identified(session: Session, issuer: str, subject: str) -> User | None:
    """The user who states this identity, or None."""
    if not issuer or not subject:
        return None
    return session.exec(select(User).where(User.issuer == issuer, User.subject == subject)).first()


@contextmanager
def admitted(store: Store, issuer: str, subject: str, *, at: datetime) -> Iterator[tuple[Writing, User]]:
    """A write transaction and the user of an identity, who may log in. Raises Refused (``store.identity_refused``), noted in the log."""
    with writing(store) as made:
        user = identified(made.session, issuer, subject)
        fault = fault_of(user, stamp(at))
        if user is not None and fault is None:
            yield made, user
            return
        made.event("", "login.failed", subject=user.name if user else "", detail={"cause": fault or "", "issuer": issuer})
    raise Refused(error("store.identity_refused"))

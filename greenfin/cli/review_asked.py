"""What a reviewer typed or filled in, as the columns that the record decides on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from greenfin.core.problems import Problem, Refused, error

if TYPE_CHECKING:
    from greenfin.store import Store
    from greenfin.store.decisions import Items, Wanted
    from greenfin.store.permissions import Actor
    from greenfin.store.standings import TagRow

Class = tuple[str | None, str | None, int | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """Receipts, their edition where it is named, and the class asked for each (none: what the machine proposes)."""

    receipts: Sequence[str]
    edition: str | None = None
    classes: Sequence[Class] = ()
    editions: Sequence[str | None] = ()
    problems: tuple[Problem, ...] = ()


def one_class(
    receipts: Sequence[str] | None,
    edition: str | None,
    *,
    decision: str | None = None,
    code: str | None = None,
    share: float | None = None,
) -> Asked:
    """The same class for every receipt that was named; raises Refused where none was."""
    if not receipts:
        raise Refused(error("store.nothing_given", ""))
    given = list(dict.fromkeys(receipts))
    wanted: Class = (decision or ("green" if code else None), code, None if share is None else round(share * 10_000))
    return Asked(given, edition, [wanted] * len(given))


def finite(option: str, number: float) -> float:
    """The number that was typed; raises Refused for ``nan`` and ``inf``."""
    if not isfinite(number):
        raise Refused(error("cli.not_a_number", option, found=str(number)))
    return number


def read_file(path: Path, edition: str | None) -> Asked:
    """The decisions of a file, in the columns that ``run --decisions`` reads; raises Refused."""
    from greenfin.ingest import read_decisions

    found = read_decisions(path)
    names = ("receipt_no", "edition", "decision", "code", "share_ppm")
    receipts, editions, decisions, codes, shares = (found.value[name].to_pylist() for name in names)
    if not receipts:
        raise Refused(error("store.nothing_given", path.name))
    return Asked(receipts, edition, list(zip(decisions, codes, shares, strict=True)), editions, found.problems)


def items_of(
    store: Store, actor: Actor, asked: Asked, *, seen: int | None = None, whole_projects: bool = False
) -> tuple[Items, Wanted, list[TagRow]]:
    """The tags as they stand now (or as they were ``seen``), and what is asked for each. Raises Refused for an ambiguous edition."""
    from greenfin.store.decisions import Items, Wanted
    from greenfin.store.queue import project_tags, tags_of

    if not asked.receipts:
        raise Refused(error("store.nothing_given", ""))
    found = tags_of(store, actor, list(dict.fromkeys(asked.receipts)), edition=asked.edition)
    of: dict[str, dict[str, TagRow]] = {}
    for tag in found:
        of.setdefault(tag.receipt, {})[tag.edition] = tag
    keys = [
        (r, _edition(r, e, of.get(r, {}), asked.edition))
        for r, e in zip(asked.receipts, asked.editions or [None] * len(asked.receipts), strict=True)
    ]
    classes = list(asked.classes) or [(None, None, None)] * len(keys)
    tags = [of.get(r, {}).get(e) for r, e in keys]
    if whole_projects:
        keys, classes, tags = _with_projects(project_tags(store, actor, [t for t in tags if t]), keys, classes)
    versions = [seen if seen is not None else tag.standing.version if tag else 0 for tag in tags]
    wanted = [_class(tag, asked_for) for tag, asked_for in zip(tags, classes, strict=True)]
    columns = list(zip(*wanted, strict=True)) or [(), (), ()]
    items = Items([r for r, _ in keys], [e for _, e in keys], versions)
    return items, Wanted(*map(list, columns)), [t for t in tags if t]


def _edition(receipt: str, named: str | None, tags: dict[str, TagRow], asked: str | None) -> str:
    if named or asked:
        return named or asked or ""
    if len(tags) > 1:
        raise Refused(error("store.several_editions", receipt, found=", ".join(sorted(tags))))
    return next(iter(tags), "")


def _with_projects(
    tags: Sequence[TagRow], keys: list[tuple[str, str]], classes: list[Class]
) -> tuple[list[tuple[str, str]], list[Class], list[TagRow | None]]:
    """With the other receipts of the projects that stand in force, which take the same class."""
    from greenfin.store.workflow import CORRECT, WITHDRAWN, workflow

    known: dict[tuple[str, str], TagRow] = {tag.key: tag for tag in tags}
    more = [t for t in tags if t.key not in keys and t.standing.state in workflow().openings[CORRECT].starts - {WITHDRAWN}]
    keys, classes = [*keys, *(t.key for t in more)], [*classes, *[classes[0]] * len(more)]
    return keys, classes, [known.get(key) for key in keys]


def _class(tag: TagRow | None, asked: Class) -> tuple[str, str, int | None]:
    """The class asked for; where none is, that of the tag (before anybody decided: the machine's)."""
    decision, code, share = asked
    if decision is None and tag is not None:
        decision, code = tag.standing.decision, code or tag.standing.code
    return decision or "", "" if decision == "not_green" else code or "", share

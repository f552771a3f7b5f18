"""Which edition of the catalogue applies to which loan, which method to which entry, and where entries moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from greenfin.core.period import Interval
from greenfin.core.problems import error
from greenfin.reference.files import Folder
from greenfin.reference.strict_yaml import Block, Reader

EDITIONS = "taxonomy/editions.yaml"
METHODS = "taxonomy/methods.csv"
CROSSWALKS = "taxonomy/crosswalks/*.csv"
CROSSING_KINDS = ("same", "narrower", "wider", "split", "dropped")
STATUSES = ("seen", "unverified", "follows")
TRANSITIONS = ("", "approved_undrawn")
LOAN = "loan"  # the family that a loan and a return follow of themselves
FAMILIES = (LOAN, "pboc", "nfra", "bond", "facility", "industry", "eu")


@dataclass(frozen=True, slots=True)
class EditionRule:
    """When an edition is in force, in its family: loans, statistics of the PBoC or the NFRA, bonds, the facility, industry, EU.

    ``published_on`` as exact as known; ``status``: seen, follows (from what was seen) or unverified. ``transition``: what keeps the
    earlier standard: ``approved_undrawn`` (approved before publication and not drawn then), or nothing.
    """

    edition: str
    in_force: Interval
    published_on: str
    status: str
    source: str
    note_zh: str
    note_en: str
    where: str = ""
    transition: str = ""
    family: str = LOAN

    @property
    def published(self) -> date | None:
        """The day of publication; of a month or a year only, its first day."""
        return date.fromisoformat(f"{self.published_on}-01-01"[:10]) if self.published_on else None


@dataclass(frozen=True, slots=True)
class EditionRules:
    """The editions in order of their dates."""

    rules: tuple[EditionRule, ...]

    def of(self, family: str) -> tuple[EditionRule, ...]:
        """The editions of one family, in order of their dates."""
        return tuple(rule for rule in self.rules if rule.family == family)

    def for_return(self, as_of: date, family: str = LOAN) -> str:
        """The edition of a family in force on the data date of a return; before its first edition: the first."""
        return self._in_force(as_of, self.of(family)).edition

    def for_loan(self, approved_on: date | None, start_on: date | None, as_of: date) -> str:
        """The edition of a loan by its own dates, of the loan family.

        It is the one in force on the first known of approval, drawing and data date: what was approved before a new edition was
        published keeps the earlier one, drawn or not. Where the new edition spares only loans approved before its publication, one
        approved after that and before it came into force follows its drawing (the data date where none is known).
        """
        rules = self.of(LOAN)
        then = self._in_force(approved_on or start_on or as_of, rules)
        coming = next((rule for rule in rules[rules.index(then) + 1 :] if rule.transition == "approved_undrawn"), None)
        if approved_on is None or coming is None or coming.published is None or approved_on < coming.published:
            return then.edition
        return self._in_force(max(approved_on, start_on or as_of), rules).edition

    def _in_force(self, day: date, rules: Sequence[EditionRule]) -> EditionRule:
        fitting = [rule for rule in rules if day in rule.in_force]
        return fitting[-1] if fitting else rules[0]


@dataclass(frozen=True, slots=True)
class MethodRule:
    """Which method measures an entry and what stands under it. ``until`` is exclusive."""

    edition: str
    entry: str
    method: str
    applies: Interval
    note: str = ""
    where: str = ""


def method_for(rules: Sequence[MethodRule], edition: str, entry_code: str, on: date) -> str | None:
    """The method of an entry on a day: its own rule, else that of the nearest entry above it; None where there is none."""
    code = entry_code
    while code:
        for rule in rules:
            if rule.edition == edition and rule.entry == code and on in rule.applies:
                return rule.method
        code = code.rpartition(".")[0]
    return None


@dataclass(frozen=True, slots=True)
class Crossing:
    """A step from an entry of one edition to one of another; ``to_code`` is empty for a dropped one.

    ``kind``: same, narrower, wider (the new entry takes in more), split (one of several new ones) or dropped. A hint for a reviewer:
    scopes and thresholds moved, so it never decides eligibility.
    """

    from_edition: str
    from_code: str
    to_edition: str
    to_code: str
    kind: str
    verified: str
    note: str
    where: str = ""


def read_editions(folder: Folder) -> EditionRules:
    """The editions and their dates; at least one."""
    block = folder.block(EDITIONS)
    blocks = Reader(block, folder.problems).blocks("editions") if block else ()
    rules = [_edition(folder, each) for each in blocks]
    if block is not None and not any(rule.family == LOAN for rule in rules):
        folder.problems.append(error("reference.value_missing", EDITIONS, column="editions"))
    return EditionRules(tuple(sorted(rules, key=lambda rule: rule.in_force.start or date.min)))


def _edition(folder: Folder, block: Block) -> EditionRule:
    reader = Reader(block, folder.problems)
    edition = reader.text("edition")
    start, end = (folder.day(block.where, name, reader.text(name, "")) for name in ("in_force_from", "in_force_until"))
    published = folder.partial_day(block.where, "published_on", reader.text("published_on", ""))
    status, source = reader.choice("status", STATUSES), reader.text("source")
    transition = reader.choice("transition", TRANSITIONS, "")
    note_zh, note_en = reader.words("note", required=False)
    family = reader.choice("family", FAMILIES)
    reader.done()
    return EditionRule(edition, Interval(start, end), published, status, source, note_zh, note_en, block.where, transition, family)


def read_method_map(folder: Folder) -> tuple[MethodRule, ...]:
    """Which method for which entry, in the order of the file."""
    found = []
    for row in folder.rows(METHODS, ("edition", "entry", "method", "from", "until", "note")):
        days = (folder.day(row.where, column, row[column]) for column in ("from", "until"))
        method = folder.text(row, "method")
        found.append(MethodRule(folder.text(row, "edition"), folder.text(row, "entry"), method, Interval(*days), row["note"], row.where))
    return tuple(found)


def read_crossings(folder: Folder) -> tuple[Crossing, ...]:
    """All crosswalks (``<from>--<to>.csv``)."""
    found: list[Crossing] = []
    for path in folder.files(CROSSWALKS):
        old, _, new = path.rpartition("/")[2].removesuffix(".csv").partition("--")
        for row in folder.rows(path, ("from", "to", "kind", "verified", "note")):
            kind = folder.choice(row, "kind", CROSSING_KINDS)
            if bool(row["to"]) == (kind == "dropped"):
                folder.problems.append(error("reference.crossing_unclear", row.where, kind=kind, entry=row["to"]))
            found.append(Crossing(old, folder.text(row, "from"), new, row["to"], kind, row["verified"], row["note"], row.where))
    return tuple(found)


def cross(crosswalks: Sequence[Crossing], from_edition: str, code: str, to_edition: str) -> tuple[Crossing, ...]:
    """Where an entry went, forwards or (from the new edition to the old) backwards; empty where nothing is known."""
    forwards = [c for c in crosswalks if (c.from_edition, c.from_code, c.to_edition) == (from_edition, code, to_edition)]
    backwards = [c for c in crosswalks if (c.to_edition, c.to_code, c.from_edition) == (from_edition, code, to_edition)]
    return tuple(forwards + [_turned(c) for c in backwards])


_OPPOSITE: Mapping[str, str] = {"same": "same", "narrower": "wider", "wider": "narrower", "split": "wider"}


def _turned(crossing: Crossing) -> Crossing:
    kind = _OPPOSITE[crossing.kind]
    c = crossing
    return Crossing(c.to_edition, c.to_code, c.from_edition, c.from_code, kind, c.verified, c.note, c.where)

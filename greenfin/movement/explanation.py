"""The draft that explains a re-tagging to a regulator: sentences from the messages, every number bound to a cell of the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from greenfin.aggregate.reasons import GAINED, LOST
from greenfin.core.records import Cell, Table
from greenfin.disclose.printed import number
from greenfin.messages.words import Lang, say
from greenfin.movement.retagged import Retagged
from greenfin.movement.transition import published, rule_of
from greenfin.reference.editions import EditionRule

_PREFIX = re.compile(r"^[^:\uff1a]+[:\uff1a]\s*")  # the row's words without "lost:" before them
_BOUND = re.compile(r"\s*\[[RM]\d\d![^\]\s]+\]")


def explanation(made: Retagged, tables: Sequence[Table], lang: Lang) -> str:
    """The draft in Markdown; behind each number stands the cell it was taken from, as ``[R01!old.amount]``."""
    cells = {cell.id: cell for table in tables for cell in table.cells.values()}
    return "\n".join(_Writer(made, cells, lang).lines()) + "\n"


def plain(markdown: str) -> str:
    """The draft as plain text to be pasted into a letter: without marks and without the addresses of cells."""
    return re.sub(r"^(#+|-)\s*", "", _BOUND.sub("", markdown), flags=re.M)


class _Writer:
    def __init__(self, made: Retagged, cells: Mapping[str, Cell], lang: Lang) -> None:
        self.made, self.cells, self.lang = made, cells, lang
        self.rule = rule_of(made.reference.editions, made.new.edition)

    def say(self, part: str, **slots: object) -> str:
        """A sentence whose slots are given."""
        return say(f"movement.draft.{part}", self.lang, **slots)

    def bound(self, cell: str) -> str:
        """The cell as the tables print it, with its address."""
        found = self.cells[cell]
        shown = "—" if found.value is None else number(found.value, found.decimals)
        return f"{shown} [{cell}]"

    def lines(self) -> Iterator[str]:
        """The draft, line by line."""
        old, new = (self.made.reference.catalogues[side.edition] for side in (self.made.old, self.made.new))
        names = (old.title_zh, new.title_zh) if self.lang == "zh" else (old.title_en, new.title_en)
        yield f"# {self.say('title', new=names[1])}"
        yield ""
        yield self.say("draft")
        yield ""
        yield f"## {self.say('head_basis')}"
        yield ""
        policy = self.made.old.policy
        yield self.say(
            "basis",
            as_of=self.made.old.book.as_of.isoformat(),
            old=names[0],
            new=names[1],
            policy=policy.name_zh if self.lang == "zh" else policy.name_en,
        )
        yield from self._rules()
        yield from self._change()
        yield from self._inside()
        yield from self._growth()
        yield from self._open()

    def _rules(self) -> Iterator[str]:
        yield ""
        yield f"## {self.say('head_transition')}"
        yield ""
        yield self._dates(self.rule)
        if self.rule is not None and self.rule.transition == "approved_undrawn":
            yield self.say("approved_undrawn", n=self.bound("R05!kept.receipts"), fen=self.bound("R05!kept.balance"))
            yield self.say("kept", old=self.bound("R05!kept.old_green"), new=self.bound("R05!kept.new_green"))
        else:
            yield self.say("no_transition")
        for status in ("window", "undated"):
            if self.cells[f"R05!{status}.receipts"].value:
                yield self.say(status, n=self.bound(f"R05!{status}.receipts"), fen=self.bound(f"R05!{status}.balance"))

    def _dates(self, rule: EditionRule | None) -> str:
        if rule is None or published(rule) is None:
            return self.say("undated_edition", edition=self.made.new.edition)
        start, status = rule.in_force.start, say(f"movement.status.{rule.status}", self.lang)
        said = {"published": rule.published_on, "source": rule.source, "status": status}
        return self.say("dates", start=start.isoformat(), **said) if start else self.say("dates_open", **said)

    def _change(self) -> Iterator[str]:
        yield ""
        yield f"## {self.say('head_change')}"
        yield ""
        yield self.say("totals", old=self.bound("R01!old.amount"), new=self.bound("R01!new.amount"))
        for which, causes in (("lost", LOST), ("gained", GAINED)):
            held = [cause for cause in causes if self.cells[f"R01!{which}_{cause}.receipts"].value]
            yield ""
            yield self.say(which if held else f"{which}_nothing")
            for cause in held:
                row = f"R01!{which}_{cause}"
                words = _PREFIX.sub("", say(f"movement.row.{which}_{cause}", self.lang))
                yield "- " + self.say("cause", words=words, fen=self.bound(f"{row}.amount"), n=self.bound(f"{row}.receipts"))

    def _inside(self) -> Iterator[str]:
        yield ""
        yield self.say("inside", carried=self.bound("R01!carried.amount"), moved=self.bound("R01!reclassified.amount"))
        if self.cells["R01!kept.amount"].value:
            yield self.say("reported", kept=self.bound("R01!kept.amount"), reported=self.bound("R01!reported.amount"))

    def _growth(self) -> Iterator[str]:
        if self.made.prior is None:
            return
        yield ""
        yield f"## {self.say('head_growth')}"
        yield ""
        yield self.say(
            "growth",
            prior=self.made.prior[0].book.as_of.isoformat(),
            old=self.bound("R06!from.growth"),
            new=self.bound("R06!to.growth"),
            mixed=self.bound("R06!mixed.change"),
            edition=self.bound("R06!edition.change"),
            business=self.bound("R06!business.change"),
        )

    def _open(self) -> Iterator[str]:
        yield ""
        yield f"## {self.say('head_open')}"
        yield ""
        yield "- " + self.say("review", old=self.bound("R07!review.old"), new=self.bound("R07!review.new"))
        if self.cells["R07!rejected.old"].value:
            yield "- " + self.say("rejected", fen=self.bound("R07!rejected.old"))
        yield "- " + self.say("crosswalk")
        yield "- " + self.say("bank")

"""Tags as lines for a person: one line a loan, or all about one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from greenfin.cli.aligned import aligned
from greenfin.messages.words import codes

if TYPE_CHECKING:
    from greenfin.cli.session import Session

MOST, LONG = 50, 40  # loans on the screen, signs of their texts
Tag = Mapping[str, Any]  # one of ``tag_json``


def listed(session: Session, tags: Sequence[Tag]) -> Iterator[str]:
    """A line for each of the first loans, with what a learned model moved below it."""
    from greenfin.ruled import moved_by_model

    rows = [(tag["id"], session.say(f"decision.{tag['decision']}"), _entry(session, tag), tag["text"][:LONG]) for tag in tags[:MOST]]
    for line, tag in zip(aligned(rows), tags, strict=False):
        yield line
        if moved := moved_by_model(json.dumps(tag["model"] or {}), session.lang):
            yield "\t" + moved
    if len(tags) > MOST:
        yield session.say("cli.and_more", n=len(tags) - MOST)


def told(session: Session, tags: Sequence[Tag]) -> Iterator[str]:
    """One sentence: its outcome under each edition, the entry, the words that speak for it, what is still needed."""
    known, comma = codes(session.lang), session.say("ui.list_comma")
    for tag in tags:
        rows = {
            "outcome": session.say(f"decision.{tag['decision']}"),
            "entry": _entry(session, tag),
            "edition": tag["edition"],
            "words": comma.join(dict.fromkeys(found["text"] for found in tag["evidence"] if found["text"])),
            "score": f"{tag['score']:.2f}" if tag["score"] is not None else "",
            "needs": comma.join(known.get(f"need.{need}", need) for need in tag["needs"]),
        }
        yield from aligned([(session.say(f"tag.told_{name}"), value) for name, value in rows.items() if value])


def _entry(session: Session, tag: Tag) -> str:
    name = tag["name_zh"] if session.lang == "zh" else tag["name_en"] or tag["name_zh"]
    return f"{tag['code'] or ''} {name or ''}".strip()

"""What of a run's loans a reader may see: rows of his branches, names covered where he may not read them. No streamlit here."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from greenfin.store.masking import cover_in, mask_rules, masked_for
from greenfin.store.permissions import Actor, allowed_branches, may

_PROJECT, _TEXT, _EVIDENCE = "project", "text", "evidence"


@dataclass(frozen=True, slots=True)
class Eyes:
    """The eyes of an actor; those of nobody in particular (a run looked at on one's own machine) see everything."""

    actor: Actor | None = None

    def branches(self) -> frozenset[str] | None:
        """The branch codes whose loans are seen; None for all of them. Raises Refused where the actor may see no loan."""
        return allowed_branches(self.actor, "read_loans") if self.actor else None

    def table(self, rows: pa.Table) -> pa.Table:
        """Rows as they may be read."""
        return masked_for(self.actor, rows) if self.actor else rows

    def row(self, row: Mapping[str, Any], *, names: Collection[str] = ()) -> dict[str, Any] | None:
        """One row as it may be read, its project's text and its evidence with it; None where it is of another branch.

        ``names``: others that its texts may hold.
        """
        seen = self.branches()
        if seen is not None and row.get(mask_rules().branch) not in seen:
            return None
        if self.actor is None:
            return dict(row)
        texts = {name: [value] for name, value in row.items() if isinstance(value, str) and name != _TEXT}
        if _PROJECT in texts:
            texts[_TEXT] = texts.pop(_PROJECT)
        read = masked_for(self.actor, pa.table(texts), names=names).to_pylist()[0] if texts else {}
        if _TEXT in read:
            read[_PROJECT] = read.pop(_TEXT)
        covered = {**row, **read}
        return covered if covered == dict(row) else covered | {_EVIDENCE: _evidence(row, covered, names)}

    def searched(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """The columns that may be searched: not those whose values are covered."""
        if self.actor is None or may(self.actor, "read_names"):
            return columns
        return tuple(name for name in columns if name not in mask_rules().names | mask_rules().codes)


def _evidence(row: Mapping[str, Any], covered: Mapping[str, Any], names: Collection[str]) -> str:
    """The words that spoke for the tag (JSON), covered where the texts they stand in are."""
    items: list[dict[str, Any]] = json.loads(row.get(_EVIDENCE) or "[]")
    own = [str(row[name]) for name in mask_rules().of if row.get(name)]
    for item in items:
        said, start, end = str(item.get("text") or ""), item.get("start"), item.get("end")
        whole, seen = (str(texts.get(str(item.get("kind"))) or "") for texts in (row, covered))
        stands = isinstance(start, int) and isinstance(end, int) and whole[start:end] == said and len(whole) == len(seen)
        item["text"] = seen[start:end] if stands else cover_in(said, [*own, *names])
    return json.dumps(items, ensure_ascii=False)


EVERYTHING = Eyes()

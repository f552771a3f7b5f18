"""How right the tags are on texts whose answer is known: counts, shares with intervals, entries by level, what a score is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from greenfin.reference.rules import VERDICTS

Flags = NDArray[np.bool_]
GROUPS = ("source", "kind", "lang", "strict", "split")
LEVELS = (1, 2, 3)
INTERVAL = {"level": 0.95, "shares": "wilson", "f1": "bootstrap"}
_BINS = np.round(np.arange(0, 1.01, 0.1), 1)
_DRAWS = 2_000
_WORST = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """Labels and tags side by side, one row a text. ``label`` and ``said`` are verdicts; ``accepted`` the entries a reviewer would
    accept (the best first), ``code`` the one given ("" none); ``groups`` the columns by which the figures are also given."""

    ids: NDArray[np.object_]
    label: NDArray[np.object_]
    said: NDArray[np.object_]
    accepted: NDArray[np.object_]
    code: NDArray[np.object_]
    score: NDArray[np.float64]
    groups: Mapping[str, NDArray[np.object_]]

    def of(self, rows: Flags) -> Compared:
        """Some of the rows."""
        groups = {name: values[rows] for name, values in self.groups.items()}
        return Compared(self.ids[rows], self.label[rows], self.said[rows], self.accepted[rows], self.code[rows], self.score[rows], groups)


def compared(labels: pa.Table, tags: pa.Table) -> Compared:
    """Labels (schema ``labels``) beside the tags of one edition (schema ``tags``), row by row."""
    entries = [tuple((cell or "").split("/")) if cell else () for cell in labels["entries"].to_pylist()]
    score = np.array([np.nan if s is None else s for s in tags["score"].to_pylist()], dtype=np.float64)
    given = {name: _objects(labels[name].to_pylist()) for name in GROUPS if labels[name].null_count < labels.num_rows}
    label, said = (_objects(table["decision"].to_pylist()) for table in (labels, tags))
    code = _objects([c or "" for c in tags["code"].to_pylist()])
    return Compared(_objects(labels["loan_id"].to_pylist()), label, said, _objects(entries), code, score, given)


def _objects(values: Sequence[object]) -> NDArray[np.object_]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def evaluated(found: Compared) -> dict[str, Any]:
    """All figures: ``overall``, the same ``groups`` by column and value, ``reliability`` of the scores, the worst ``confusions``."""
    by = {name: {str(v): figures(found.of(values == v)) for v in _values(values)} for name, values in found.groups.items()}
    return {
        "interval": INTERVAL,
        "overall": figures(found),
        "groups": by,
        "reliability": reliability(found),
        "confusions": confusions(found),
    }


def _values(column: NDArray[np.object_]) -> list[object]:
    return [value for value, _ in Counter(v for v in column if v is not None).most_common()]


def figures(found: Compared) -> dict[str, Any]:
    """Figures of some rows. A share is ``{value, low, high, right, of}`` (value None where ``of`` is 0).

    ``precision`` and ``recall`` are of green among the clear cases (label green or not green): ``recall_decided`` where the tagger
    decides, ``recall`` with what it sends to review counted as not found. ``review_clear``: clear cases sent to review;
    ``review_all``: all rows sent there. ``open_reviewed``: cases that must go to review and do; ``open_green``: those that come out
    green. ``entry``: the entry given is one of the accepted, by level (``leaf``: the code itself; a parent accepted counts at its own
    level and above).
    """
    clear = found.label != "review"
    green, said_green = found.label == "green", found.said == "green"
    decided, asked = found.said != "review", found.label == "review"
    hit = green & said_green
    return {
        "n": len(found.label),
        "counts": {label: {said: int(((found.label == label) & (found.said == said)).sum()) for said in VERDICTS} for label in VERDICTS},
        "precision": share(hit, clear & said_green),
        "recall_decided": share(hit, green & decided),
        "recall": share(hit, green),
        "f1_decided": f1(hit, clear & said_green & ~green, green & decided & ~hit),
        "f1": f1(hit, clear & said_green & ~green, green & ~hit),
        "review_clear": share(clear & ~decided, clear),
        "review_all": share(~decided, np.ones(len(clear), dtype=np.bool_)),
        "open_reviewed": share(asked & ~decided, asked),
        "open_green": share(asked & said_green, asked),
        "entry": _entries(found.of(hit)),
    }


def share(right: Flags, of: Flags) -> dict[str, Any]:
    """A share with its Wilson interval of 95 %."""
    return _share(int((right & of).sum()), int(of.sum()))


@cache
def _share(right: int, of: int) -> dict[str, Any]:
    if not of:
        return {"value": None, "low": None, "high": None, "right": 0, "of": 0}
    from scipy.stats import binomtest  # type: ignore[import-untyped]

    found = binomtest(right, of).proportion_ci(INTERVAL["level"], method="wilson")
    return {"value": right / of, "low": float(found.low), "high": float(found.high), "right": right, "of": of}


def f1(hit: Flags, false: Flags, missed: Flags) -> dict[str, Any]:
    """F1 with the 95 % interval of a bootstrap over the counts (seeded: the same counts, the same interval)."""
    counts = np.array([hit.sum(), false.sum(), missed.sum()], dtype=np.int64)
    total = int(counts.sum())
    if not total:
        return {"value": None, "low": None, "high": None}
    draws = np.random.default_rng(0).multinomial(total, counts / total, _DRAWS)
    low, high = np.quantile(2 * draws[:, 0] / (2 * draws[:, 0] + draws[:, 1] + draws[:, 2]), (0.025, 0.975))
    return {"value": float(2 * counts[0] / (2 * counts[0] + counts[1] + counts[2])), "low": float(low), "high": float(high)}


def _entries(found: Compared) -> dict[str, Any]:
    """Of green cases found green: whether the entry is an accepted one, by level."""
    pairs = list(zip(found.code.tolist(), found.accepted.tolist(), strict=True))
    return {**{str(level): _pairs(pairs, level) for level in LEVELS}, "leaf": _pairs(pairs, None)}


def _pairs(pairs: Sequence[tuple[str, tuple[str, ...]]], level: int | None) -> dict[str, Any]:
    kept = [(code, [a for a in accepted if level or not code.startswith(f"{a}.")]) for code, accepted in pairs]
    known = [(_upper(code, level), {_upper(a, level) for a in accepted} - {""}) for code, accepted in kept]
    return _share(sum(code in wanted for code, wanted in known if wanted), sum(bool(wanted) for _, wanted in known))


def _upper(code: str, level: int | None) -> str:
    """The code's entry of a level (None: the code itself); "" where it does not reach that deep."""
    if level is None:
        return code
    parts = code.split(".")
    return ".".join(parts[:level]) if len(parts) >= level else ""


def is_accepted(code: str, accepted: Sequence[str]) -> bool:
    """Whether an entry is one of the accepted ones, or under one."""
    return any(code == a or code.startswith(f"{a}.") for a in accepted)


def reliability(found: Compared) -> dict[str, Any]:
    """What a score is worth: for each verdict the bins of the scores (``n``, mean ``score``, ``right``) and the expected calibration error.

    Right is a decided case with the label decided (one that must go to review is not right); for ``review`` the share that is green
    among the clear ones.
    """
    right = {
        "green": (found.said == "green", found.label == "green"),
        "not_green": (found.said == "not_green", found.label == "not_green"),
        "review": ((found.said == "review") & (found.label != "review"), found.label == "green"),
    }
    tables = {verdict: _bins(found.score[rows], true[rows]) for verdict, (rows, true) in right.items()}
    decided = found.said != "review"
    whole = _bins(found.score[decided], (found.label == found.said)[decided])
    return {"by_verdict": tables, "expected_calibration_error": {"decided": _ece(whole), **{v: _ece(t) for v, t in tables.items()}}}


def _bins(score: NDArray[np.float64], right: Flags) -> list[dict[str, Any]]:
    sound = ~np.isnan(score)
    score, right = score[sound], right[sound]
    at = np.clip(np.searchsorted(_BINS, score, side="right") - 1, 0, len(_BINS) - 2)
    return [
        {"from": float(_BINS[b]), "to": float(_BINS[b + 1]), "n": int((at == b).sum())}
        | {"score": float(score[at == b].mean()), "right": float(right[at == b].mean())}
        for b in np.unique(at)
    ]


def _ece(bins: Sequence[Mapping[str, Any]]) -> float | None:
    """The mean distance of score and share right, each bin by its rows."""
    rows = sum(b["n"] for b in bins)
    return sum(b["n"] * abs(b["score"] - b["right"]) for b in bins) / rows if rows else None


def confusions(found: Compared) -> list[dict[str, Any]]:
    """The commonest mistakes: what was ``expected`` (entry or verdict), what was ``given``, how often, the id of one of them."""
    mistakes: dict[tuple[str, str], list[str]] = {}
    rows = zip(found.ids, found.label, found.said, found.accepted, found.code, strict=True)
    for name, label, said, accepted, code in rows:
        expected = accepted[0] if label == "green" and accepted else label
        given = code if said == "green" else said
        if label != said or (label == "green" and accepted and not is_accepted(code, accepted)):
            mistakes.setdefault((expected, given), []).append(str(name))
    worst = sorted(mistakes.items(), key=lambda one: (-len(one[1]), one[0]))[:_WORST]
    return [{"expected": expected, "given": given, "count": len(ids), "id": ids[0]} for (expected, given), ids in worst]

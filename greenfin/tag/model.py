"""The learned model: one readable JSON file of named weights, read strictly; and what it moves.

It re-orders the two best entries and moves cases between decided and review. It never overrules a rule, never makes green what has no
candidate, and never turns green into not green or back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.reference.load import Reference
from greenfin.tag.features import Cells, Objects, Said, Singles, cells_of

Flags = NDArray[np.bool_]

KIND, FORMAT = "greenfin.tag.model", 1
MOVES = ("review_green", "review_not_green", "green_review", "not_green_review", "swap")
BY_WORDS, DOUBTFUL, MOVED = "tag.by_words", "tag.doubtful", "tag.by_model"
ANSWERED = (DOUBTFUL, "tag.alike", "tag.unlike")  # questions about a candidate
OPEN = (BY_WORDS, "tag.by_likeness", *ANSWERED, "tag.no_entry", "tag.weak_words", "tag.name_only")  # no rule stands behind them
FIRST, SCORE = "first", "score"
_KEYS = ("kind", "format", "edition", "reference", "greenfin", "as_of", "trained_on", "verdict", "entries", "moves", "quality")
_LARGEST, _MOST_WEIGHTS, _LONGEST_NAME, _HEAVIEST = 8_000_000, 50_000, 80, 1_000.0
_TOLD = 5


@dataclass(frozen=True, slots=True)
class Model:
    """A model as its file says. ``weights``: feature -> weight of green; ``entries``: leaf -> feature -> weight of that leaf;
    ``first``: weights of the tagger's own choice (``first``) and of its lead (``score``); ``moves``: the probability from which a move
    is made (None: never); ``about``: edition, reference data, version, what it learned from and how well."""

    intercept: float
    weights: Mapping[str, float]
    entries: Mapping[str, Mapping[str, float]]
    first: Mapping[str, float]
    moves: Mapping[str, float | None]
    about: Mapping[str, Any]

    @property
    def edition(self) -> str:
        """The edition it was learned under."""
        return str(self.about["edition"])

    def text(self) -> str:
        """The file, the same bytes for the same model."""
        whole = {
            **self.about,
            "kind": KIND,
            "format": FORMAT,
            "verdict": {"intercept": self.intercept, "weights": self.weights},
            "entries": {"first": self.first, "weights": self.entries},
            "moves": self.moves,
        }
        return json.dumps(whole, ensure_ascii=False, sort_keys=True, indent=1) + "\n"

    @property
    def version(self) -> str:
        """Twelve hex digits of the SHA-256 of the file."""
        return hashlib.sha256(self.text().encode()).hexdigest()[:12]


def read_model(path: Path, reference: Reference) -> Outcome[Model]:
    """A model, with a warning where the reference data have changed since. Raises Refused for a file that is not a model, is damaged or
    too large."""
    try:
        if path.stat().st_size > _LARGEST:
            _refuse(path.name, "size")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as bad:
        raise Refused(error("tag.model_unreadable", path.name, found=type(bad).__name__)) from bad
    model = parsed(text, where=path.name)
    changed: list[Problem] = []
    if model.about["reference"] != reference.fingerprint:
        changed.append(warning("tag.model_other_reference", path.name, edition=model.edition))
    return Outcome(model, tuple(changed))


def parsed(text: str, *, where: str) -> Model:
    """The model that a text holds; raises Refused for anything that ``--learn`` does not write."""
    try:
        whole = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as bad:
        raise Refused(error("tag.model_unreadable", where, found=type(bad).__name__)) from bad
    if not isinstance(whole, dict) or whole.get("kind") != KIND:
        _refuse(where, "kind")
    if set(whole) != set(_KEYS) or whole["format"] != FORMAT:
        _refuse(where, "format")
    verdict, entries = _block(whole, "verdict", ("intercept", "weights"), where), _block(whole, "entries", ("first", "weights"), where)
    texts = ("edition", "reference", "greenfin", "as_of")
    if not all(isinstance(whole[k], str) and len(whole[k]) <= _LONGEST_NAME for k in texts):
        _refuse(where, "edition")
    if not all(isinstance(whole[k], dict) for k in ("trained_on", "quality")) or not isinstance(entries["weights"], dict):
        _refuse(where, "trained_on")
    leaves = {_name(leaf, where): _weights(found, where) for leaf, found in entries["weights"].items()}
    if sum(map(len, leaves.values())) > _MOST_WEIGHTS:
        _refuse(where, "entries")
    return Model(
        intercept=_number(verdict["intercept"], where),
        weights=_weights(verdict["weights"], where),
        entries=leaves,
        first=_weights(entries["first"], where),
        moves={name: _threshold(value, where) for name, value in _block(whole, "moves", MOVES, where).items()},
        about={name: whole[name] for name in (*texts, "trained_on", "quality")},
    )


def _refuse(where: str, found: str) -> NoReturn:
    raise Refused(error("tag.model_wrong", where, found=found))


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError(len(pairs))
    return dict(pairs)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _block(whole: Mapping[str, Any], name: str, keys: Collection[str], where: str) -> dict[str, Any]:
    found = whole[name]
    if not isinstance(found, dict) or set(found) != set(keys):
        _refuse(where, name)
    return found


def _weights(found: object, where: str) -> dict[str, float]:
    if not isinstance(found, dict) or len(found) > _MOST_WEIGHTS:
        _refuse(where, "weights")
    return {_name(name, where): _number(value, where) for name, value in found.items()}


def _name(found: str, where: str) -> str:
    if not found or len(found) > _LONGEST_NAME:
        _refuse(where, "weights")
    return found


def _number(found: object, where: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) <= _HEAVIEST:  # nor nan
        _refuse(where, "weights")
    return float(found)


def _threshold(found: object, where: str) -> float | None:
    if found is None:
        return None
    value = _number(found, where)
    if not 0 < value < 1:
        _refuse(where, "moves")
    return value


@dataclass(frozen=True, slots=True)
class Moved:
    """What a model makes of cases: the verdict of each, whether the two entries changed places, how likely it is green, and the JSON
    that tells why (``{version, moved, green, weights}``; null where the model has no say)."""

    decision: Objects
    swapped: Flags
    green: Singles
    told: pa.Array

    def changed(self, said: Said) -> Flags:
        """The cases that are not as the tagger left them."""
        return np.asarray(self.swapped | (self.decision != said.decision), dtype=np.bool_)


def moved(model: Model, said: Said, *, activities: Mapping[str, Sequence[str]], green: Singles | None = None) -> Moved:
    """The cases after the model. Those a rule, a threshold or a person decided are as they were. ``green``: other probabilities than the
    model's own, for a trial."""
    features = tuple(sorted({*model.weights, *(f for found in model.entries.values() for f in found)}))
    cells = cells_of(said, features, activities=activities)
    weights = np.array([model.weights.get(f, 0.0) for f in features], dtype=np.float64)
    amounts = cells.value * weights[cells.feature]
    green = _sigmoid(model.intercept + _sums(cells, amounts, said.size)) if green is None else green
    heard = ~said.ruled & np.isin(said.reason.astype(str), OPEN)
    decision = _decision(model, said, green, heard=heard)
    lead, of_entries = _lead(model, said, cells, features)
    swap = model.moves["swap"]
    may = heard & (said.code != "") & (said.runner_up != "") & (decision != "not_green") & (said.decision != "not_green")
    swapped = np.asarray(may & (_sigmoid(-lead) >= (2.0 if swap is None else swap)), dtype=np.bool_)
    why = np.where((swapped & (decision == said.decision))[cells.case], of_entries, amounts)
    told = _told(model, said, Moved(decision, swapped, green, _nothing(0)), heard=heard, weights=_top(cells, why, features))
    return Moved(decision, swapped, green, told)


def _sums(cells: Cells, amounts: Singles, size: int) -> Singles:
    return np.bincount(cells.case, weights=amounts, minlength=size).astype(np.float64)


def _sigmoid(x: Singles) -> Singles:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), dtype=np.float64)


def _decision(model: Model, said: Said, green: Singles, *, heard: Flags) -> Objects:
    never = {"review_green": 2.0, "review_not_green": -1.0, "green_review": -1.0, "not_green_review": 2.0}
    at = {name: value if (value := model.moves[name]) is not None else never[name] for name in never}
    was, has_code, has_candidate = said.decision, said.code != "", said.runner_up != ""
    ways = [
        ((was == "review") & has_code & np.isin(said.reason.astype(str), ANSWERED) & (green >= at["review_green"]), "green"),
        ((was == "review") & (green <= at["review_not_green"]), "not_green"),
        ((was == "green") & (green <= at["green_review"]), "review"),
        ((was == "not_green") & has_candidate & (green >= at["not_green_review"]), "review"),
    ]
    found = np.select([heard & when for when, _ in ways], [np.array(then) for _, then in ways], default=was.astype(str))
    return np.asarray(found, dtype=object)


def _lead(model: Model, said: Said, cells: Cells, features: Sequence[str]) -> tuple[Singles, Singles]:
    """By how much each case's entry leads its runner-up, as log odds, and what each cell adds to that."""
    leaves = {leaf: n for n, leaf in enumerate(model.entries)}
    table = np.array([[found.get(f, 0.0) for f in features] for found in model.entries.values()], dtype=np.float64)
    table = np.vstack([table.reshape(len(leaves), len(features)), np.zeros((1, len(features)))])
    row, other = (np.array([leaves.get(c, len(leaves)) for c in codes], dtype=np.int64) for codes in (said.code, said.runner_up))
    amounts = (table[row[cells.case], cells.feature] - table[other[cells.case], cells.feature]) * cells.value
    own = model.first.get(FIRST, 0.0) + model.first.get(SCORE, 0.0) * (said.score - said.runner_up_score)
    return _sums(cells, amounts, said.size) + own, amounts


def _top(cells: Cells, amounts: Singles, features: Sequence[str]) -> pl.DataFrame:
    """For each case (``case``) the features that weigh most in it (``weights``: feature and weight), the heaviest first."""
    order = np.lexsort((cells.feature, -np.abs(amounts), cells.case))
    order = order[amounts[order] != 0]
    case = cells.case[order]
    kept = np.arange(len(case)) - np.searchsorted(case, case) < _TOLD
    names = pl.Series(features, dtype=pl.String).gather(cells.feature[order][kept])
    frame = pl.DataFrame({"case": case[kept], "feature": names, "weight": np.round(amounts[order][kept], 4)})
    return frame.group_by("case", maintain_order=True).agg(pl.struct("feature", "weight").alias("weights"))


def _nothing(size: int) -> pa.Array:
    return pa.nulls(size, pa.string())


def _told(model: Model, said: Said, found: Moved, *, heard: Flags, weights: pl.DataFrame) -> pa.Array:
    """What is told of each case, as JSON; null where the model has no say."""
    step = pl.when(pl.col("was") != pl.col("now")).then(pl.col("was") + "->" + pl.col("now"))
    swap = pl.when(pl.col("swapped")).then(pl.col("code") + "->" + pl.col("runner_up"))
    columns = {"was": said.decision, "now": found.decision, "code": said.code, "runner_up": said.runner_up}
    frame = pl.DataFrame({n: pl.Series(v, dtype=pl.String) for n, v in columns.items()}).with_columns(
        case=np.arange(said.size), swapped=found.swapped, heard=heard, green=np.round(found.green, 4), version=pl.lit(model.version)
    )
    moved = pl.concat_str(step, swap, separator=", ", ignore_nulls=True)
    whole = frame.join(weights, on="case", how="left", maintain_order="left").with_columns(
        moved=pl.when(moved != "").then(moved), weights=pl.col("weights").fill_null([])
    )
    told = pl.struct("version", "moved", "green", "weights").struct.json_encode()
    return whole.select(pl.when(pl.col("heard")).then(told)).to_series().to_arrow().cast(pa.string())

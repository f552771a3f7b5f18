"""A small model out of reviewers' decisions: logistic regressions over named features, held against decisions they were not fitted to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin._version import __version__
from greenfin.core.problems import Outcome, Problem, Refused, error, info
from greenfin.core.records import Book
from greenfin.reference.load import Reference
from greenfin.reference.words import read_words
from greenfin.tag.engine import tag
from greenfin.tag.features import (
    NUMBERS,
    Cells,
    Ints,
    Said,
    Singles,
    activity_words,
    cells_of,
    cleaned,
    machine_features,
    pieces,
    said_of,
    texts_of,
)
from greenfin.tag.measures import is_accepted
from greenfin.tag.model import FIRST, MOVES, OPEN, SCORE, Model, moved

Flags = NDArray[np.bool_]

NEEDED = 20  # distinct texts of each side, green and not green
_NEEDED_PAIRS = 20  # green decisions of which one of the two best entries is right
_FOLDS = 5
_STRENGTHS = (0.1, 0.3, 1.0)
_MOST_PIECES, _LEAST_TEXTS = 2_000, 3
_SMALLEST = 0.005
_OF_ENTRIES = ("text:", "activity:", "has_entry")  # what tells entries apart
_SURE = {
    "review_green": (0.95, 10),
    "review_not_green": (0.95, 10),
    "green_review": (0.5, 5),
    "not_green_review": (0.5, 5),
    "swap": (0.8, 5),
}


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learned from: what the tagger said of each decided loan, what people said, and which rows belong together (the same
    text but for figures, or the same project): those are never on both sides of a trial."""

    said: Said
    label: NDArray[np.object_]
    accepted: Sequence[tuple[str, ...]]
    groups: Ints
    activities: Mapping[str, Sequence[str]]

    @property
    def clear(self) -> Flags:
        """Rows decided green or not green."""
        return np.asarray(self.label != "review", dtype=np.bool_)


def learn(book: Book, labels: pa.Table, reference: Reference, *, edition: str) -> Outcome[Model]:
    """The model of the labels (schema ``labels``, row by row those of the book's loans) under an edition.

    The same input gives the same model. Raises Refused for decisions that are too few or all of one kind.
    """
    lesson = _lesson(book, labels, reference, edition=edition)
    files = [{"name": f.name, "role": f.role, "sha256": f.sha256, "size": f.size} for f in book.files]
    about = {"edition": edition, "reference": reference.fingerprint, "greenfin": __version__, "as_of": book.as_of.isoformat()}
    model = fitted(lesson, {**about, "trained_on": {"files": files, **_counts(lesson)}})
    few: list[Problem] = [] if model.entries else [info("tag.learn_no_entries", "", found=len(_pairs(lesson)), needed=_NEEDED_PAIRS)]
    return Outcome(model, tuple(few))


def fitted(lesson: Lesson, about: Mapping[str, Any]) -> Model:
    """The model of a lesson; ``about`` says what it was learned from. Raises Refused for a lesson that is too short or one-sided."""
    _refuse_too_few(lesson)
    features = _features(lesson)
    cells = cells_of(lesson.said, features, activities=lesson.activities)
    strength, tried = _tried(lesson, cells, features)
    intercept, weights = _fitted(cells, lesson, np.flatnonzero(lesson.clear), size=len(features), strength=strength)
    pairs = _pairs(lesson)
    entries, first, leads = _entries(lesson, tuple(f for f in features if f.startswith(_OF_ENTRIES)), pairs=pairs)
    moves = _moves(lesson, tried, pairs=pairs, leads=leads)
    kept = {f: w for f, w in zip(features, _rounded(weights), strict=True) if abs(w) >= _SMALLEST}
    model = Model(round(float(intercept), 4), kept, entries, first, moves, {**about, "quality": {}})
    return replace(model, about={**about, "quality": _quality(lesson, model, tried, strength=strength)})


def _lesson(book: Book, labels: pa.Table, reference: Reference, *, edition: str) -> Lesson:
    texts, where = texts_of(book.loans, book.projects)
    tags = tag(book, reference, editions=(edition,), raw=True).value
    accepted = [tuple(cell.split("/")) if cell else () for cell in labels["entries"].to_pylist()]
    label = np.array(labels["decision"].to_pylist(), dtype=object)
    groups = grouped(texts, where, book.loans["project_id"])
    words = read_words(reference.root / "taxonomy" / "words")
    return Lesson(said_of(tags, texts, where), label, accepted, groups, activity_words(words))


_FIGURES = re.compile(r"[\W\d_]+")


def grouped(texts: Sequence[str], where: Ints, projects: pa.ChunkedArray) -> Ints:
    """A number for each row: the same for rows whose texts differ in figures and signs only, and for rows of one project."""
    from scipy.sparse import coo_matrix  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    _, skeleton = np.unique(np.array([_FIGURES.sub("", text.casefold()) for text in texts], dtype=np.str_), return_inverse=True)
    text = skeleton.reshape(-1)[where]
    encoded = pc.fill_null(projects.combine_chunks().dictionary_encode().indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    size = len(where)
    nodes = np.where(encoded >= 0, encoded + size + len(texts), text + size)
    rows = np.concatenate([np.arange(size), np.arange(size)])
    links = coo_matrix((np.ones(2 * size), (rows, np.concatenate([text + size, nodes]))), shape=(2 * size + 2 * len(texts) + 1,) * 2)
    return np.asarray(connected_components(links, directed=False)[1][:size], dtype=np.int64)


def _refuse_too_few(lesson: Lesson) -> None:
    texts = {side: len(set(lesson.groups[lesson.label == side].tolist())) for side in ("green", "not_green")}
    if min(texts.values()) < NEEDED:
        raise Refused(error("tag.learn_too_few", "", n_green=texts["green"], n_not_green=texts["not_green"], needed=NEEDED))


def _features(lesson: Lesson) -> tuple[str, ...]:
    """The features that enough distinct texts have: pieces of text the commonest first, activities, what the tagger said."""
    rows = np.flatnonzero(lesson.clear)
    held = {int(lesson.said.where[r]): int(lesson.groups[r]) for r in rows}
    seen: dict[str, set[int]] = {}
    texts = cleaned(lesson.said.texts).to_list()
    for text, group in held.items():
        for piece in set(pieces(texts[text])):
            seen.setdefault(piece, set()).add(group)
    common = sorted(((len(g), p) for p, g in seen.items() if len(g) >= _LEAST_TEXTS), key=lambda one: (-one[0], one[1]))
    names = [f"text:{piece}" for _, piece in common[:_MOST_PIECES]] + [f"activity:{name}" for name in lesson.activities]
    for name, column in machine_features(lesson.said).items():
        if name in NUMBERS:
            names.append(name)
            continue
        counts = Counter(str(v) for v in column[rows] if v)
        names += [f"{name}:{value}" for value, n in sorted(counts.items()) if n >= _LEAST_TEXTS]
    return tuple(names)


def _matrix(cells: Cells, rows: int, size: int) -> Any:
    from scipy.sparse import csr_matrix

    return csr_matrix((cells.value, (cells.case, cells.feature)), shape=(rows, size))


def _fitted(cells: Cells, lesson: Lesson, rows: Ints, *, size: int, strength: float) -> tuple[float, Singles]:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    wanted = lesson.label[rows] == "green"
    if wanted.all() or not wanted.any():
        return (10.0 if wanted.all() else -10.0), np.zeros(size, dtype=np.float64)
    fit = LogisticRegression(C=strength, max_iter=2_000, tol=1e-6).fit(_matrix(cells, lesson.said.size, size)[rows], wanted)
    return float(fit.intercept_[0]), np.asarray(fit.coef_[0], dtype=np.float64)


def _tried(lesson: Lesson, cells: Cells, features: Sequence[str]) -> tuple[float, Singles]:
    """The strength that does best on decisions it was not fitted to, and how likely it then thinks each of them green."""
    losses = []
    for strength in _STRENGTHS:
        likely = _held_out(lesson, cells, size=len(features), strength=strength)
        losses.append((_log_loss(lesson, likely), strength, likely))
    _, strength, likely = min(losses, key=lambda one: (round(one[0], 6), one[1]))
    return strength, likely


def _held_out(lesson: Lesson, cells: Cells, *, size: int, strength: float) -> Singles:
    from sklearn.model_selection import StratifiedGroupKFold  # type: ignore[import-untyped]

    table = _matrix(cells, lesson.said.size, size)
    likely = np.zeros(lesson.said.size, dtype=np.float64)
    folds = StratifiedGroupKFold(n_splits=_FOLDS, shuffle=True, random_state=0)
    for known, unseen in folds.split(np.zeros(lesson.said.size), lesson.label == "green", lesson.groups):
        intercept, weights = _fitted(cells, lesson, known[lesson.clear[known]], size=size, strength=strength)
        likely[unseen] = 1 / (1 + np.exp(-(intercept + table[unseen] @ weights)))
    return likely


def _log_loss(lesson: Lesson, likely: Singles) -> float:
    from sklearn.metrics import log_loss  # type: ignore[import-untyped]

    return float(log_loss(lesson.label[lesson.clear] == "green", np.clip(likely[lesson.clear], 1e-6, 1 - 1e-6)))


def _pairs(lesson: Lesson) -> Ints:
    """Green decisions of which exactly one of the two best entries is an accepted one."""
    said = lesson.said
    both = (lesson.label == "green") & (said.code != "") & (said.runner_up != "")
    rows = [
        r for r in np.flatnonzero(both).tolist() if lesson.accepted[r] and _right(lesson, r, said.code) != _right(lesson, r, said.runner_up)
    ]
    return np.array(rows, dtype=np.int64)


def _right(lesson: Lesson, row: int, codes: NDArray[np.object_]) -> bool:
    return is_accepted(str(codes[row]), lesson.accepted[row])


Leaves = Mapping[str, Mapping[str, float]]


def _entries(lesson: Lesson, features: Sequence[str], *, pairs: Ints) -> tuple[Leaves, Mapping[str, float], Singles]:
    """Weights by leaf from the pairs, and how likely the runner-up of each pair is held for right by a fit that did not see it."""
    wrong = np.array([not _right(lesson, r, lesson.said.code) for r in pairs], dtype=np.bool_)
    if len(pairs) < _NEEDED_PAIRS or wrong.sum() < _SURE["swap"][1]:
        return {}, {}, np.zeros(len(pairs), dtype=np.float64)
    leaves = sorted({str(c) for r in pairs for c in (lesson.said.code[r], lesson.said.runner_up[r])})
    cells = cells_of(lesson.said, features, activities=lesson.activities)
    table = _differences(lesson, cells, features, pairs=pairs, leaves=leaves)
    likely = np.zeros(len(pairs), dtype=np.float64)
    for known, unseen in _pair_folds(lesson, pairs):
        likely[unseen] = 1 / (1 + np.exp(table[unseen] @ _pair_weights(table[known], wrong[known])))
    weights = _rounded(_pair_weights(table, wrong))
    size = len(features)
    found = {
        leaf: {features[n]: w for n, w in enumerate(weights[at * size : (at + 1) * size]) if abs(w) >= _SMALLEST}
        for at, leaf in enumerate(leaves)
    }
    return {leaf: held for leaf, held in found.items() if held}, {FIRST: weights[-2], SCORE: weights[-1]}, likely


def _pair_folds(lesson: Lesson, pairs: Ints) -> Any:
    from sklearn.model_selection import GroupKFold

    groups = lesson.groups[pairs]
    splits = min(_FOLDS, len(set(groups.tolist())))
    return GroupKFold(n_splits=splits).split(np.zeros(len(pairs)), groups=groups) if splits > 1 else ()


def _differences(lesson: Lesson, cells: Cells, features: Sequence[str], *, pairs: Ints, leaves: Sequence[str]) -> Any:
    """Pairs by (leaf, feature): the features of the case for its entry, less those for its runner-up; then the tagger's choice and lead."""
    from scipy.sparse import csr_matrix, hstack

    said, size = lesson.said, len(features)
    whole = _matrix(cells, said.size, size)[pairs].tocoo()
    place = {leaf: n for n, leaf in enumerate(leaves)}
    row = np.concatenate([whole.row, whole.row])
    of = [np.array([place[c] for c in codes[pairs]], dtype=np.int64)[whole.row] for codes in (said.code, said.runner_up)]
    column = np.concatenate([of[0] * size + whole.col, of[1] * size + whole.col])
    value = np.concatenate([whole.data, -whole.data])
    both = csr_matrix((value, (row, column)), shape=(len(pairs), size * len(leaves)))
    own = np.stack([np.ones(len(pairs)), said.score[pairs] - said.runner_up_score[pairs]], axis=1)
    return hstack([both, csr_matrix(own)]).tocsr()


def _pair_weights(table: Any, wrong: Flags) -> Singles:
    """Weights under which the right one of each pair leads."""
    from scipy.sparse import vstack
    from sklearn.linear_model import LogisticRegression

    fit = LogisticRegression(C=0.3, fit_intercept=False, max_iter=2_000, tol=1e-6)
    fit.fit(vstack([table, -table]), np.concatenate([~wrong, wrong]))
    return np.asarray(fit.coef_[0], dtype=np.float64)


def _rounded(weights: Singles) -> list[float]:
    return [round(float(w), 4) + 0.0 for w in weights]


def _moves(lesson: Lesson, likely: Singles, *, pairs: Ints, leads: Singles) -> dict[str, float | None]:
    """From which probability each move would have been right often enough on decisions the model had not seen."""
    said = lesson.said
    heard = ~said.ruled & np.isin(said.reason.astype(str), OPEN)
    green, not_green = lesson.label == "green", lesson.label == "not_green"
    review = heard & (said.decision == "review")
    swapped = np.array([_right(lesson, r, said.runner_up) for r in pairs], dtype=np.bool_)
    asked: dict[str, tuple[Singles, Flags, bool]] = {
        "review_green": (likely[review & (said.code != "")], green[review & (said.code != "")], True),
        "review_not_green": (likely[review], not_green[review], False),
        "green_review": (likely[heard & (said.decision == "green")], ~green[heard & (said.decision == "green")], False),
        "not_green_review": (likely[(of := heard & (said.decision == "not_green") & (said.runner_up != ""))], ~not_green[of], True),
        "swap": (leads, swapped, True),
    }
    return {name: _from(*asked[name], *_SURE[name]) for name in MOVES}


def _from(likely: Singles, right: Flags, upwards: bool, sure: float, least: int) -> float | None:
    """The probability from which enough moves are right: half way from the weakest of those to the next weaker case (not below a half);
    None where there are too few to say."""
    strength = likely if upwards else 1 - likely
    order = np.argsort(-strength, kind="stable")
    ranked, count = strength[order], np.arange(1, len(order) + 1)
    rate = np.cumsum(right[order]) / count
    following = np.append(ranked[1:], 0.5)[: len(ranked)]
    fine = np.flatnonzero((following < ranked) & (rate >= sure) & (count >= least) & (ranked >= 0.5))
    if not len(fine):
        return None
    last = fine[-1]
    half_way = round(float(np.clip((ranked[last] + max(following[last], 0.5)) / 2, 0.5, 0.999)), 3)
    return half_way if upwards else round(1 - half_way, 3)


def _counts(lesson: Lesson) -> dict[str, int]:
    counts = {side: int((lesson.label == side).sum()) for side in ("green", "not_green", "review")}
    return {"rows": lesson.said.size, "texts": len(set(lesson.groups.tolist())), **counts}


def _quality(lesson: Lesson, model: Model, likely: Singles, *, strength: float) -> dict[str, object]:
    """How well it does on decisions it was not fitted to: of the probabilities, and of the verdicts before and after its moves."""
    from sklearn.metrics import brier_score_loss, roc_auc_score

    clear, green = lesson.clear, lesson.label[lesson.clear] == "green"
    after = moved(model, lesson.said, activities=lesson.activities, green=likely).decision
    return {
        "folds": _FOLDS,
        "strength": strength,
        "roc_auc": round(float(roc_auc_score(green, likely[clear])), 4),
        "brier": round(float(brier_score_loss(green, likely[clear])), 4),
        "log_loss": round(_log_loss(lesson, likely), 4),
        "before": _verdicts(lesson, lesson.said.decision),
        "after": _verdicts(lesson, after),
    }


def _verdicts(lesson: Lesson, decision: NDArray[np.object_]) -> dict[str, int]:
    decided, clear = decision != "review", lesson.clear
    right = decision == lesson.label
    return {"right": int((right & clear).sum()), "wrong": int((decided & ~right).sum()), "review": int((~decided).sum())}

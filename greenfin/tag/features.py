"""What a learned model looks at: pieces of the text, words of activity, and what the tagger itself said. Every feature has a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.reference.words import GAP, TagWords
from greenfin.tag.packed import rows_of

Ints = NDArray[np.int64]
Singles = NDArray[np.float64]
Objects = NDArray[np.object_]

NUMBERS = ("score", "runner_up_score", "margin", "has_entry")
_LONGEST = 4
_NOT_WORDS, _LATIN = r"[^a-z\x{3400}-\x{9fff}]+", "[a-z]+"
_HAN_RUN, _LATIN_RUN = re.compile(r"[\u3400-\u9fff]+"), re.compile(_LATIN)


@dataclass(frozen=True, slots=True)
class Said:
    """What the tagger said of each case, before a model: ``texts`` are distinct, ``where`` the text of each case; ``code`` and
    ``runner_up`` are "" where there is none; ``ruled``: a rule, a threshold or the like decided, not the words."""

    texts: Sequence[str]
    where: Ints
    decision: Objects
    code: Objects
    runner_up: Objects
    score: Singles
    runner_up_score: Singles
    reason: Objects
    ruled: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """How many cases."""
        return len(self.where)


@dataclass(frozen=True, slots=True)
class Cells:
    """The filled cells of a table of cases by features: for each its case, its feature and its value, ordered by case."""

    case: Ints
    feature: Ints
    value: Singles


def cleaned(texts: Iterable[str]) -> pl.Series:
    """Texts as pieces are looked for in them: folded, Latin words between blanks, without figures and signs.

    >>> cleaned(["新建50MW光伏PV电站"]).to_list()
    [' 新建 mw 光伏 pv 电站 ']
    """
    folded = pl.Series(texts, dtype=pl.String).str.normalize("NFKC").str.to_lowercase().str.replace_all(_NOT_WORDS, " ")
    return (" " + folded.str.replace_all(_LATIN, " $0 ") + " ").str.replace_all(" +", " ")


def pieces(text: str) -> Iterator[str]:
    """The pieces of a cleaned text: two to four Chinese characters in a row, and Latin words with the blanks around them."""
    for run in _HAN_RUN.findall(text):
        for size in range(2, _LONGEST + 1):
            yield from (run[at : at + size] for at in range(len(run) - size + 1))
    yield from (f" {word} " for word in _LATIN_RUN.findall(text) if len(word) > 1)


def activity_words(words: TagWords) -> Mapping[str, tuple[str, ...]]:
    """The words of each activity of the reference data, as they are looked for."""
    groups = [g for g in words.groups.values() if g.kind == "activity"]
    return {g.id: tuple(_sought([w for w in (*g.zh, *g.en) if GAP not in w])) for g in groups}


def _sought(words: Sequence[str]) -> Iterator[str]:
    for text in cleaned(words):
        if text.strip():
            yield text.strip() if _HAN_RUN.search(text) else text


def text_cells(said: Said, features: Sequence[str], *, activities: Mapping[str, Sequence[str]]) -> Cells:
    """Which pieces and activities of ``features`` stand in the text of each case."""
    sought = [(f.removeprefix("text:"), n) for n, f in enumerate(features) if f.startswith("text:")]
    named = [(f.removeprefix("activity:"), n) for n, f in enumerate(features) if f.startswith("activity:")]
    sought += [(word, n) for name, n in named for word in activities.get(name, ())]
    if not sought or not said.texts:
        return _no_cells()
    means = pl.DataFrame(sought, schema={"word": pl.String, "feature": pl.Int64}, orient="row")
    texts = pl.DataFrame({"text": cleaned(said.texts)}).with_row_index("at")
    hits = texts.select("at", word=pl.col("text").str.extract_many(list(dict.fromkeys(word for word, _ in sought)), overlapping=True))
    found = hits.explode("word").drop_nulls().join(means, on="word").select(pl.col("at").cast(pl.Int64), "feature").unique()
    flat = found.sort("at", "feature")
    rows = rows_of(flat["at"].to_numpy(), len(said.texts))
    case, at = rows.expand(said.where)
    return Cells(case, flat["feature"].to_numpy()[at], np.ones(len(case), dtype=np.float64))


def _no_cells() -> Cells:
    return Cells(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float64))


def machine_features(said: Said) -> Mapping[str, Objects | Singles]:
    """What the tagger said as named columns: texts become features ``reason:tag.doubtful``, numbers features of their own name."""
    entry = np.where(said.code == "", said.runner_up, said.code)
    has_entry = (entry != "").astype(np.float64)
    return {
        "decision": said.decision,
        "reason": said.reason,
        "entry": entry,
        "class": np.array([str(code).split(".", 1)[0] for code in entry], dtype=object),
        "score": said.score,
        "runner_up_score": said.runner_up_score,
        "margin": (said.score - said.runner_up_score) * has_entry,
        "has_entry": has_entry,
    }


def machine_cells(said: Said, features: Sequence[str]) -> Cells:
    """The cells of what the tagger said."""
    place = {name: n for n, name in enumerate(features)}
    parts: list[Cells] = []
    every = np.arange(said.size, dtype=np.int64)
    for name, column in machine_features(said).items():
        if name in NUMBERS:
            at = np.full(said.size, place.get(name, -1), dtype=np.int64)
            value = np.asarray(column, dtype=np.float64)
        else:
            distinct, which = np.unique(column.astype(str), return_inverse=True)
            at = np.array([place.get(f"{name}:{text}", -1) for text in distinct], dtype=np.int64)[which.reshape(-1)]
            value = np.ones(said.size, dtype=np.float64)
        kept = (at >= 0) & (value != 0)
        parts.append(Cells(every[kept], at[kept], value[kept]))
    return joined(parts)


def joined(parts: Iterable[Cells]) -> Cells:
    """Several sets of cells as one, ordered by case and feature."""
    held = list(parts) or [_no_cells()]
    case, feature, value = (np.concatenate([getattr(p, name) for p in held]) for name in ("case", "feature", "value"))
    order = np.lexsort((feature, case))
    return Cells(case[order], feature[order], value[order])


def cells_of(said: Said, features: Sequence[str], *, activities: Mapping[str, Sequence[str]]) -> Cells:
    """All filled cells of the cases by ``features``."""
    return joined([text_cells(said, features, activities=activities), machine_cells(said, features)])


def said_of(tags: pa.Table, texts: Sequence[str], where: Ints) -> Said:
    """What the machine's ``tags`` (schema ``tags``, scores as the tagger gave them) say of each row, whose text is ``texts[where]``."""
    code, runner_up, rule = (np.array([v or "" for v in tags[c].to_pylist()], dtype=object) for c in ("code", "runner_up", "rule"))
    score, runner_up_score = (pc.fill_null(tags[c], 0).to_numpy().astype(np.float64) for c in ("score", "runner_up_score"))
    decision, reason = (np.array(tags[c].to_pylist(), dtype=object) for c in ("decision", "reason"))
    return Said(texts, where, decision, code, runner_up, score, runner_up_score, reason, rule != "")


def texts_of(loans: pa.Table, projects: pa.Table) -> tuple[list[str], Ints]:
    """The distinct texts of loans, purpose and project together, and which of them each loan has."""
    rows = pc.index_in(loans["project_id"], value_set=projects["project_id"].combine_chunks(), skip_nulls=True)
    about = [pc.fill_null(pc.take(projects[name], rows), "") for name in _PROJECT_TEXTS]
    whole = pc.binary_join_element_wise(pc.fill_null(loans["purpose"], ""), *about, " ")
    joined_up = pa.chunked_array(whole) if isinstance(whole, pa.Array) else whole
    encoded = joined_up.combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


_PROJECT_TEXTS = ("project_name", "content", "green_cert")

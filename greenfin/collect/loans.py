"""What is missing of loans: the columns that a tag or a figure of theirs rests on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.collect.ask import Ask, masked, shortened
from greenfin.core.problems import Problem, warning
from greenfin.core.records import Book
from greenfin.ingest.answers import fillable, seal
from greenfin.ingest.codes import is_uscc
from greenfin.ingest.vocabulary import mark, plain, words_of

Flags = NDArray[np.bool_]
SUBJECT = ("loan_id", "branch_code", "customer_name", "balance_fen", "project_id")
_VAGUE = ("tag.no_text", "tag.weak_words", "tag.name_only")
_WHOLE_COLUMN = ("customer_uscc", "class5", "rate_ppm", "start_on", "due_on", "region_use")
_FEW = 20
_OLD_CODES = (9, 15)


def relevant(book: Book, tags: pa.Table) -> Flags:
    """The loans that are green, may be, or are so to the bank."""
    decision = per_loan(book, tags, "decision")
    own = pc.fill_null(book.loans["bank_green"], False).to_numpy(zero_copy_only=False).astype(np.bool_)
    found: Flags = np.isin(decision, ("green", "review")) | own
    return found


def per_loan(book: Book, tags: pa.Table, column: str, at: NDArray[np.int64] | None = None) -> NDArray[np.object_]:
    """A column of the tags over the loans of the book, or over some of them (None: no tag)."""
    ids = book.loans["loan_id"].combine_chunks()
    places = pc.index_in(ids if at is None else ids.take(pa.array(at)), value_set=tags["loan_id"].combine_chunks())
    found = np.empty(len(places), dtype=object)
    found[:] = tags[column].combine_chunks().take(places).to_pylist()
    return found


def loan_asks(book: Book, tags: pa.Table, *, with_names: bool) -> tuple[list[Ask], list[Problem]]:
    """The questions about loans, and columns that the whole book lacks: those the head office must deliver itself."""
    wanted = relevant(book, tags)
    asks: list[Ask] = []
    problems: list[Problem] = []
    for column, find in _FINDERS.items():
        reasons = find(book, tags)
        hit = wanted & (reasons != "")
        if column in _WHOLE_COLUMN and book.loans.num_rows > _FEW and book.loans[column].null_count == book.loans.num_rows:
            if hit.any():
                problems.append(warning("collect.column_absent", "", columns=column, count=int(hit.sum())))
            continue
        asks.extend(_asks(book, tags, column, reasons, np.flatnonzero(hit), with_names=with_names))
    return asks, problems


def _asks(book: Book, tags: pa.Table, column: str, reasons: NDArray[np.str_], at: NDArray[np.int64], *, with_names: bool) -> Iterator[Ask]:
    names = list(dict.fromkeys((*SUBJECT, column)))
    rows = book.loans.select(names).take(pa.array(at)).to_pylist()
    codes, entries, english = (per_loan(book, tags, name, at) for name in ("code", "name_zh", "name_en"))
    of, known = fillable()["loans", column], borrowers(book)
    for row, reason, code, zh, en in zip(rows, reasons[at].tolist(), codes, entries, english, strict=True):
        name, value = row["customer_name"] or "", row[column]
        shown = "" if value is None else str(value)
        yield Ask(
            branch=row["branch_code"] or "",
            sheet="loans",
            key=row["loan_id"],
            subject=name if with_names else masked(name),
            target="loans",
            field=column,
            reason=reason,
            serves={"code": code or "", "name_zh": zh or "", "name_en": en or ""},
            is_required=of.is_required,
            was=shortened(shown if with_names else covered(shown, (name, *known.get(row["project_id"], ())))),
            seal=seal(value),
            balance_fen=row["balance_fen"] or 0,
        )


def covered(text: str, names: Iterable[str]) -> str:
    """A text in which borrowers' names are masked, the longest first."""
    for name in sorted({name for name in names if len(name) > 1}, key=len, reverse=True):
        text = text.replace(name, masked(name))
    return text


def borrowers(book: Book) -> Mapping[str, tuple[str, ...]]:
    """The names of all who borrowed for a project, by project."""
    pairs = book.loans.select(["project_id", "customer_name"]).drop_null().group_by(["project_id", "customer_name"]).aggregate([])
    found: dict[str, tuple[str, ...]] = {}
    for project, name in zip(pairs["project_id"].to_pylist(), pairs["customer_name"].to_pylist(), strict=True):
        found[project] = (*found.get(project, ()), name)
    return found


def _of(size: int, *cases: tuple[object, str]) -> NDArray[np.str_]:
    """For each loan the reason of the first case that holds; ``""`` where none does."""
    when = [_flags(mask, size) for mask, _ in cases]
    found: NDArray[np.str_] = np.select(when, [np.array(word) for _, word in cases], default=np.array("")).astype("U12")
    return found


def _flags(mask: object, size: int) -> Flags:
    if isinstance(mask, np.ndarray):
        return mask
    found: Flags = np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
    return found if found.size else np.zeros(size, np.bool_)


def _told(column: pa.ChunkedArray, test: Callable[[str], bool]) -> Flags:
    """For each row whether its text passes a test; each distinct text is tested once."""
    encoded = pa.chunked_array([column.combine_chunks().dictionary_encode()])
    texts = encoded.combine_chunks()
    hits = [test(text or "") for text in texts.dictionary.to_pylist()]
    if not hits:
        return np.zeros(len(column), np.bool_)
    return _flags(pa.array(hits, pa.bool_()).take(texts.indices), len(column))


def matches(book: Book, words: str) -> Flags:
    """Whether product or kind holds one of a list of words."""
    pattern = re.compile("|".join(map(re.escape, words_of(words))), re.IGNORECASE)
    product, kind = (_told(book.loans[name], lambda text: bool(pattern.search(plain(text)))) for name in ("product", "kind"))
    return product | kind


def _purpose(book: Book, tags: pa.Table) -> NDArray[np.str_]:
    purpose, least = book.loans["purpose"], fillable()["loans", "purpose"].least
    described = _has_content(book)
    missing = _flags(pc.is_null(purpose), book.loans.num_rows) & ~described
    generic = _told(purpose, lambda text: re.sub(r"\W+$", "", plain(text)) in mark("generic_purposes")) & ~described
    short = _told(purpose, lambda text: 0 < len(text.strip()) < least) & ~described
    vague = np.isin(per_loan(book, tags, "reason"), _VAGUE) & (per_loan(book, tags, "decision") == "review")
    vague &= ~missing
    return _of(book.loans.num_rows, (missing, "missing"), (generic, "general"), (short, "short"), (vague, "vague"))


def _has_content(book: Book) -> Flags:
    """Loans whose project is described well enough to stand for their purpose."""
    least = fillable()["projects", "content"].least
    projects = book.projects.filter(pc.greater_equal(pc.fill_null(pc.utf8_length(book.projects["content"]), 0), least))
    return _flags(pc.is_in(book.loans["project_id"], value_set=projects["project_id"].combine_chunks()), book.loans.num_rows)


def _industry(book: Book, _tags: pa.Table) -> NDArray[np.str_]:
    return _of(book.loans.num_rows, (pc.is_null(book.loans["industry_use"]), "missing"))


def _uscc(book: Book, _tags: pa.Table) -> NDArray[np.str_]:
    codes, size = book.loans["customer_uscc"], book.loans.num_rows
    person = matches(book, "retail_word") | _told(book.loans["industry_use"], lambda text: text in set(words_of("industry_kept").values()))
    bad = _told(codes, lambda text: bool(text) and not is_uscc(text) and len(text) not in _OLD_CODES)
    missing = _flags(pc.is_null(codes), size) & ~person
    return _of(size, (bad, "invalid"), (missing, "missing"))


def _project(book: Book, _tags: pa.Table) -> NDArray[np.str_]:
    missing = _flags(pc.is_null(book.loans["project_id"]), book.loans.num_rows) & matches(book, "project_word")
    return _of(book.loans.num_rows, (missing, "missing"))


def _empty(column: str) -> Callable[[Book, pa.Table], NDArray[np.str_]]:
    return lambda book, _tags: _of(book.loans.num_rows, (pc.is_null(book.loans[column]), "missing"))


def _region(book: Book, _tags: pa.Table) -> NDArray[np.str_]:
    alone = pc.and_(pc.is_null(book.loans["region_use"]), pc.is_null(book.loans["project_id"]))
    return _of(book.loans.num_rows, (alone, "missing"))


_FINDERS: dict[str, Callable[[Book, pa.Table], NDArray[np.str_]]] = {
    "purpose": _purpose,
    "industry_use": _industry,
    "customer_uscc": _uscc,
    "project_id": _project,
    "class5": _empty("class5"),
    "rate_ppm": _empty("rate_ppm"),
    "start_on": _empty("start_on"),
    "due_on": _empty("due_on"),
    "region_use": _region,
}

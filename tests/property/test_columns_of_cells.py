"""A column kept as an array says of each cell what the cell says by itself, and a text that is sure needs no second look."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.book import AS_OF, make
from greenfin.ingest.arrays import Cells, as_array
from greenfin.ingest.batches import LOANS
from greenfin.ingest.blocks import find_block
from greenfin.ingest.cells import distinct, is_blank, read_cells, read_encoded
from greenfin.ingest.codes import READERS
from greenfin.ingest.dates import read_date, sure_days
from greenfin.ingest.files import parquet_column, read_grids
from greenfin.ingest.grids import CellValue
from greenfin.ingest.headers import is_header_word
from greenfin.ingest.loans import read_loans
from greenfin.ingest.numbers import money_reader, sure_amounts
from greenfin.ingest.rows import _is_note, _is_total
from greenfin.ingest.sure import KNOWN, unlisted
from greenfin.ingest.vocabulary import aliases, mark, starts

LABELS = {word for name in ("note_starts", "total_starts", "total_ends") for word in starts(name)}
WORDS = sorted({*mark("blank"), *mark("total_is"), *LABELS, *list(aliases())[::40]})
NUMBERED = ["13812345678", "0571-8765 4321", "2025年", "110101199003070011", "91350100M000100Y43", "91350100M000100Y44", "JJ00000012"]
SIGNS = ["#REF!", "＃", " ", "　", "\t", "_", "（", ")", "。", "Ａ", "①", "x"]
PIECES = [*WORDS, *NUMBERED, *SIGNS, "合 计", "小　计", "第12页", "第 3 页", "page7", "借据", "光伏发电项目", "有限公司"]
TEXTS = st.one_of(st.sampled_from(PIECES), st.lists(st.sampled_from(PIECES), max_size=4).map("".join), st.text(max_size=12))
NUMBERS = st.one_of(st.none(), st.floats(width=64), st.integers(0, 10**9).map(lambda fen: fen / 100))
DAYS = st.one_of(st.none(), st.dates())


@given(st.lists(st.one_of(st.none(), TEXTS), max_size=30), TEXTS, st.booleans())
def test_distinct_texts_are_those_of_the_list(texts: list[str | None], header: str, coded: bool) -> None:
    array = pa.chunked_array([pa.array(texts, pa.string())])
    cells = parquet_column(header, array.dictionary_encode() if coded else array)
    values, codes = distinct([header, *texts])
    assert isinstance(cells, Cells)
    found, places = cells.distinct()
    assert (list(found), places.tolist(), list(cells), cells[1:]) == (values, codes.tolist(), [header, *texts], texts)


@given(st.lists(TEXTS, min_size=1, max_size=12), st.sampled_from(sorted(KNOWN)))
def test_what_is_known_of_a_text_is_what_its_reader_says(texts: list[str], kind: str) -> None:
    for text, known in zip(texts, KNOWN[kind](pa.array(texts, pa.string())).to_pylist(), strict=True):
        if known is not None:
            assert not text.startswith("#")
            read = READERS[kind](text)
            assert (read.value, read.problem) == (known, None)


@given(st.lists(TEXTS, min_size=1, max_size=12))
def test_a_text_that_is_plainly_no_word_of_a_list_is_none(texts: list[str]) -> None:
    for text, sure in zip(texts, unlisted(pa.array(texts, pa.string())).tolist(), strict=True):
        if sure:
            assert not any(test(text) for test in (is_blank, _is_total, _is_note, is_header_word))


def test_the_tests_are_about_texts_that_are_sure() -> None:
    texts = pa.array(["浙江某某光伏发电有限公司", "合计光伏发电项目合同", "贷款余额一二三四五六", "注1：光伏发电项目合同"])
    assert unlisted(texts).tolist() == [True, False, False, False]
    assert KNOWN["text"](texts).to_pylist()[:3] == texts.to_pylist()[:3]
    assert KNOWN["uscc"](pa.array(["91350100M000100Y43", "91350100M000100Y44"])).to_pylist() == ["91350100M000100Y43", None]
    assert KNOWN["free"](pa.array(["光伏发电项目13812345678", "光伏发电项目2025"])).to_pylist() == [None, "光伏发电项目2025"]


@given(st.lists(NUMBERS, max_size=12), st.lists(DAYS, max_size=12))
def test_known_numbers_and_days_are_those_of_their_readers(numbers: list[float | None], days: list[date | None]) -> None:
    array = pa.array(numbers, pa.float64(), from_pandas=False)
    known = sure_amounts(Cells((), array), unit="CNY")
    assert known is not None
    for cell, fen in zip(numbers, known.to_pylist(), strict=True):
        assert fen is None or money_reader("CNY")(cell).value == fen
    found = sure_days(Cells((), pa.array(days, pa.date32())))
    assert found is not None
    for day, kept in zip(days, found.to_pylist(), strict=True):
        assert kept is None or read_date(day).value == kept


@given(st.lists(st.one_of(st.none(), TEXTS), max_size=20))
def test_a_column_reads_as_its_list(texts: list[str | None]) -> None:
    values, codes = Cells((), pa.array(texts, pa.string())).distinct()
    one = read_encoded(values, codes, READERS["id"], dtype=pa.string(), known=KNOWN["id"](values.texts()))
    other = read_cells(texts, READERS["id"], dtype=pa.string())
    assert one.values.equals(other.values)
    assert [(rows.tolist(), said) for rows, said in one.faults] == [(rows.tolist(), said) for rows, said in other.faults]


def _with_odd_rows(path: Path) -> Path:
    """The made-up book with headers, totals and unreadable cells among its rows."""
    table = pq.read_table(path)
    odd: dict[str, list[CellValue]] = {name: [None] * 6 for name in table.column_names}
    odd["借据号"] = ["借据号", "合计", "JJ1", "1.2E+15", None, "91350100M000100Y43"]
    odd["客户名称"] = ["客户名称", None, " 某　甲 ", "#REF!", "制表人", "张三"]
    odd["客户编号"] = ["客户编号", None, "110101199003070011", "-", None, "C1"]
    odd["贷款用途"] = ["贷款用途", None, "13812345678", "……", None, "张三购车"]
    odd["贷款类型"] = ["贷款类型", None, None, "个人消费贷款", None, "个人消费贷款"]
    odd["贷款余额"] = [None, 12.5, float("nan"), 1e19, None, 0.125]
    odd["放款日"] = [None, None, date(1, 1, 1), date(1900, 1, 1), None, date(2024, 5, 1)]
    rows = pa.table({name: pa.array(cells, table.schema.field(name).type) for name, cells in odd.items()})
    pq.write_table(pa.concat_tables([table.slice(0, 700), rows, table.slice(700)]), path)
    return path


@pytest.mark.parametrize("dirt", [False, True])
def test_a_book_reads_as_if_every_cell_were_looked_at(tmp_path: Path, dirt: bool) -> None:
    path = make(tmp_path, loans=2000).loans
    (grid,) = read_grids(_with_odd_rows(path) if dirt else path).value
    listed = type(grid)(grid.file, grid.sheet, [list(column) for column in grid.columns])
    assert any(isinstance(column, Cells) for column in grid.columns)
    read = []
    for each in (grid, listed):
        block = find_block(each, wanted=(LOANS,))
        assert block is not None
        read.append(read_loans(block, as_of=AS_OF, industries={}))
    assert read[0].value.equals(read[1].value)
    assert read[0].problems == read[1].problems
    assert len(read[0].problems) > (10 if dirt else 0)


NUMBERS_BELOW = st.lists(st.one_of(st.just(""), st.none(), st.floats(allow_nan=False)))
ANYTHING = st.lists(st.one_of(st.none(), TEXTS, st.floats(allow_nan=False), st.dates(), st.booleans(), st.integers(0, 9)))


@given(st.lists(TEXTS, max_size=2), st.one_of(ANYTHING, NUMBERS_BELOW, st.lists(DAYS), st.lists(TEXTS)))
def test_a_list_as_an_array_holds_the_same_cells(top: list[str], below: list[CellValue]) -> None:
    cells = [*top, *below]
    found = list(as_array(cells))
    assert [*map(type, found)] == [type(None) if kept is None else type(cell) for cell, kept in zip(cells, found, strict=True)]
    assert all(kept == cell or (kept is None and cell == "") for cell, kept in zip(cells, found, strict=True))

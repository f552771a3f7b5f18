"""Texts to tag that are hard to read: each is told at its place, and the others go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenfin.core.problems import Outcome, Refused
from greenfin.ingest import read_labelled, read_texts
from greenfin.messages import tell

WIND, SUN = "风电场建设", "光伏电站"


def read(path: Path, raw: bytes, *, column: str | None = None) -> tuple[dict[str, str | None], list[tuple[str, str]]]:
    """Texts by id, and (code, where) of what is said about them."""
    path.write_bytes(raw)
    found: Outcome = read_texts(path, column=column)
    texts = dict(zip(found.value["loan_id"].to_pylist(), found.value["purpose"].to_pylist(), strict=True))
    return texts, [(p.code, p.where) for p in found.problems]


def table(*lines: str) -> str:
    return "\n".join(("借据号,贷款用途", *lines)) + "\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_one_encoding_is_read_without_a_word(tmp_path: Path, codec: str) -> None:
    texts, problems = read(tmp_path / "a.csv", table(f"1,{WIND}", f"2,{SUN}").encode(codec))
    assert texts == {"1": WIND, "2": SUN}
    assert problems == []


def test_a_purpose_keeps_its_outer_blanks(tmp_path: Path) -> None:
    """Evidence is given by places in the text as it was handed in."""
    texts, problems = read(tmp_path / "a.csv", table(f"1,　 {WIND} ", f'2,"\t{SUN}"').encode())
    assert texts == {"1": f"　 {WIND} ", "2": f"\t{SUN}"}
    assert problems == []


def test_lines_are_counted_without_the_end_of_the_last(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(table(f"1,{WIND}").encode() + f"2,{SUN}\n".encode("gbk"))
    (told,) = read_texts(path).problems
    assert dict(told.params)["of"] == 3


def test_lines_of_two_encodings_are_read_each_in_its_own_and_told(tmp_path: Path) -> None:
    raw = table(f"1,{WIND}").encode("gbk") + f"2,{SUN}\n3,联通\n".encode() + "4,联通\n".encode("gbk")
    texts, problems = read(tmp_path / "a.csv", raw)
    assert texts == {"1": WIND, "2": SUN, "3": "联通", "4": "联通"}
    assert problems == [("ingest.encoding_mixed", "a.csv:1")]


def test_a_line_that_no_encoding_reads_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    many = table(*(f"{n},{WIND}" for n in range(1, 41))).encode()
    texts, problems = read(tmp_path / "a.csv", many + b"41,\xff\xff\xff\n" + f"42,{SUN}\n".encode())
    assert texts["40"] == WIND
    assert texts["42"] == SUN
    assert ("ingest.encoding_line", "a.csv:42") in problems


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read(tmp_path / "a.csv", b"\x81\xff,\xff\n" * 20)
    assert refused.value.problem.code == "ingest.encoding_unknown"


def test_a_text_of_ten_megabytes_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    raw = table(f'1,"{SUN * 900_000}"', f"2,{WIND}").encode()
    assert len(raw) > 10_000_000
    texts, problems = read(tmp_path / "a.csv", raw)
    assert texts == {"1": None, "2": WIND}
    assert problems == [("ingest.purpose_too_long", "a.csv!B2")]


def test_a_text_of_the_longest_cell_is_read(tmp_path: Path) -> None:
    longest = SUN * (32_767 // len(SUN))
    texts, problems = read(tmp_path / "a.csv", table(f"1,{longest}").encode())
    assert texts == {"1": longest}
    assert problems == []


@pytest.mark.parametrize(
    ("text", "code"), [("", "ingest.purpose_missing"), ("🎉🎉", "ingest.purpose_wordless"), ("……", "ingest.purpose_wordless")]
)
def test_a_purpose_that_says_nothing_stays_and_is_told(tmp_path: Path, text: str, code: str) -> None:
    texts, problems = read(tmp_path / "a.csv", table(f"1,{text}", f"2,{WIND}").encode())
    assert texts == {"1": None, "2": WIND}
    assert problems == [(code, "a.csv!B2")]


def test_a_missing_column_is_told_with_the_headers_that_are_there(tmp_path: Path) -> None:
    for column, code in ((None, "ingest.no_text_column"), ("投向", "ingest.text_column_missing")):
        with pytest.raises(Refused) as refused:
            read(tmp_path / "a.csv", "借据号,乙\n1,2\n".encode(), column=column)
        assert refused.value.problem.code == code
        assert refused.value.problem.params["headers"] == "借据号 B"


def test_the_headers_of_a_file_are_told_as_they_are_written(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read(tmp_path / "a.csv", b"name,amount\n1,2\n")
    assert "amount" in tell(refused.value.problem, "zh")


def test_a_code_counts_under_its_own_catalogue_only(tmp_path: Path) -> None:
    path = tmp_path / "labelled.csv"
    head = "text,label_catalogue,label_code,green\n"
    path.write_text(head + "风电场,green-finance-2025,4.2.1,1\n光伏,green-industry-2019,3.2.2,1\n水电站,,4.2.4,1\n", encoding="utf-8")
    codes = ("4.2.1", "3.2.2", "4.2.4")
    labels = read_labelled(path, entries=codes, editions=("green-finance-2025",)).value.labels
    assert labels["entries"].to_pylist() == ["4.2.1", None, None]
    assert read_labelled(path, entries=codes).value.labels["entries"].to_pylist() == [None, None, None]

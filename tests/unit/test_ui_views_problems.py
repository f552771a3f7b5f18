"""Problems as the front end shows them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from greenfin.core.problems import Refused
from greenfin.messages import say
from greenfin.ui.views import problems as of_problems
from greenfin.ui.views.problems import Listed, groups, kinds, listed, number_of, problems, severities


@pytest.fixture
def found(tmp_path: Path) -> Listed:
    rows = [("info", "run.already_there", f"book.xlsx!loans!A{i}", "alt", {"folder": i}) for i in range(30)]
    rows += [("warning", "cli.bad_date", "book.xlsx!loans!K7", "alt", {"found": "2025-13-01"})]
    rows += [("error", "other.version", "'=x", "as it was written then", {})]
    rows += [("error", "cli.not_one_of", "y", "as it was written then", {"found": "z"})]
    with (tmp_path / "problems.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["severity", "code", "where", "message", "params"])
        writer.writerows([*row[:4], json.dumps(row[4])] for row in rows)
    return listed(tmp_path)


def test_groups_count_every_problem_errors_first(found: Listed) -> None:
    assert [(g.severity, g.code, g.count) for g in groups(found, "zh")] == [
        ("error", "cli.not_one_of", 1),
        ("error", "other.version", 1),
        ("warning", "cli.bad_date", 1),
        ("info", "run.already_there", 30),
    ]


def test_words_follow_the_language_of_the_reader(found: Listed) -> None:
    for lang in ("zh", "en"):
        (line,) = problems(found, lang, code="cli.bad_date").lines  # type: ignore[arg-type]  # both are Lang
        assert line.words == say("cli.bad_date", lang, found="2025-13-01")  # type: ignore[arg-type]
        assert line.where == "book.xlsx!loans!K7"


def test_words_of_another_version_stand_as_they_were_written(found: Listed) -> None:
    assert {line.words for line in problems(found, "en", severity="error").lines} == {"as it was written then"}


def test_addresses_lose_the_apostrophe_that_guards_the_file(found: Listed) -> None:
    assert [line.where for line in problems(found, "zh", code="other.version").lines] == ["=x"]


def test_pages_give_every_problem_once(found: Listed) -> None:
    seen: list[str] = []
    start: int | None = 0
    while start is not None:
        page = problems(found, "zh", severity="info", start=start, size=7)
        seen += [line.where for line in page.lines]
        start = page.span.after
    assert seen == [f"book.xlsx!loans!A{i}" for i in range(30)]
    counted = number_of(groups(found, "zh"), "info")
    assert counted == 30
    assert f" · {counted}" in severities(groups(found, "zh"))["info"]
    assert all(f"{one} · " in words for one, words in kinds(groups(found, "zh"), "info").items())


def test_errors_come_first_and_the_rest_in_the_order_of_the_file(found: Listed) -> None:
    seen: list[tuple[str, str]] = []
    start: int | None = 0
    while start is not None:
        page = problems(found, "zh", start=start, size=2)
        seen += [(line.severity, line.where) for line in page.lines]
        start = page.span.after
    infos = [("info", f"book.xlsx!loans!A{i}") for i in range(30)]
    assert seen == [("error", "=x"), ("error", "y"), ("warning", "book.xlsx!loans!K7"), *infos]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"severity,code,where,message,params\nterrible,a.b,,,{}\n", b"a,b\n1,2\n"])
def test_a_damaged_file_is_refused_in_words(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "problems.csv").write_bytes(content)
    with pytest.raises(Refused) as refused:
        listed(tmp_path)
    assert refused.value.problem.code == "run.damaged"


def test_a_row_of_several_lines_is_one_problem(tmp_path: Path) -> None:
    said = ["first", "two\nlines", 'a "quoted"\r\nword', "last"]
    rows = [("warning" if at else "info", "other.version", f"a{at}", words, "{}") for at, words in enumerate(said)]
    with (tmp_path / "problems.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([("severity", "code", "where", "message", "params"), *rows])
    for block in (3, 1 << 24):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(of_problems, "_BLOCK", block)
            lines = problems(listed(tmp_path), "zh").lines
        assert [line.words for line in lines] == [*said[1:], said[0]]


def test_a_run_without_problems_has_an_empty_list(tmp_path: Path) -> None:
    (tmp_path / "problems.csv").write_text("severity,code,where,message,params\r\n", "utf-8-sig", newline="")
    found = listed(tmp_path)
    assert (groups(found, "zh"), problems(found, "zh").lines) == ((), ())


def test_a_file_that_changed_after_it_was_listed_is_refused(found: Listed) -> None:
    found.path.write_text("severity,code,where,message,params\n", "utf-8-sig")
    with pytest.raises(Refused) as refused:
        problems(found, "zh")
    assert refused.value.problem.code == "run.damaged"

"""Problems as the front end shows them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from greenfin.core.problems import Refused
from greenfin.messages import say
from greenfin.ui.views.problems import counts, groups, kinds, number_of, problems, severities


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [("info", "run.already_there", f"book.xlsx!loans!A{i}", "alt", {"folder": i}) for i in range(30)]
    rows += [("warning", "cli.bad_date", "book.xlsx!loans!K7", "alt", {"found": "2025-13-01"})]
    rows += [("error", "other.version", "'=x", "as it was written then", {})]
    rows += [("error", "cli.not_one_of", "y", "as it was written then", {"found": "z"})]
    with (tmp_path / "problems.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["severity", "code", "where", "message", "params"])
        writer.writerows([*row[:4], json.dumps(row[4])] for row in rows)
    return tmp_path


def test_groups_count_every_problem_errors_first(folder: Path) -> None:
    found = groups(folder, "zh")
    assert [(g.severity, g.code, g.count) for g in found] == [
        ("error", "cli.not_one_of", 1),
        ("error", "other.version", 1),
        ("warning", "cli.bad_date", 1),
        ("info", "run.already_there", 30),
    ]


def test_words_follow_the_language_of_the_reader(folder: Path) -> None:
    for lang in ("zh", "en"):
        (line,) = problems(folder, lang, code="cli.bad_date").lines  # type: ignore[arg-type]  # both are Lang
        assert line.words == say("cli.bad_date", lang, found="2025-13-01")  # type: ignore[arg-type]
        assert line.where == "book.xlsx!loans!K7"


def test_words_of_another_version_stand_as_they_were_written(folder: Path) -> None:
    assert {line.words for line in problems(folder, "en", severity="error").lines} == {"as it was written then"}


def test_addresses_lose_the_apostrophe_that_guards_the_file(folder: Path) -> None:
    assert [line.where for line in problems(folder, "zh", code="other.version").lines] == ["=x"]


def test_pages_give_every_problem_once(folder: Path) -> None:
    seen: list[str] = []
    start: int | None = 0
    while start is not None:
        found = problems(folder, "zh", severity="info", start=start, size=7)
        seen += [line.where for line in found.lines]
        start = found.span.after
    assert seen == [f"book.xlsx!loans!A{i}" for i in range(30)]
    counted = number_of(groups(folder, "zh"), "info")
    assert counted == 30
    assert f" · {counted}" in severities(groups(folder, "zh"))["info"]
    assert all(f"{one} · " in words for one, words in kinds(groups(folder, "zh"), "info").items())
    of = counts(groups(folder, "zh"), "info")
    assert problems(folder, "zh", severity="info", size=7, of=of) == problems(folder, "zh", severity="info", size=7)


def test_errors_come_first_and_the_rest_in_the_order_of_the_file(folder: Path) -> None:
    seen: list[tuple[str, str]] = []
    start: int | None = 0
    while start is not None:
        found = problems(folder, "zh", start=start, size=2, of=counts(groups(folder, "zh")))
        seen += [(line.severity, line.where) for line in found.lines]
        start = found.span.after
    infos = [("info", f"book.xlsx!loans!A{i}") for i in range(30)]
    assert seen == [("error", "=x"), ("error", "y"), ("warning", "book.xlsx!loans!K7"), *infos]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"severity,code,where,message,params\nterrible,a.b,,,{}\n", b"a,b\n1,2\n"])
def test_a_damaged_file_is_refused_in_words(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "problems.csv").write_bytes(content)
    with pytest.raises(Refused) as refused:
        groups(tmp_path, "zh")
    assert refused.value.problem.code == "run.damaged"

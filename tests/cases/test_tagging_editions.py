"""The same kinds of purposes under each edition: what it holds is found, what it left out is not green.

The texts are the project's own; labels were written before the engine saw them.
"""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.tag import tag


def lines_of(name: str) -> list[dict[str, str]]:
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


ROWS = lines_of("tagging_editions.csv")
EDITIONS = sorted(load().catalogues)


def tagged(texts: list[str], edition: str) -> list[dict[str, Any]]:
    loans = table_of("loans", [{"loan_id": str(n), "receipt_no": str(n), "purpose": text} for n, text in enumerate(texts)])
    return list(tag(Book(as_of=date(2025, 12, 31), loans=loans), load(), editions=(edition,)).value.to_pylist())


@cache
def of_edition(edition: str) -> list[tuple[dict[str, str], dict[str, Any]]]:
    rows = [row for row in ROWS if row["edition"] == edition]
    return list(zip(rows, tagged([row["text"] for row in rows], edition), strict=True))


@cache
def of_kinds(edition: str) -> list[tuple[dict[str, str], dict[str, Any]]]:
    rows = lines_of("tagging_kinds.csv")
    return list(zip(rows, tagged([row["text"] for row in rows], edition), strict=True))


@pytest.mark.parametrize("edition", EDITIONS)
def test_decisions(edition: str) -> None:
    wrong = [(row["text"], row["decision"], t["decision"], t["rule"]) for row, t in of_edition(edition) if row["decision"] != t["decision"]]
    assert wrong == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_entries(edition: str) -> None:
    wrong = [(row["text"], row["entry"], t["code"], t["rule"]) for row, t in of_edition(edition) if row["entry"] not in ("", t["code"])]
    assert wrong == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_code_is_a_leaf_of_its_edition_or_a_class_that_says_so(edition: str) -> None:
    entries = load().catalogues[edition].entries
    classes = [t for _, t in of_kinds(edition) if t["code"] and not entries[t["code"]].is_leaf]
    assert [t["needs"] for t in classes if "leaf_open" not in t["needs"]] == []
    assert len([t for t in classes if t["decision"] == "green"]) <= 0.02 * len(of_kinds(edition))


@pytest.mark.parametrize("edition", EDITIONS)
def test_wind_and_sun_are_green_everywhere(edition: str) -> None:
    plain = [(r, t) for r, t in of_kinds(edition) if r["decision"] == "green" and r["entry"] in ("4.2.1", "4.2.2")]
    assert len(plain) > 20
    assert [r["text"] for r, t in plain if t["decision"] == "not_green"] == []
    assert Counter(t["decision"] for _, t in plain)["green"] >= 0.95 * len(plain)


@pytest.mark.parametrize("edition", ["green-bond-2021", "cerf", "eu-taxonomy", "green-finance-2025"])
def test_coal_is_green_nowhere_where_it_was_removed(edition: str) -> None:
    texts = [
        *("新建2×66万千瓦燃煤发电机组", "燃煤机组灵活性改造", "煤电机组供热改造", "煤炭清洁高效利用", "煤炭洗选厂建设", "煤制油项目"),
        *("660 MW supercritical coal unit", "井工煤矿开采", "燃煤电厂超低排放改造和新建机组"),
    ]
    assert [(text, t["rule"]) for text, t in zip(texts, tagged(texts, edition), strict=True) if t["decision"] == "green"] == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_what_is_ordinary_is_green_nowhere(edition: str) -> None:
    ordinary = [(r, t) for r, t in of_kinds(edition) if r["decision"] == "not_green" and not any(w in r["text"].lower() for w in GAS)]
    assert [(r["text"], t["code"], t["rule"]) for r, t in ordinary if t["decision"] == "green"] == []


GAS = ("天然气", "lng", "natural gas", "加气")  # transport and storage of gas is an entry of 2019, 2020, 2021 and 2024

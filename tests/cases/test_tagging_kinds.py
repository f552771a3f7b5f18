"""Texts of the kinds a bank meets (loan purposes, key-project lists, EIA notices, registry titles, loans abroad, coal units, reports).

The texts are the project's own, in the manner of their kind; labels were written before the engine saw them. ``entry`` may
name several leaves where a reviewer would accept each. The bounds are those the tagger must hold on texts never seen.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.tag import tag

with Path(__file__).with_name("tagging_kinds.csv").open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines))
KINDS = sorted({r["kind"] for r in ROWS})
LOOSE = "report sentence"


@cache
def tagged() -> list[tuple[dict[str, str], dict[str, Any]]]:
    loans = table_of("loans", [{"loan_id": str(n), "receipt_no": str(n), "purpose": r["text"]} for n, r in enumerate(ROWS)])
    tags = tag(Book(as_of=date(2025, 12, 31), loans=loans), load(), editions=("green-finance-2025",)).value.to_pylist()
    return list(zip(ROWS, tags, strict=True))


def clear(kind: str) -> list[tuple[dict[str, str], dict[str, Any]]]:
    return [(r, t) for r, t in tagged() if r["kind"] == kind and r["decision"] != "review"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_is_not_green_comes_out_green(kind: str) -> None:
    wrong = [(r["text"], t["code"], t["rule"]) for r, t in clear(kind) if r["decision"] == "not_green" and t["decision"] == "green"]
    assert not wrong


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_plainly_green_is_found(kind: str) -> None:
    green = [t["decision"] for r, t in clear(kind) if r["decision"] == "green"]
    assert green.count("not_green") <= 0.02 * len(green)


def test_few_clear_cases_are_asked_about() -> None:
    found = [t["decision"] for kind in KINDS if kind != LOOSE for _, t in clear(kind)]
    assert found.count("review") <= 0.05 * len(found)


def test_questions_do_not_come_out_green() -> None:
    asked = [t for r, t in tagged() if r["decision"] == "review"]
    green = [t for t in asked if t["decision"] == "green"]
    assert len(green) <= 0.05 * len(asked)
    assert all(t["score"] <= 0.9 for t in green)
    assert sum(t["decision"] == "review" for t in asked) >= 0.9 * len(asked)


def test_the_leaf_is_right() -> None:
    green = [(r, t) for r, t in tagged() if r["decision"] == t["decision"] == "green" and r["entry"]]
    leaf = [t["code"] in r["entry"].split("/") for r, t in green]
    top = [t["code"].split(".")[0] in {e.split(".")[0] for e in r["entry"].split("/")} for r, t in green]
    assert sum(leaf) >= 0.95 * len(leaf)
    assert sum(top) >= 0.98 * len(top)

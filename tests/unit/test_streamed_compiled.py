"""A book of many loans in parts: compiled code reads its texts, to the same bytes; processes are fewer where that takes their memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from greenfin import tag
from greenfin.pipeline import Files, Options
from greenfin.reference.load import load
from greenfin.streamed import saving, workers
from greenfin.streamed.plan import Plan, planned
from greenfin.streamed.run import run
from greenfin.streamed.spool import Spool
from greenfin.tag import compiled
from tests.streamed_books import AS_OF, write_book


def plan_of(folder: Path, loans: int, at_once: int) -> Plan:
    files = Files(tuple(write_book(folder, loans=loans, projects=8, seed=4)))
    return planned(files, Options(policy="working"), as_of=AS_OF, at_once=at_once)


def test_texts_of_parts_are_read_by_compiled_code_where_the_book_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, reference, ways, made = plan_of(tmp_path / "book", 90, 30), load().whole(), [], tag.tag

    def tagged(*given: Any, way: str, **asked: Any) -> Any:
        ways.append(way)
        return made(*given, way=way, **asked)

    def files_of(name: str) -> dict[str, bytes]:
        spool = Spool(tmp_path / name / "work")
        spool.begin({}, resume=False)
        result = run(plan, spool, reference=reference, advance=lambda *_: None)
        saving.save(result, tmp_path / name / "run")
        return {str(p.relative_to(tmp_path / name)): p.read_bytes() for p in (tmp_path / name / "run").rglob("*") if p.is_file()}

    monkeypatch.setattr(tag, "tag", tagged)
    in_columns = files_of("columns")
    monkeypatch.setattr(compiled, "_PAYS", plan.rows)
    assert files_of("compiled") == in_columns
    assert ways == [""] * 4 + ["compiled"] * 3 + [""]  # last of all what has no rows


def test_what_is_compiled_takes_memory_in_each_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(tmp_path / "book", 30, 3)
    monkeypatch.setattr(workers, "_PAYS", 1)
    monkeypatch.setattr(workers, "processors", lambda: 4)
    monkeypatch.setattr(workers, "available", lambda: 1_400_000_000)
    assert workers.how_many(plan) == 3
    monkeypatch.setattr(compiled, "_PAYS", plan.rows)
    assert workers.how_many(plan) == 2

"""Every command that writes something, over a book whose names are marks that stand nowhere else and whose texts would act if they could.

What came of it: the files in the order they were made, what each command said, and the store.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl import load_workbook
from openpyxl.cell.cell import MergedCell
from typer.testing import CliRunner

from greenfin import example
from greenfin.cli.main import app
from greenfin.collect.columns import FIRST_ROW
from greenfin.store import people, sessions
from greenfin.store.opening import open_store
from tests.collected import sheet_rows
from tests.people_of_a_bank import SECRET, cheap_hashing

AS_OF = "2025-12-31"
HEAD = 4
NAME = "隐名客商"  # with a number after it: a borrower of this test and of nothing else
PERSON = "密某某"
ID_NUMBER, PHONE = "110101199003078515", "13812345678"
ACTING = (
    *("=cmd|'/C calc EVIL'!A0", "+1+EVIL", "@SUM(EVIL)", "-2+EVIL", "\t=EVIL", "\r=EVIL", "\n=EVIL", "＝EVIL()", " =EVIL", "'=EVIL"),
    *('=HYPERLINK("http://example.invalid/EVIL","x")', "＋EVIL", "－EVIL", "＠EVIL"),
)
SQL = "'; DROP TABLE tags; --\"%s ? :x $1 {0} \\"


@dataclass
class Flow:
    """What the commands left: their words by command line, and everything on disk."""

    folder: Path
    store: Path
    said: dict[str, str] = field(default_factory=dict)
    given: set[Path] = field(default_factory=set)
    receipts: list[str] = field(default_factory=list)

    def made(self, *endings: str) -> list[Path]:
        """The files that the commands made, of these endings."""
        found = sorted(p for p in self.folder.rglob("*") if p.is_file() and p not in self.given)
        return [p for p in found if not endings or p.suffix in endings]


def marked_book(path: Path, *, acting: bool) -> Path:
    """The example's book under other names; where ``acting``, with texts that would act in a spreadsheet."""
    book = openpyxl.load_workbook(example.files().books[0])
    sheet = book["借据台账"]
    column = {str(cell.value): cell.column for cell in sheet[HEAD]}
    for n, at in enumerate(range(HEAD + 1, sheet.max_row + 1)):
        if sheet.cell(at, column["客户名称"]).value is None:
            continue
        is_person = "个人" in str(sheet.cell(at, column["贷款类型"]).value)
        _put(sheet.cell(at, column["客户名称"]), f"{PERSON}{n:03d}" if is_person else f"{NAME}{n:03d}有限公司")
        _put(sheet.cell(at, column["备注"]), f"联系人{PERSON}{n:03d}，身份证{ID_NUMBER}，电话{PHONE}")
        if is_person:
            _put(sheet.cell(at, column["统一社会信用代码"]), ID_NUMBER)
        if acting and n % 3 == 0:
            text = ACTING[n // 3 % len(ACTING)]
            for title in ("产品名称", "机构名称", "合同号"):
                _put(sheet.cell(at, column[title]), text)
            _put(sheet.cell(at, column["贷款用途"]), f"{text} {sheet.cell(at, column['贷款用途']).value}")
        if acting and n % 29 == 7:
            for title in ("贷款余额", "放款日", "五级分类"):
                _put(sheet.cell(at, column[title]), ACTING[n % len(ACTING)])
    if acting:
        projects = book["项目台账"]
        for n, at in enumerate(range(5, projects.max_row + 1)):
            _put(projects.cell(at, 2), f"{ACTING[n % len(ACTING)]} {projects.cell(at, 2).value}")
            _put(projects.cell(at, 10), ACTING[n % len(ACTING)])
    book.save(path)
    return path


def _put(cell: Any, text: str) -> None:
    if not isinstance(cell, MergedCell):
        cell.value = text
        cell.data_type = "s"


def walked(folder: Path, *, acting: bool = True) -> Flow:
    """The whole flow in a folder."""
    flow = Flow(folder, folder / "store")
    with pytest.MonkeyPatch.context() as patch, _open_mask():
        patch.chdir(folder)
        tokens = _people(flow.store, patch)

        def say(who: str, *words: object, exits: Sequence[int] = (0, 1)) -> str:
            patch.setenv("GREENFIN_TOKEN", tokens[who])
            result = CliRunner().invoke(app, [str(word) for word in words])
            assert isinstance(result.exception, SystemExit | None), (words, result.exception)
            assert result.exit_code in exits, (words, result.output)
            flow.said[f"{len(flow.said):02d} {' '.join(map(str, words))}"] = result.stdout + result.stderr
            return result.stdout

        _walk(flow, say, acting)
    return flow


@contextmanager
def _open_mask() -> Iterator[None]:
    """Nothing is kept from others unless the program says so."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def _people(place: Path, patch: pytest.MonkeyPatch) -> dict[str, str]:
    cheap_hashing(patch)
    store = open_store(place)
    people.add_first_admin(store, "root", SECRET)
    tokens = {"root": sessions.log_in(store, "root", SECRET).token}
    admin = sessions.actor_of(store, tokens["root"])
    for name, role in (("wang", "maker"), ("li", "checker"), ("zhao", "esg"), ("shen", "auditor")):
        people.add_user(store, admin, name, role=role, branches=("*",), password="first words of a user")  # noqa: S106
        people.change_password(store, name, "first words of a user", SECRET)
        tokens[name] = sessions.log_in(store, name, SECRET).token
    store.engine.dispose()
    return tokens


def _walk(flow: Flow, say: Any, acting: bool) -> None:
    folder, place = flow.folder, ("--store", flow.store)
    book, before = folder / "given" / "book.xlsx", folder / "given" / "before.xlsx"
    book.parent.mkdir()
    marked_book(book, acting=acting)
    marked_book(before, acting=acting)
    paper = folder / "given" / ("=EVIL 'x'.pdf" if acting else "paper.pdf")
    paper.write_text("#!/bin/sh\ntouch ran\n")
    paper.chmod(0o777)
    texts = folder / "given" / "texts.csv"
    texts.write_text("编号,用途\n" + "\n".join(f'{n},"{t} 建设光伏电站"' for n, t in enumerate(_clean())), "utf-8")
    bank = example.files().bank
    day, reason = ("--as-of", AS_OF), ACTING[0] + SQL
    flow.given |= {book, before, paper, texts}
    say("wang", "ingest", book, *day, "--marked", folder / "marked", "--save-mapping", folder / "mapping.yaml")
    say("wang", "ingest", book, *day, "--json")
    say("wang", "run", book, *day, "--bank", bank, "--policy", "working", "--report-lang", "both", "--out", folder / "run")
    say("wang", "run", book, *day, "--policy", "working", "--out", folder / "run2", "--json")
    say("wang", "tag", texts, "--text", "用途", "--out", folder / "tagged.csv")
    say("wang", "tag", texts, "--text", "用途", "--out", folder / "tagged.xlsx")
    say("wang", "tag", book, "--out", folder / "tagged-book.xlsx", *day)
    say("wang", "collect", book, *day, "--out", folder / "collect")
    _answered(flow)
    for name in ("merged.csv", "merged.xlsx"):
        say("wang", "collect", "--merge", *sorted((folder / "answered").glob("*.xlsx")), "--out", folder / name)
    say("wang", "roll-forward", before, book, "--opening-as-of", "2024-12-31", "--closing-as-of", AS_OF, "--out", folder / "rolled")
    editions = ("--from", "green-industry-2019", "--to", "green-finance-2025")
    say("wang", "retag", book, *day, *editions, "--out", folder / "retagged")
    say("wang", "review", "import", book, *day, *place)
    rows = json.loads(say("wang", "review", "list", "--decision", "green", "--limit", "400", "--json", *place))["rows"]
    flow.receipts = [row["receipt"] for row in rows[:12]]
    first, second = flow.receipts[:2]
    say("wang", "review", "list", "--limit", "400", *place)
    for receipt in flow.receipts:
        say("wang", "review", "propose", receipt, "--reason", reason, *place)
        say("li", "review", "approve", receipt, "--reason", reason, *place)
    say("wang", "review", "evidence", "add", paper, "--kind", "certificate", "--receipt", first, "--valid-to", "2025-12-31", *place)
    say("wang", "review", "evidence", "list", first, *place)
    say("wang", "review", "show", first, *place)
    say("wang", "review", "withdraw", second, "--cause", "other", "--on", AS_OF, "--reason", reason, *place)
    say("li", "review", "return", second, "--reason", reason, *place)
    for name in ("decisions.csv", "decisions.xlsx", "decisions.parquet"):
        say("li", "review", "export", "--out", folder / name, "--as-of", "2099-12-31", *place)
    strict = (*day, "--policy", "strict", "--decisions", folder / "decisions.xlsx", "--out", folder / "strict")
    say("wang", "run", book, *strict)
    say("zhao", "review", "report", folder / "strict", *place)
    say("wang", "review", "submit", folder / "strict", "--reason", reason, *place)
    say("zhao", "review", "check", folder / "strict", "--reason", reason, *place)
    say("zhao", "review", "publish", folder / "strict", "--kind", "report", "--where", reason, *place)
    say("zhao", "review", "watch", *day, *place)
    say("zhao", "review", "watch", *day, "--json", *place)
    say("zhao", "review", "freeze", reason[:40], *place)
    say("wang", "dossier", first, "--run", folder / "strict", "--out", folder / "dossier.pdf")
    say("wang", "dossier", first, "--run", folder / "strict", "--out", folder / "dossier2.pdf", "--json")
    say("wang", "why", folder / "run", "T01!green_balance.current")
    say("wang", "verify", folder / "run")
    say("shen", "audit", "list", "--json", *place)
    say("shen", "audit", "verify", *place, exits=(0,))
    say("root", "user", "list", *place)
    say("root", "db", "backup", folder / "backup.zip", *place)
    say("root", "db", "backup", folder / "backup", *place)
    say("root", "db", "restore", folder / "backup.zip", "--store", folder / "restored")


def _clean() -> list[str]:
    return [text.replace('"', '""') for text in ACTING]


def _answered(flow: Flow) -> None:
    """The branches' workbooks filled in: every entry takes a text that would act."""
    (flow.folder / "answered").mkdir()
    for path in sorted((flow.folder / "collect").rglob("*.xlsx")):
        book = load_workbook(path)
        for sheet in book.worksheets[1:]:
            if sheet.sheet_state != "visible":
                continue
            for n, cells in enumerate(sheet_rows(sheet).values()):
                for name in ("answer", "basis", "remark", "note"):
                    if name in cells:
                        _put(cells[name], ACTING[n % len(ACTING)].strip())
            assert FIRST_ROW
        book.save(flow.folder / "answered" / path.name)
        flow.given.add(flow.folder / "answered" / path.name)

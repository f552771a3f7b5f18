"""Texts made to hurt, from the book to every document: formulas, markup, controls, endless words. They stay texts everywhere."""

from __future__ import annotations

import csv
import json
import stat
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from greenfin import pipeline, run_folder
from greenfin.cli.session import harmless
from greenfin.explain import why
from greenfin.ui.frame import markup
from greenfin.verify import verify
from tests import run_made

HOSTILE = {
    "formula": "=cmd|'/C calc'!A0",
    "plus": "+1+1",
    "sum": "@SUM(A1:A9)",
    "minus": "-2+3",
    "tab": "\t=1+1",
    "link": '=HYPERLINK("http://example.invalid","x")',
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "report markup": "<b>x</b><font color=red>y</font>&amp;&lt;<para><a href='file:///etc/passwd'>z</a>",
    "open tag": "</para><b",
    "controls": "光伏\x01\x1b[31m\x7f电站",
    "direction": "\u202e光伏\u202c\u2066x\u2069",
    "emoji": "光伏☀️🌞👩‍🌾",
    "format": "{0.__class__} %s %n {found}",
    "long": "建设光伏发电站" * 1500,
    "newlines": "光伏\r\n电站\n\n",
}
DOCUMENTS = ("problems.csv", "run.json")


def hostile_book(path: Path, text: str) -> Path:
    """Each column that takes words holds the text; a second loan has it where a figure or a day should be."""
    clean = "".join(sign for sign in text if sign >= " " or sign in "\t\r\n")  # the workbook format takes no others
    words = dict.fromkeys(("客户名称", "贷款用途", "产品名称", "合同号"), clean)
    figures = {"贷款余额（元）": clean, "发放日": clean, "五级分类": clean, "贷款投向行业": clean}
    return run_made.book(path, words, figures, project={"项目名称": clean, "建设状态": clean})


@pytest.mark.parametrize("text", list(HOSTILE.values()), ids=list(HOSTILE))
def test_a_book_full_of_it(tmp_path: Path, text: str) -> None:
    result = run_made.computed(hostile_book(tmp_path / "book.xlsx", text))
    folder = run_folder.save(result, tmp_path / "run").folder
    assert verify(folder).same
    _no_cell_acts(folder)
    with (folder / "problems.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert not [value for line in csv.reader(stream) for value in line if value[:1] in tuple("=+-@\t\r")]
    assert json.loads((folder / "run.json").read_text("utf-8"))["run"]
    purposes = pq.read_table(folder / "loans.parquet")["purpose"].to_pylist()
    assert len(purposes) == 2
    why(result, "T01!green_balance.current")


def _no_cell_acts(folder: Path) -> None:
    made = openpyxl.load_workbook(folder / "disclosure.xlsx")
    formulas = [c.value for sheet in made.worksheets for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert not [f for f in formulas if any(sign in str(f) for sign in ("|", "HYPERLINK", "SUM(A1:A9)"))]
    for path in (folder / "tables").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            values = [value for line in csv.reader(stream) for value in line]
        assert not [v for v in values if v[:1] in tuple("=+@\t\r") or (v[:1] == "-" and not _is_number(v))]


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


@pytest.mark.parametrize("name", list(HOSTILE))
def test_the_name_of_the_bank_in_every_document(tmp_path: Path, name: str) -> None:
    bank = tmp_path / "bank.yaml"
    bank.write_text(json.dumps({"name_zh": HOSTILE[name][:2000], "name_en": HOSTILE[name][:2000]}, ensure_ascii=True), "utf-8")
    reference = run_made.load()
    files = pipeline.Files((run_made.book(tmp_path / "book.xlsx"),), bank=bank)
    inputs = pipeline.read(files, as_of=run_made.AS_OF, reference=reference)
    result = pipeline.compute(inputs, run_made.OPTIONS, reference=reference)
    folder = run_folder.save(result, tmp_path / "run").folder
    _no_cell_acts(folder)
    assert (folder / "disclosure.pdf").read_bytes().startswith(b"%PDF")
    assert b"/URI" not in (folder / "disclosure.pdf").read_bytes()


@pytest.mark.parametrize("text", list(HOSTILE.values()), ids=list(HOSTILE))
def test_markup_of_the_pages_is_escaped(text: str) -> None:
    for made in (markup.paragraph(text, "x"), markup.facts([(text, text)]), markup.listing([text], [[text]]), markup.chip(text, text)):
        assert "<script" not in made
        assert "<img" not in made
        assert "<b>x" not in made
        assert "onerror=alert(1)>" not in made


def test_nul_and_lone_surrogates(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_bytes("借据号,贷款余额,贷款用途\nA1,100,光伏".encode() + b"\xed\xa0\x80\n")
    done = command("run", path, "--as-of", "2025-12-31", "--out", tmp_path / "run")
    assert done.returncode in (1, 2)
    path.write_bytes("借据号,贷款余额,贷款用途\nA1,100,光伏\0电站\n".encode())
    done = command("run", path, "--as-of", "2025-12-31", "--out", tmp_path / "run")
    assert done.returncode == 2


def test_nothing_steers_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text("借据号,贷款余额,贷款用途\nA1,\x1b]0;owned\x07\x1b[2J,光伏\nA2,5,\u202e光伏\n", "utf-8")
    done = command("run", path, "--as-of", "2025-12-31", "--out", tmp_path / "run")
    assert "owned" in done.stdout
    assert harmless(done.stdout) == done.stdout
    assert harmless(done.stderr) == done.stderr


def command(*args: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "greenfin.cli.main", *map(str, args)], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    assert "程序内部错误" not in done.stderr
    return done


@pytest.mark.parametrize("name", ["../../evil.xlsx", "/etc/evil.xml", "xl/../../../evil.xml"])
def test_a_workbook_with_parts_that_would_climb_out(tmp_path: Path, name: str) -> None:
    import zipfile

    path = run_made.book(tmp_path / "a" / "b" / "book.xlsx") if (tmp_path / "a" / "b").mkdir(parents=True) is None else tmp_path
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(name, "evil")
    run_folder.save(run_made.computed(path), tmp_path / "run")
    assert not list(tmp_path.rglob("evil*"))


SECRETS = ("张三丰", "110101199003078515", "13812345678", "示例水务有限公司")


def test_no_name_or_number_of_a_person_anywhere_on_disk(tmp_path: Path) -> None:
    person = {
        "客户名称": "张三丰",
        "统一社会信用代码": "110101199003078515",
        "产品名称": "个人住房按揭贷款",
        "贷款用途": "张三丰（身份证110101199003078515，电话13812345678）购买绿色建筑住房",
        "贷款余额（元）": 1_000_000,
    }
    wrong = {**person, "贷款余额（元）": "见备注，电话 13812345678"}
    twice = {**person, "借据号": "JJ2025000001"}
    path = run_made.book(tmp_path / "book.xlsx", person, wrong, twice)
    done = command("run", path, "--as-of", "2025-12-31", "--out", tmp_path / "run", "--policy", "working")
    said = done.stdout + done.stderr
    for secret in SECRETS[:3]:
        assert secret not in said
        assert not [name for name, content in _decoded(tmp_path / "run").items() if secret in content]
    assert SECRETS[3] not in said
    public = {name: text for name, text in _decoded(tmp_path / "run").items() if not name.endswith(".parquet")}
    assert not [name for name, content in public.items() if SECRETS[3] in content]
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700 or sys.platform == "win32"


def _decoded(folder: Path) -> dict[str, str]:
    """The words in every file of a run: parquet and workbooks read, the rest as bytes."""
    found = {}
    for path in folder.rglob("*"):
        if path.suffix == ".parquet":
            found[path.name] = str(pq.read_table(path).to_pylist())
        elif path.suffix == ".xlsx":
            sheets = openpyxl.load_workbook(path).worksheets
            found[path.name] = str([c.value for sheet in sheets for row in sheet.iter_rows() for c in row])
        elif path.is_file():
            found[path.relative_to(folder).as_posix()] = path.read_bytes().decode("utf-8", "replace")
    return found


def test_a_run_opens_no_connection(tmp_path: Path) -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise SystemExit(77)\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse; socket.create_connection = refuse\n"
        "from greenfin.cli.main import main\n"
        f"sys.argv = ['greenfin', 'run', {str(run_made.book(tmp_path / 'book.xlsx'))!r}, '--as-of', '2025-12-31',"
        f" '--out', {str(tmp_path / 'run')!r}]\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert (tmp_path / "run" / "run.json").is_file()

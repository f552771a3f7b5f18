"""Files made to fill the memory, each read by a process of its own: refused or read, and what it needed is measured."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from greenfin.ingest import archive
from tests.security.test_hostile_files import SHEET, part_of, rewritten, sound

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="what a process needed")]
MIB = 2**20
Note = Callable[[str, object], None]
_MEASURED = """
import json, resource, sys
sys.argv = ["greenfin", *json.loads(sys.argv[1])]
import atexit
atexit.register(lambda: print("RSS", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr, flush=True))
from greenfin.cli.main import main
main()
"""


@dataclass(frozen=True)
class Done:
    """What a command came to: its exit status, the codes of its problems, its largest memory in MiB, seconds."""

    status: int
    codes: set[str]
    mib: int
    seconds: float


def measured(*words: object) -> Done:
    began = time.monotonic()
    command = [sys.executable, "-c", _MEASURED, json.dumps([str(word) for word in (*words, "--json")])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2], timeout=280)
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    rss = next(line for line in done.stderr.splitlines() if line.startswith("RSS "))
    codes = {problem["code"] for problem in json.loads(done.stdout)["problems"]}
    assert "cli.internal" not in codes, done.stdout
    return Done(done.returncode, codes, int(rss.split()[1]) // 1024, round(time.monotonic() - began, 1))


@pytest.fixture(scope="module")
def least(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The memory that reading a book of two loans needs, in MiB."""
    return measured("ingest", sound(tmp_path_factory.mktemp("least") / "b.xlsx"), "--as-of", "2025-12-31").mib


def ingested(path: Path) -> Done:
    return measured("ingest", path, "--as-of", "2025-12-31")


def _bomb(path: Path, part: str, mib: int) -> Path:
    """A sound workbook with a part of so many MiB of the same sign."""
    sound(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed, packed.open(part, "w", force_zip64=True) as stream:
        for _ in range(mib // 8):
            stream.write(b" " * 8 * MIB)
    return path


@pytest.mark.parametrize(("part", "mib"), [("xl/media/x.bin", 4096), ("xl/worksheets/sheet9.xml", 1024)])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, least: int, part: str, mib: int, record_testsuite_property: Note) -> None:
    path = _bomb(tmp_path / "b.xlsx", part, mib)
    done = ingested(path)
    assert (done.status, done.codes) == (2, {"ingest.archive_bomb"})
    assert done.mib < least + 60
    record_testsuite_property(f"zip bomb of {mib} MiB in {path.stat().st_size // 1024} KiB", f"{done.mib} MiB, {done.seconds} s")


def test_bombs_within_one_another_are_not_opened(tmp_path: Path, least: int) -> None:
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("x", b"\0" * 8 * MIB)
    path = sound(tmp_path / "b.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        for n in range(200):
            packed.writestr(f"xl/embeddings/{n}.zip", inner.read_bytes())
    assert ingested(path).mib < least + 60


def test_many_parts_just_below_the_limits_do_not_add_up(tmp_path: Path, least: int) -> None:
    path = sound(tmp_path / "b.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        for n in range(300):
            packed.writestr(f"xl/media/{n}.bin", b"\0" * 8 * MIB)  # each as large as one may be packed at any ratio
    done = ingested(path)
    assert done.mib < least + 120
    assert done.seconds < 60


ENTITIES = {
    "billion laughs": '<!DOCTYPE x [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)) + "]>",
    "quadratic": '<!DOCTYPE x [<!ENTITY a "' + "A" * 50_000 + '">]>',
    "external": '<!DOCTYPE x SYSTEM "http://example.invalid/x.dtd">',
    "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]>',
}


_WHERE = list(zip(ENTITIES, (SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", SHEET), strict=True))


@pytest.mark.parametrize(("name", "part"), _WHERE)
def test_an_entity_bomb_is_refused(tmp_path: Path, least: int, name: str, part: str) -> None:
    body = b"<sst/>" if "shared" in part else part_of(sound(tmp_path / "a.xlsx"), part).rpartition(b"?>")[2]
    path = rewritten(tmp_path / "b.xlsx", part, b'<?xml version="1.0"?>' + ENTITIES[name].encode() + body)
    done = ingested(path)
    assert done.status == 2
    assert done.codes <= {"ingest.xml_entities", "ingest.file_damaged"}
    assert done.mib < least + 60


def test_an_entity_bomb_in_another_encoding_is_refused(tmp_path: Path, least: int) -> None:
    declared = '<?xml version="1.0" encoding="UTF-16"?>' + ENTITIES["billion laughs"] + "<sst>&a9;</sst>"
    done = ingested(rewritten(tmp_path / "b.xlsx", "xl/sharedStrings.xml", declared.encode("utf-16")))
    assert done.mib < least + 120
    assert done.seconds < 30


def test_a_sparse_file_of_300_mb_is_refused(tmp_path: Path, least: int, record_testsuite_property: Note) -> None:
    for ending in (".csv", ".xlsx", ".parquet"):
        path = tmp_path / f"b{ending}"
        with path.open("wb") as stream:
            stream.write({".xlsx": b"PK\x03\x04", ".parquet": b"PAR1"}.get(ending, b""))
            stream.truncate(300 * 10**6)
        done = ingested(path)
        assert done.status == 2
        assert done.mib < least + 1300
        record_testsuite_property(f"300 MB of zeros as {ending}", f"{done.mib} MiB, {done.seconds} s")


def test_a_file_larger_than_any_is_refused_unread(tmp_path: Path, least: int) -> None:
    with (tmp_path / "b.csv").open("wb") as stream:
        stream.truncate(archive.MAX_FILE + 1)
    done = ingested(tmp_path / "b.csv")
    assert (done.status, done.codes) == (2, {"ingest.file_too_large"})
    assert done.mib < least + 10


def test_a_csv_of_300_mb_is_read_or_refused(tmp_path: Path, record_testsuite_property: Note) -> None:
    """One and a half million loans with long texts: more than a bank of this kind has."""
    path = tmp_path / "b.csv"
    line = "JJ{:010d},010101,示例水务有限公司,流动资金贷款,示例市城镇污水处理厂二期扩建工程建设，含配套管网与泵站设备购置及安装调试,4620,"
    line += "{},2025-01-02,2030-01-02,正常,示例备注示例备注\n"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("借据号,机构号,客户名称,产品名称,贷款用途,贷款投向行业,贷款余额（元）,发放日,到期日,五级分类,备注\n")
        n = 0
        while stream.tell() < 300 * 10**6:
            stream.write("".join(line.format(n + k, 1000 + k) for k in range(10_000)))
            n += 10_000
    done = ingested(path)
    record_testsuite_property(
        f"csv of {path.stat().st_size // 10**6} MB, {n} loans", f"{done.mib} MiB, {done.seconds} s, exit {done.status}"
    )
    assert done.status in (0, 1)
    assert done.mib < 8_000


def test_a_csv_of_one_endless_line_is_refused(tmp_path: Path, least: int, record_testsuite_property: Note) -> None:
    for name, sign in (("commas", ","), ("text", "贷"), ("quote", '"')):
        path = tmp_path / f"{name}.csv"
        path.write_text(sign * (50 * MIB // len(sign.encode())), "utf-8")
        done = ingested(path)
        assert done.status == 2
        record_testsuite_property(f"50 MiB of {name} on one line", f"{done.mib} MiB, {done.seconds} s")
        assert done.mib < least + 2000


def test_a_parquet_that_unfolds_is_bounded(tmp_path: Path, least: int, record_testsuite_property: Note) -> None:
    """Ten million rows of one long text: a few kilobytes on disk."""
    text = pa.array(["贷" * 3000]).dictionary_encode()
    column = pa.DictionaryArray.from_arrays(pa.array([0], pa.int32()).take(pa.array([0] * 10_000_000)), text.dictionary)
    pq.write_table(pa.table({"贷款用途": column, "借据号": column, "贷款余额": column}), tmp_path / "b.parquet")
    done = ingested(tmp_path / "b.parquet")
    size = (tmp_path / "b.parquet").stat().st_size
    record_testsuite_property(f"parquet of 10,000,000 rows in {size // 1024} KiB", f"{done.mib} MiB, {done.seconds} s, exit {done.status}")
    assert done.status == 2
    assert done.mib < least + 500


def _executables() -> dict[str, bytes]:
    rng = random.Random(1)
    noise = bytes(rng.randrange(256) for _ in range(20_000))
    return {
        "windows": b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + noise,
        "linux": b"\x7fELF\x02\x01\x01\0" + noise,
        "java": b"\xca\xfe\xba\xbe\0\0\0\x34" + noise,
        "script": b"#!/bin/sh\nrm -rf /tmp/x\ntouch ran\n",
        "batch": b"@echo off\r\ndel /q *.*\r\n",
        "pdf": b"%PDF-1.7\n" + noise,
        "old office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise,
        "jar": b"",
        "html": b"<html><script>alert(1)</script><table><tr><td>x</td></tr></table></html>",
        "picture": b"\x89PNG\r\n\x1a\n" + noise,
        "gzip": b"\x1f\x8b\x08\0" + noise,
        "pickle": b"\x80\x04cposix\nsystem\n\x94\x8c\x09touch ran\x94\x85\x94R\x94.",
    }


@pytest.mark.parametrize("ending", [".xlsx", ".csv", ".parquet"])
def test_programs_under_another_name_are_refused_and_not_run(tmp_path: Path, ending: str) -> None:
    from greenfin.core.problems import Refused
    from greenfin.ingest import read_book
    from tests.security.test_hostile_files import AS_OF

    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        for name, content in _executables().items():
            path = tmp_path / f"{name}{ending}"
            path.write_bytes(content)
            if name == "jar":
                with zipfile.ZipFile(path, "w") as packed:
                    packed.writestr("META-INF/MANIFEST.MF", "Main-Class: X\n")
            path.chmod(0o755)
            with pytest.raises(Refused):
                read_book([path], as_of=AS_OF)
    finally:
        os.chdir(before)
    assert not list(tmp_path.glob("ran"))


def test_a_workbook_with_macros_is_read_without_them_and_copied_without_them(tmp_path: Path) -> None:
    path = rewritten(tmp_path / "b.xlsm", "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + b"AutoOpen Shell touch ran" * 100)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("xl/activeX/activeX1.bin", b"x")
        packed.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    done = measured("ingest", path, "--as-of", "2025-12-31", "--marked", tmp_path / "marked")
    assert "ingest.macros_ignored" in done.codes
    with zipfile.ZipFile(tmp_path / "marked" / "b.marked.xlsx") as packed:
        assert not [name for name in packed.namelist() if "vba" in name.lower() or "activeX" in name]

"""The PDF: the same bytes twice, only the two embedded fonts, no character lost in silence."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest
import sample_report as sample

from greenfin.core.records import Table
from greenfin.disclose import charts
from greenfin.disclose.to_pdf import write_pdf
from greenfin.disclose.typeset import BOLD, MISSING, REGULAR, Typesetter, _glyphs
from greenfin.messages.words import tell

ROOT = Path(__file__).parents[2]
TILTED = b".819152 .573576 -0.573576 .819152"  # how the watermark is turned


def written(folder: Path, lang: str = "zh", tables: tuple[Table, ...] | None = None) -> bytes:
    path = folder / f"{lang}.pdf"
    assert write_pdf(tables or sample.tables(), path, front=sample.FRONT, lang=lang, factors=sample.FACTORS) == ()
    return path.read_bytes()


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, lang: str) -> None:
    assert written(tmp_path, lang) == written(tmp_path, lang)


def test_every_font_is_ours_and_embedded(tmp_path: Path) -> None:
    raw = written(tmp_path)
    fonts = re.findall(rb"/BaseFont /(\S+)", raw)
    assert fonts
    assert {name.decode().partition("+")[2] for name in fonts} == {REGULAR, BOLD}
    assert raw.count(b"/FontFile2 ") == len(re.findall(rb"/Type /FontDescriptor", raw))
    assert b"/Lang (zh-CN)" in raw


def test_every_page_carries_the_watermark(tmp_path: Path) -> None:
    pages = streams(written(tmp_path))
    marked = [page for page in pages if TILTED in page]
    assert len(marked) == len(pages) > 10
    path = tmp_path / "final.pdf"
    write_pdf(sample.tables(), path, front=replace(sample.FRONT, watermark_zh="", watermark_en=""), lang="zh", factors=())
    assert all(b"Tj" not in page.partition(TILTED)[2].partition(b"Q")[0] for page in streams(path.read_bytes()))


def streams(raw: bytes) -> list[bytes]:
    """The content of each page."""
    found = re.finditer(rb"/Filter \[ /FlateDecode \] /Length (\d+)\s*>>\s*stream\r?\n", raw)
    contents = [zlib.decompress(raw[one.end() : one.end() + int(one[1])]) for one in found]
    return [content for content in contents if b" Tf" in content]


def test_a_character_without_a_glyph_is_marked_and_reported(tmp_path: Path) -> None:
    table = replace(sample.lending(), title_zh="绿色信贷\U00020000规模")
    problems = write_pdf((table,), tmp_path / "x.pdf", front=sample.FRONT, lang="zh", factors=())
    assert [(p.code, p.params["point"]) for p in problems] == [("render.glyph_missing", "U+20000")]
    assert "U+20000" in tell(problems[0], "zh")
    assert "U+20000" in tell(problems[0], "en")
    assert Typesetter().clean("a\U00020000b\t\u200bc") == f"a{MISSING}b c"


def test_the_fonts_hold_every_character_of_data_and_messages() -> None:
    folders = ("factors", "taxonomy", "disclosure_templates", "greenfin/messages", "greenfin/core", "greenfin/methods")
    files = [p for folder in folders for p in (ROOT / folder).rglob("*") if p.suffix in {".csv", ".yaml", ".toml"}]
    assert len(files) > 5
    chars = {char for path in files for char in path.read_text("utf-8") if char.isprintable()}
    assert _lacking("".join(sorted(chars))) == []  # else: python .ci/make_fonts.py
    assert set(_glyphs(REGULAR)) == set(_glyphs(BOLD))
    assert _lacking("CO₂ m² m³ ℃ ≥ ≤ × · – — … 〔〕〇 ㎡ ‰ NOₓ NH₃") == []


def _lacking(text: str) -> list[str]:
    typesetter = Typesetter()
    typesetter.clean(text)
    return sorted(typesetter.missing)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("绿色贷款余额", 30, ("绿色贷", "款余额")),
        ("绿色贷，款余额", 30, ("绿色", "贷，款", "余额")),  # a line does not begin with a comma
        ("绿色（贷款）", 30, ("绿色", "（贷", "款）")),  # nor end with an opening bracket
        ("two words", 30, ("two", "words")),
        ("一\n二", 100, ("一", "二")),
        ("", 30, ("",)),
    ],
)
def test_lines_break_where_chinese_and_latin_may(text: str, width: float, lines: tuple[str, ...]) -> None:
    assert Typesetter().wrap(text, 10, width) == lines


def test_no_line_is_wider_than_its_column() -> None:
    typesetter = Typesetter()
    long = "https://example.org/" + "a" * 300 + "，绿色金融" * 20
    assert all(typesetter.width(line, 9) <= 80.01 for line in typesetter.wrap(long, 9, 80))
    assert "".join(typesetter.wrap(long, 9, 80)) == long


def test_the_chart_shows_the_parts_of_the_green_balance() -> None:
    bars = charts.parts_of_total(sample.tables())
    assert bars is not None
    assert bars.table.id == "T03"
    assert [label for label, _, _ in bars.bars][:2] == ["基础设施绿色升级", "能源绿色低碳转型"]
    assert charts.parts_of_total((sample.lending(),)) is None
    other = charts.parts_of_total((sample.lending(), sample.benefit()))
    assert other is not None
    assert (other.table.id, len(other.bars)) == ("T16", 3)


def test_a_table_too_wide_or_a_row_too_high_for_a_page_is_whole(tmp_path: Path) -> None:
    wide = sample.benefit()
    columns = (*wide.columns, *(replace(c, id=f"{c.id}{at}") for at in range(4) for c in wide.columns[1:]))
    cells = dict(wide.cells) | {f"{key}{at}": cell for at in range(4) for key, cell in wide.cells.items()}
    written(tmp_path, tables=(replace(wide, columns=columns, cells=cells),))
    high = sample.projects(1)
    row = replace(high.rows[0], zh="绿色" * 5000)
    assert len(streams(written(tmp_path, tables=(replace(high, rows=(row,)),)))) > 6


def test_time_grows_with_the_rows_not_with_their_square(tmp_path: Path) -> None:
    def seconds(rows: int) -> float:
        start = process_time()
        written(tmp_path, tables=(sample.projects(rows),))
        return process_time() - start

    seconds(10)
    assert seconds(2000) < 12 * seconds(500)

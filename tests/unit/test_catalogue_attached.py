"""The bank's own copy of an official text: split by entry, kept beside the bank's data, shown, and never used to tag."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from greenfin import example, pipeline
from greenfin.cli.catalogue import attached_place
from greenfin.cli.main import app
from greenfin.core.problems import Refused
from greenfin.dossier import dossier_of
from greenfin.ingest.official import read_official
from greenfin.reference.attached import Attached, read, read_copies, write
from greenfin.reference.catalogue import Catalogue
from greenfin.reference.load import load
from greenfin.reference.official_text import MOST_LETTERS, Line, split
from greenfin.store import opening
from tests import official_copies as copies

EDITION = "green-finance-2025"
MAKERS: dict[str, Callable[[list[copies.Row], Path], Path]] = {
    "copy.pdf": copies.pdf,
    "without-codes.pdf": lambda rows, path: copies.pdf(rows, path, codes=False),
    "copy.docx": copies.docx,
    "copy.xlsx": copies.xlsx,
    "copy.txt": copies.text,
    "copy.md": copies.text,
    "copy.csv": copies.text,
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load().catalogues[EDITION]


def _plain(text: str) -> str:
    return "".join(text.split())


def attach(file: Path, place: Path, *more: str) -> Result:
    """The command, run in this process."""
    return CliRunner().invoke(app, ["catalogue", "attach", EDITION, str(file), "--to", str(place), *more])


@pytest.mark.parametrize("name", MAKERS)
def test_every_entry_has_its_own_text_whole_and_nothing_else(name: str, catalogue: Catalogue, tmp_path: Path) -> None:
    rows = copies.rows_of(catalogue)
    found = split(read_official(MAKERS[name](rows, tmp_path / name)), catalogue)
    for code, title, text in rows:
        said = _plain(found[code].text)
        assert _plain(title) in said
        if text:
            assert said.endswith(_plain(text)), code
            assert said.count("末句") == 1, code


def _lines(*texts: str) -> list[Line]:
    return [Line(f"x:{n}", (text,)) for n, text in enumerate(texts)]


def test_a_mention_of_an_entry_is_not_its_heading(catalogue: Catalogue) -> None:
    a, b = catalogue.entries["4.2.1"], catalogue.entries["4.2.2"]
    told = _lines(
        f"4.2.1 {a.name_zh}", f"包括陆上项目，参见{b.name_zh}的要求。", b.name_zh + "之外的内容。", f"4.2.2 {b.name_zh}", "另述。"
    )
    found = split(told, catalogue)
    assert found["4.2.1"].text.endswith("之外的内容。")
    assert found["4.2.2"].text.endswith("另述。")
    assert found["4.2.2"].place == "x:3"


def test_codes_alone_are_enough_and_numbers_in_a_text_are_not_codes(catalogue: Catalogue) -> None:
    leaves = [e.code for e in catalogue.leaves()][:40]
    told = _lines(*(line for code in leaves for line in (code, "光电转换效率不低于", "1.2倍的标准值。")))
    found = split(told, catalogue)
    assert set(leaves) <= set(found)
    assert all(found[code].text == f"{code}\n光电转换效率不低于\n1.2倍的标准值。" for code in leaves)


def test_a_table_in_another_order_is_split_too(catalogue: Catalogue) -> None:
    rows = [row for row in copies.rows_of(catalogue) if row[2]][:60]
    found = split([Line(code, (title, text)) for code, title, text in reversed(rows)], catalogue)
    assert all(found[code].text.endswith(text) and found[code].place == code for code, _, text in rows)


def test_what_follows_the_last_entry_is_not_kept_without_end(catalogue: Catalogue) -> None:
    last = list(catalogue.leaves())[-1]
    found = split(_lines(f"{last.code} {last.name_zh}", *["附件内容。" * 50] * 500), catalogue)
    assert len(found[last.code].text) == MOST_LETTERS + 1


def test_attach_show_replace_and_beside(catalogue: Catalogue, tmp_path: Path) -> None:
    rows = copies.rows_of(catalogue)
    done = attach(copies.text(rows, tmp_path / "copy.txt"), tmp_path / "bank", "--json")
    assert done.exit_code == 0, done.output
    made = json.loads(done.output)
    assert (made["found"], made["missing"], made["problems"]) == (len(rows), [], [])
    kept = Path(made["kept_in"])
    assert kept.stat().st_mode & 0o077 == 0
    assert tmp_path / "bank" in kept.parents
    shown = CliRunner().invoke(app, ["catalogue", "show", EDITION, "4.2.1", "--to", str(tmp_path / "bank"), "--lang", "zh"])
    assert "本行留存的原文（copy.txt，copy.txt:" in shown.output
    assert "末句" in shown.output
    attach(copies.text([(c, t, f"改。{x}") for c, t, x in rows], tmp_path / "copy.txt"), tmp_path / "bank")
    attach(copies.xlsx(rows, tmp_path / "other.xlsx"), tmp_path / "bank")
    both = read_copies(tmp_path / "bank", EDITION, "4.2.1")
    assert [one.file for one in both] == ["copy.txt", "other.xlsx"]
    assert "改。" in both[0].text
    assert {len(one.sha256) for one in both} == {64}


def test_missing_leaves_are_named_and_more_than_a_few_are_an_error(catalogue: Catalogue, tmp_path: Path) -> None:
    rows = copies.rows_of(catalogue)
    few = attach(copies.text([row for row in rows if row[0] != "4.2.1"], tmp_path / "few.txt"), tmp_path, "--json")
    assert (few.exit_code, json.loads(few.output)["missing"]) == (0, ["4.2.1"])
    assert json.loads(few.output)["problems"][0]["severity"] == "warning"
    half = attach(copies.text(rows[: len(rows) // 2], tmp_path / "half.txt"), tmp_path, "--lang", "zh")
    assert half.exit_code == 1
    assert catalogue.entries["9.1.1"].name_zh in half.output or "另有" in half.output
    other = attach(copies.text(rows[:20], tmp_path / "other.txt"), tmp_path / "nothing", "--lang", "en")
    assert other.exit_code == 2
    assert not (tmp_path / "nothing").exists()


def test_what_was_kept_is_plain_csv_that_no_spreadsheet_runs(tmp_path: Path) -> None:
    rows = [Attached("1.1", "p. 1", '文,"字"\n二行', "a.pdf", "0" * 64, "2026-01-01")]
    write(tmp_path, EDITION, rows)
    assert read(tmp_path, EDITION) == tuple(rows)
    assert read(tmp_path, "../attached/green-finance-2025") == read(tmp_path, "cerf") == ()
    (tmp_path / "attached" / f"{EDITION}.csv").write_text("entry,text\n1,2\n", "utf-8")
    with pytest.raises(Refused):
        read(tmp_path, EDITION)
    with pytest.raises(Refused):
        write(tmp_path, EDITION, rows)


def test_the_place_is_that_of_the_bank_s_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same variables, and the same directory, as the store's files."""
    for name in (opening.PLACE_VARIABLE, opening.FILES_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    assert attached_place() == Path(opening.DEFAULT_PLACE)
    for place in (tmp_path, tmp_path / "x.sqlite"):
        monkeypatch.setenv(opening.PLACE_VARIABLE, str(place))
        assert attached_place() == opening.connect().files
    monkeypatch.setenv(opening.FILES_VARIABLE, str(tmp_path / "files"))
    assert attached_place() == opening.connect().files
    assert attached_place(tmp_path / "to") == tmp_path / "to"
    monkeypatch.delenv(opening.FILES_VARIABLE)
    assert attached_place(store="postgresql://bank:secret@host/db") == Path(opening.DEFAULT_PLACE)


def test_a_copy_never_changes_a_tag(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loans = tmp_path / "loans.csv"
    loans.write_text("借据号,贷款用途\n1,光伏电站建设\n2,独一无二的空心砖生产\n", "utf-8")
    monkeypatch.setenv("GREENFIN_FILES", str(tmp_path / "bank"))
    results = []
    for _ in range(2):
        done = CliRunner().invoke(app, ["tag", str(loans), "--as-of", "2025-12-31", "--json"])
        results.append(done.output)
        texts = [(c, t, f"{x}独一无二的空心砖生产" if x else x) for c, t, x in copies.rows_of(catalogue)]
        assert attach(copies.text(texts, tmp_path / "copy.txt"), tmp_path / "bank").exit_code == 0
    assert results[0] == results[1]


def test_the_dossier_shows_the_copy_of_the_entry_and_says_whose_it_is() -> None:
    result = pipeline.run(example.files(), pipeline.Options(policy="working"), as_of=example.AS_OF)
    row = next(tag for tag in result.tags.to_pylist() if tag["decision"] == "green")
    own = [
        Attached(row["code"], "p. 7", "原文第一行\n第二行", "目录.pdf", "0" * 64, "2026-01-01"),
        Attached("x", "p. 8", "别的条目", "目录.pdf", "0", ""),
    ]
    made = dossier_of(result, row["loan_id"], run="r", copies=own)
    section = next(s for s in made.sections if "目录.pdf" in s.heading)
    assert "本行" in section.heading
    assert [piece.text for piece in section.text] == ["原文第一行 第二行"]
    assert not any("目录.pdf" in s.heading for s in dossier_of(result, row["loan_id"], run="r").sections)

"""What the import page shows of files, and the mapping as its reader corrects it."""

from __future__ import annotations

import stat
from io import BytesIO
from pathlib import Path

import pytest

from greenfin import example
from greenfin.core.problems import Refused
from greenfin.ingest.kept_mappings import fitting, keep, kept
from greenfin.ingest.mapping_file import rate_named, read_mapping
from greenfin.messages import Lang, say
from greenfin.reference.load import Reference, load
from greenfin.ui.frame.uploads import on_disk
from greenfin.ui.views import imports
from greenfin.ui.views.imports import Beside

LOANS = "借据号,机构号,余额一(万元),贷款用途,投向行业\nL001,010101,1200.5,屋顶分布式光伏电站建设,4416\nL002,010101,坏,流动资金周转,5211\n"


class Sent(BytesIO):
    """A file as a browser sends it."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


@pytest.fixture
def loans(tmp_path: Path) -> Path:
    path = tmp_path / "loans.csv"
    path.write_text(LOANS.replace("余额一", "贷款余额"), encoding="utf-8")
    return path


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sheets_columns_units_and_problems_of_the_example(reference: Reference, lang: Lang) -> None:
    looked = imports.look(example.files().books, Beside(), as_of=example.AS_OF, reference=reference, lang=lang)
    loans = next(sheet for sheet in looked.sheets if sheet.kind == "loans")
    balance = next(column for column in loans.columns if column.field == "loan.balance")
    assert balance.unit
    assert sum(sheet.unknown for sheet in looked.sheets)
    lines = imports.lines(looked.problems, lang)
    assert lines[0].severity == "error"
    assert sum(imports.counts(looked.problems).values()) == len(looked.problems) == len(lines)
    assert len(imports.lines(looked.problems, lang, most=3)) == 3


def test_names_of_fields_do_not_say_how_we_keep_them() -> None:
    words = {field: shown for shown, field in imports.offered("loans", "en").items()}
    assert words["loan.rate"] == "annual interest rate"
    assert words["loan.original_amount"] == "amount in the loan's currency"
    assert [shown for shown in words.values() if "millionths" in shown or "hundredths" in shown] == []
    assert len(words) == len(imports.offered("loans", "en"))


def test_a_correction_is_read_by_the_next_look(loans: Path, reference: Reference) -> None:
    first = imports.look([loans], Beside(), as_of=example.AS_OF, reference=reference, lang="zh")
    columns = first.sheets[0].columns
    chosen = [(c.field, "元" if c.field == "loan.balance" else c.unit) for c in columns]
    text = imports.as_text(imports.corrected(first.mapping, 0, chosen), "zh")
    mapping = loans.parent / "mapping.yaml"
    mapping.write_text(text, encoding="utf-8")
    again = imports.look([loans], Beside(mapping=mapping), as_of=example.AS_OF, reference=reference, lang="zh")
    assert [p.code for p in again.problems if p.code == "ingest.mapping_unit_changed"]  # the header says 万元


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("rate", "unit"), [("4.35", "percent"), ("0.0435", "decimal")])
def test_units_of_rates_are_words_and_taken_back_as_words_or_signs(
    tmp_path: Path, reference: Reference, lang: Lang, rate: str, unit: str
) -> None:
    path = tmp_path / "loans.csv"
    path.write_text(f"借据号,贷款余额（元）,执行利率,贷款用途\nL001,1200.5,{rate},屋顶分布式光伏电站建设\n", encoding="utf-8")
    looked = imports.look([path], Beside(), as_of=example.AS_OF, reference=reference, lang=lang)
    columns = looked.sheets[0].columns
    words = {"percent": "百分数", "decimal": "小数"}[unit] if lang == "zh" else unit
    assert {c.field: c.unit for c in columns if c.unit} == {"loan.balance": "元", "loan.rate": words}
    chosen = [(c.field, c.unit) for c in columns]
    assert imports.corrected(looked.mapping, 0, chosen) == looked.mapping  # nothing was chosen anew
    permille = [(field, "‰" if field == "loan.rate" else shown) for field, shown in chosen]
    changed = imports.corrected(looked.mapping, 0, permille)
    assert [c.unit for c in changed.sheets[0].columns if c.field == "loan.rate"] == ["permille"]
    assert 'unit: "permille"' in imports.as_text(changed, lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("unit", ["percent", "permille", "decimal"])
def test_the_words_of_a_unit_of_rates_are_one_of_its_spellings(lang: Lang, unit: str) -> None:
    assert rate_named(say(f"ui.import.unit.{unit}", lang)) == unit


def test_a_column_that_was_not_recognised_is_named(tmp_path: Path, reference: Reference) -> None:
    path = tmp_path / "loans.csv"
    path.write_text(LOANS, encoding="utf-8")
    beside = Beside()
    first = imports.look([path], beside, as_of=example.AS_OF, reference=reference, lang="zh")
    assert first.sheets[0].unknown == 1
    words = {field: shown for shown, field in imports.offered("loans", "zh").items()}
    assert words["loan.balance"] == "贷款余额"
    assert words[""] == say("ui.import.not_used", "zh")
    chosen = [("loan.balance", "万元") if c.header.startswith("余额一") else (c.field, c.unit) for c in first.sheets[0].columns]
    mapping = keep(tmp_path, imports.corrected(first.mapping, 0, chosen), stem="loans", comment="")
    again = imports.look([path], Beside(mapping=mapping), as_of=example.AS_OF, reference=reference, lang="zh")
    assert again.sheets[0].unknown == 0
    assert "12,005,000.00" in again.sheets[0].told


@pytest.mark.parametrize(("field", "unit"), [("loan.receipt_no", ""), ("loan.balance", "千瓦")])
def test_a_field_twice_and_a_unit_that_does_not_fit_are_refused(loans: Path, reference: Reference, field: str, unit: str) -> None:
    looked = imports.look([loans], Beside(), as_of=example.AS_OF, reference=reference, lang="zh")
    chosen = [(field, unit) if c.field == "loan.balance" else (c.field, c.unit) for c in looked.sheets[0].columns]
    with pytest.raises(Refused):
        imports.as_text(imports.corrected(looked.mapping, 0, chosen), "zh")


def test_kept_mappings_are_found_by_file_name_and_never_replaced(loans: Path, reference: Reference, tmp_path: Path) -> None:
    home = tmp_path / "home"
    looked = imports.look([loans], Beside(), as_of=example.AS_OF, reference=reference, lang="zh")
    assert fitting(home, ["loans.csv"]) is None
    one, two = (keep(home, looked.mapping, stem="loans", comment="c") for _ in range(2))
    assert (one.name, two.name) == ("loans.yaml", "loans-2.yaml")
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert set(kept(home)) == {one, two}
    assert fitting(home, ["loans.csv"]) in {one, two}
    assert fitting(home, ["others.csv"]) is None
    one.write_text("not: [a mapping", encoding="utf-8")
    two.unlink()
    assert fitting(home, ["loans.csv"]) is None
    with pytest.raises(Refused):
        read_mapping(one)


@pytest.mark.parametrize("name", ["../../etc/x.csv", "..\\..\\x.csv", "/etc/x.csv", ".x.csv"])
def test_what_is_sent_lies_in_a_folder_of_its_own_and_is_gone_afterwards(name: str) -> None:
    with on_disk([Sent(name, b"a"), Sent(name, b"b")]) as paths:
        assert [path.read_bytes() for path in paths] == [b"a", b"b"]
        assert {path.name for path in paths} == {"x.csv"}
        folder = paths[0].parents[1]
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert not folder.exists()

"""Disclosure tables and lineage trees as the front end shows them, and the HTML made of them."""

from __future__ import annotations

from fractions import Fraction

from greenfin.core.lineage import Source, Trace
from greenfin.core.records import Cell, How, Table, TableColumn, TableRow
from greenfin.ui.frame import markup
from greenfin.ui.views.loan import Segment, Text
from greenfin.ui.views.tables import sheet, title_of
from greenfin.ui.views.why import cell_names, tree

TABLE = Table(
    id="T01",
    title_zh="关键绩效",
    title_en="Key figures",
    columns=(
        TableColumn("label", "指标", "Item", "label"),
        TableColumn("unit", "单位", "Unit", "unit"),
        TableColumn("current", "本年", "This year"),
        TableColumn("prior", "上年", "Last year"),
        TableColumn("change", "变动", "Change"),
    ),
    rows=(TableRow("a", "余额<script>", "Balance", "亿元"), TableRow("b", "减排量", "Reduction", "tCO2", level=1, kind="total")),
    cells={
        "a.current": Cell("T01!a.current", Fraction(12345, 10), "亿元", 2, How("sum")),
        "a.prior": Cell("T01!a.prior", None, "亿元", 2, How("missing")),
        "a.change": Cell("T01!a.change", Fraction(1, 2), "pp", 2, How("points")),
        "b.current": Cell("T01!b.current", Fraction(-1, 200), "tCO2", 2, How("sum")),
        "b.prior": Cell("T01!b.prior", None, "", 0, How("text"), text="见附注", marks=("[1]",)),
    },
    notes_zh=("[1] 注一",),
    notes_en=("[1] Note one",),
    basis_zh="口径说明",
    basis_en="Basis",
)


def test_a_table_shows_what_it_prints() -> None:
    zh = sheet(TABLE, "zh")
    texts = {cell.id or f"{row.id}{at}": cell.text for row in zh.rows for at, cell in enumerate(row.cells)}
    assert texts["T01!a.current"] == "1,234.50"
    assert texts["T01!a.prior"] == "—"
    assert "个百分点" in texts["T01!a.change"] + zh.headings[4][1]
    assert texts["T01!b.current"] == "-0.01"
    assert texts["b3"] == "见附注"
    assert zh.notes == ("[1] 注一",)
    assert zh.rows[1].cells[3].marks == "[1]"


def test_the_language_changes_every_word() -> None:
    en = sheet(TABLE, "en")
    assert [words for _, words in en.headings][:3] == ["Item", "Unit", "This year"]
    assert [row.label for row in en.rows] == ["Balance", "Reduction"]
    assert (en.notes, en.basis) == (("[1] Note one",), "Basis")
    assert title_of(TABLE, "en") == "T01 Key figures"


def test_every_number_and_every_missing_one_can_be_asked() -> None:
    asked = [cell.id for row in sheet(TABLE, "zh").rows for cell in row.cells if cell.id]
    assert asked == ["T01!a.current", "T01!a.prior", "T01!a.change", "T01!b.current"]


def test_the_tree_ends_at_documents_and_speaks() -> None:
    end = Trace("grid", "0.5", "tCO2/MWh", source=Source("document", "MEE 2024", "p. 3"))
    branch = tree(Trace("T01!a", "1", "tCO2", how="decision.green", note="n", parts=(end,)), "zh")
    assert (branch.value, branch.how, branch.note) == ("1 吨CO₂", "绿色", "n")
    assert tree(Trace("green_balance", "1", "CNY", note="n=13 unapproved"), "zh").note == "笔数 13 另有待批准"
    assert branch.parts[0].ends_at == "MEE 2024 p. 3"
    assert tree(Trace("x", "", how="no.such.words"), "zh").how == "no.such.words"


def test_the_tree_is_named_in_the_readers_language() -> None:
    given = Trace("energy_before", "1480000.5", "kgce/t")
    saving = Trace("P1!tce", "1", "tce", "measure.how_formula", "CBRC-IND-EE@0a1b: tce = ...", parts=(given,))
    freight = Trace("P2!tce", "1", "tce", "measure.how_formula", "CBRC-RAIL@0a1b: tce = ...", parts=(given,))
    of_class = Trace("green_balance|class1=4", "1234567.00", "CNY", parts=(saving, freight))
    top = Trace("T01!b.current", "278603.463575", "tCO2", parts=(of_class,))
    zh, en = (tree(top, lang, cell_names({"T01": TABLE}, lang) | {"entry:4": "Energy"}) for lang in ("zh", "en"))
    assert (zh.words, zh.name, zh.value) == ("减排量 · 本年", "T01!b.current", "278,603.463575 吨CO₂")
    assert (en.words, en.value) == ("Reduction · This year", "278,603.463575 tCO₂")
    assert zh.parts[0].words == "绿色 · Energy"
    assert en.parts[0].value == "1,234,567.00 CNY"
    saved, moved = (part.parts[0].words for part in zh.parts[0].parts)
    assert "改造前" in saved
    assert "公路" in moved  # the same name in another method is another thing
    assert not any("\u4e00" <= c <= "\u9fff" for c in en.parts[0].parts[0].parts[0].words + en.value)


def test_html_escapes_every_text() -> None:
    evil = "<img src=x onerror=alert(1)>"
    made = [
        markup.sheet(sheet(TABLE, "zh"), chosen="T01!a.current"),
        markup.texts((Text("purpose", evil, (Segment(evil), Segment(evil, (f'"{evil}',)))),)),
        markup.facts(((evil, evil),)),
        markup.listing((evil,), ((evil,),)),
        markup.tree(tree(Trace(evil, evil, note=evil, source=Source("file", evil)), "zh")),
        markup.heading(evil, markup.chip(evil, '"><i')),
        markup.paragraph(evil, "gf"),
    ]
    assert not [html for html in made if "<img" in html or "<script" in html or '"><i' in html]
    assert "gf-chosen" in made[0]


def test_marked_words_are_marked_and_only_those() -> None:
    made = markup.texts((Text("purpose", "P", (Segment("a"), Segment("b", ("r",)))),))
    assert made == '<div class="gf-name">P</div><p class="gf-text">a<mark title="r">b</mark></p>'


def test_labels_cannot_be_markdown() -> None:
    assert markup.plain("a*b\n[c](http://x) :red[d] $e$ `f` <g>") == r"a\*b \[c\]\(http\:\/\/x\) \:red\[d\] \$e\$ \`f\` \<g\>"

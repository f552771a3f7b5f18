"""A small invented report for the renderers' tests: every kind of cell, in seven tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from greenfin.core.problems import Severity
from greenfin.core.records import Cell, How, Table, TableColumn, TableRow
from greenfin.disclose.front import Chapter, FactorLine, Front, ProblemCount

LABEL = TableColumn("label", "指标", "Item", "label", 3.0)
UNIT = TableColumn("unit", "单位", "Unit", "unit")
NOW = TableColumn("current", "2025年末", "End of 2025")
THEN = TableColumn("prior", "2024年末", "End of 2024")
CHANGE = TableColumn("change", "变动", "Change")

F = Fraction

FRONT = Front(
    bank_zh="示例城市商业银行股份有限公司（虚构）",
    bank_en="Example City Commercial Bank (invented)",
    title_zh="环境信息披露报告",
    title_en="Environmental Information Disclosure Report",
    as_of=date(2025, 12, 31),
    edition_zh="绿色金融支持项目目录（2025年版）",
    edition_en="Green Finance Supported Projects Catalogue (2025)",
    policy="working",
    policy_zh="工作口径",
    policy_en="Working",
    watermark_zh="工作稿·不得对外披露",
    watermark_en="Working draft · not for publication",
    run_id="2025-12-31-0123456789ab",
    basis_zh=("《金融机构环境信息披露指南》（JR/T 0227—2021）", "《绿色信贷项目节能减排量测算指引》"),
    basis_en=("Guidelines on Environmental Information Disclosure for Financial Institutions (JR/T 0227-2021)",),
    perimeter_zh=("本行境内全部分支机构的各项贷款；绿色贷款按投向认定。",),
    perimeter_en=("All domestic branches; green loans by use of proceeds.",),
    data_note_zh=("可能因统计口径与年报数据有差异，以年报数据为准。",),
    data_note_en=("Figures may differ from the annual report by their basis; the annual report prevails.",),
    problems=(
        ProblemCount(
            "ingest.amount_unreadable", Severity.ERROR, 3, "金额无法识别，该行不计入合计", "unreadable amount; the row is left out"
        ),
        ProblemCount(
            "tag.ambiguous", Severity.WARNING, 1207, "用途对应两个条目，须复核", "two entries fit the use of proceeds; review needed"
        ),
    ),
    chapters=(
        Chapter("二、年度概况", "2 Overview of the year", ("T01",)),
        Chapter("七、投融资活动的环境影响", "7 Environmental impact of financing", ("T02", "T03", "T16", "T17")),
        Chapter("六、经营活动的环境影响", "6 Environmental impact of operations", ("T20", "T21")),
    ),
)
FACTORS = (
    FactorLine(
        "grid.avg@CN-SC@2023@mee", "电力平均二氧化碳排放因子（四川）", "Average grid CO₂ factor (Sichuan)",
        "0.1404", "kgCO2/kWh", "四川", "Sichuan",
        2023, "《关于发布2023年电力二氧化碳排放因子的公告》",
        "Announcement on the 2023 electricity CO₂ emission factors", "表3", "yes", "earlier_year",
    ),
    FactorLine(
        "fuel.gas", "天然气单位热值含碳量", "Carbon content of natural gas", "15.3", "tC/TJ", "全国", "China", None,
        "《公共建筑运营企业温室气体排放核算方法和报告指南（试行）》附录二", "", "附表2.1", "no: 未见原件", "exact+unverified",
    ),
)  # fmt: skip


def number(address: str, value: F | int | None, unit: str, op: str = "sum", *args: str, decimals: int = 2) -> Cell:
    """A cell with a number (or without one)."""
    return Cell(
        address, None if value is None else F(value), unit, decimals, How(op, args, reason="" if value is not None else "input missing")
    )


def two_years(table: str, rows: Sequence[tuple[TableRow, F | int | None, F | int | None, int]], made: Mapping[str, How]) -> dict[str, Cell]:
    """Cells of two years and their change: growth, or points where the row is a share."""
    cells = {}
    for row, now, then, decimals in rows:
        a, b, c = (f"{table}!{row.id}.{name}" for name in ("current", "prior", "change"))
        how = made.get(row.id, How("sum"))
        cells[f"{row.id}.current"] = Cell(a, None if now is None else F(now), row.unit, decimals, how)
        cells[f"{row.id}.prior"] = Cell(b, None if then is None else F(then), row.unit, decimals, How("prior", source="last.xlsx!T!B4"))
        cells[f"{row.id}.change"] = _change(c, row, (a, now), (b, then))
    return cells


def _change(address: str, row: TableRow, now: tuple[str, F | int | None], then: tuple[str, F | int | None]) -> Cell:
    share = row.unit == "percent"
    if now[1] is None or then[1] is None:
        return number(address, None, "pp" if share else "percent", "missing")
    value = F(now[1]) - F(then[1]) if share else (F(now[1]) / F(then[1]) - 1) * 100
    return number(address, value, "pp" if share else "percent", "points" if share else "growth", now[0], then[0])


def lending() -> Table:
    """T02: amounts, a ratio, a difference, and last year's missing figure."""
    loans, green = F(1234567890123, 10**8), F(98765432109, 10**7)
    rows = (
        TableRow("all_loans", "各项贷款余额", "All loans", "亿元"),
        TableRow("green", "绿色贷款余额", "Green loans", "亿元"),
        TableRow("share", "其中：绿色贷款余额占比", "of which: green share", "percent", 1),
        TableRow("increase", "绿色贷款较年初增加额", "Increase of green loans over the year", "亿元"),
        TableRow("borrowers", "绿色贷款客户数", "Green borrowers", "户"),
        TableRow("bad", "绿色贷款不良率", "Non-performing ratio of green loans", "percent"),
    )
    values = (
        (rows[0], loans, F(11111), 2),
        (rows[1], green, F(9012345, 1000), 2),
        (rows[2], green / loans * 100, F(811, 10), 2),
        (rows[3], green - F(9012345, 1000), F(-123456, 100), 2),
        (rows[4], 1203, 1187, 0),
        (rows[5], None, F(31, 100), 2),
    )
    made = {
        "share": How("ratio", ("T02!green.current", "T02!all_loans.current")),
        "increase": How("diff", ("T02!green.current", "T02!green.prior")),
        "bad": How("missing", reason="class5 missing"),
    }
    cells = two_years("T02", values, made)
    cells["green.current"] = replace(cells["green.current"], marks=("[1]",))
    notes = ("[1] 绿色贷款按中国人民银行口径，不含票据贴现。", "=1+1 这一行以等号开头，不得作为公式执行。")
    return Table(
        "T02", "绿色信贷规模与占比", "Green lending: size and share", (LABEL, UNIT, NOW, THEN, CHANGE), rows, cells, notes,
        ("[1] PBoC basis, without discounted bills.",), "本外币合计，年末时点数", "year-end, all currencies",
    )  # fmt: skip


CLASSES = (
    ("基础设施绿色升级", "Green upgrade of infrastructure", F(41234567, 10000)),
    ("能源绿色低碳转型", "Green and low-carbon transition of energy", F(28765432, 10000)),
    ("生态保护修复和利用", "Ecological protection, restoration and use", F(15432109, 10000)),
    ("环境保护产业", "Environmental protection industry", F(6543210, 10000)),
    ("节能降碳产业", "Energy saving and carbon reduction", F(4321098, 10000)),
    ("资源循环利用产业", "Resource recycling", F(1234567, 10000)),
    ("绿色服务", "Green services", F(0)),
    ("绿色贸易", "Green trade", F(-12, 100)),
    ("绿色消费", "Green consumption", None),
)


def by_class() -> Table:
    """T03: parts and their total; the share column's unit differs from the rows' unit."""
    columns = (
        LABEL,
        TableColumn("balance", "余额", "Balance"),
        TableColumn("share", "占比", "Share"),
        TableColumn("count", "笔数", "Loans"),
    )
    rows = [TableRow(f"c{at}", zh, en, "亿元", 1) for at, (zh, en, _) in enumerate(CLASSES, 1)]
    parts = [f"T03!{row.id}.balance" for row in rows]
    known = [(part, value) for part, (_, _, value) in zip(parts, CLASSES, strict=True) if value is not None]
    total = sum((value for _, value in known), F(0))
    cells = {}
    for row, (_, _, value) in zip(rows, CLASSES, strict=True):
        share = None if value is None else value / total * 100
        how = ("ratio", f"T03!{row.id}.balance", "T03!total.balance") if share is not None else ("missing",)
        cells[f"{row.id}.balance"] = number(f"T03!{row.id}.balance", value, "亿元", "sum" if value is not None else "missing")
        cells[f"{row.id}.share"] = number(f"T03!{row.id}.share", share, "percent", *how)
        cells[f"{row.id}.count"] = number(f"T03!{row.id}.count", None if value is None else 12345, "笔", decimals=0)
    rows.append(TableRow("total", "合计", "Total", "亿元", 0, "total"))
    cells["total.balance"] = number("T03!total.balance", total, "亿元", "total", *(part for part, _ in known))
    cells["total.share"] = number("T03!total.share", 100, "percent", "ratio", "T03!total.balance", "T03!total.balance")
    counts = [f"T03!c{at}.count" for at in range(1, 9)]
    cells["total.count"] = number("T03!total.count", 12345 * 8, "笔", "total", *counts, decimals=0)
    return Table(
        "T03",
        "绿色贷款分用途",
        "Green loans by use of proceeds",
        columns,
        tuple(rows),
        cells,
        ("分类按《绿色金融支持项目目录（2025年版）》一级类别。",),
    )


def headline() -> Table:
    """T01: references to other tables, one of them in a larger unit."""
    rows = (
        TableRow("g1", "绿色信贷", "Green lending", "", 0, "heading"),
        TableRow("green", "绿色贷款余额", "Green loans", "亿元", 1),
        TableRow("share", "绿色贷款占比", "Green share", "percent", 1),
        TableRow("co2", "二氧化碳减排量（按贷款比例折算）", "CO₂ avoided (attributed to the loans)", "万tCO2", 1),
    )
    lent = lending()
    green, share = lent.cell("green", "current"), lent.cell("share", "current")
    assert green is not None
    assert share is not None
    values = ((rows[1], green.value, F(9012345, 1000), 2), (rows[2], share.value, F(811, 10), 2), (rows[3], F(98765, 10000), F(8), 2))
    made = {"green": How("ref", ("T02!green.current",)), "share": How("ref", ("T02!share.current",)), "co2": How("ref", ("T16!total.co2",))}
    return Table("T01", "关键绩效总表", "Key performance", (LABEL, UNIT, NOW, THEN, CHANGE), rows, two_years("T01", values, made))


BENEFITS = (
    ("projects", "项目数", "Projects", "个"),
    ("balance", "贷款余额", "Balance", "亿元"),
    ("coverage", "可测算余额覆盖率", "Coverage", "percent"),
    ("tce", "节约标准煤", "Standard coal saved", "tce"),
    ("co2", "二氧化碳减排", "CO₂ avoided", "tCO2"),
    ("cod", "化学需氧量", "COD", "tCOD"),
    ("nh3n", "氨氮", "NH₃-N", "tNH3N"),
    ("so2", "二氧化硫", "SO₂", "tSO2"),
    ("nox", "氮氧化物", "NOₓ", "tNOx"),
    ("pm25", "细颗粒物", "PM2.5", "tPM25"),
    ("voc", "挥发性有机物", "VOCs", "tVOC"),
    ("tn", "总氮", "Total nitrogen", "tTN"),
    ("tp", "总磷", "Total phosphorus", "tTP"),
    ("water", "节水量", "Water saved", "m3"),
)


def benefit() -> Table:
    """T16: fourteen columns, each in its own unit, landscape."""
    columns = (TableColumn("label", "类别", "Class", "label", 3.0), *(TableColumn(key, zh, en) for key, zh, en, _ in BENEFITS))
    rows = [TableRow(f"c{at}", zh, en, "") for at, (zh, en, _) in enumerate(CLASSES[:3], 1)]
    rows.append(TableRow("total", "合计", "Total", "", 0, "total"))
    cells: dict[str, Cell] = {}
    for key, _, _, unit in BENEFITS:
        values = [F(98765 * at, 3) if key != "voc" else None for at in (1, 1, 1)]
        parts = [f"T16!{row.id}.{key}" for row in rows[:3]]
        for row, part, value in zip(rows, parts, values, strict=False):
            cells[f"{row.id}.{key}"] = number(part, value, unit, "sum" if value is not None else "missing")
        total = F(98765) if key != "voc" else None
        cells[f"total.{key}"] = number(f"T16!total.{key}", total, unit, "total" if total is not None else "missing", *parts)
    return Table("T16", "环境效益汇总", "Environmental benefit", columns, tuple(rows), cells, landscape=True)


def projects(count: int = 45) -> Table:
    """T17: words and numbers, long names, a text that looks like a formula."""
    columns = (
        TableColumn("label", "项目", "Project", "label", 3.0), TableColumn("code", "目录代码", "Code", "text"),
        TableColumn("invest", "总投资", "Total investment"), TableColumn("share", "归因比例", "Attribution"),
        TableColumn("method", "测算方法与数据", "Method and data", "text", 2.0), TableColumn("co2", "二氧化碳减排量", "CO₂ avoided"),
    )  # fmt: skip
    rows, cells = [], {}
    for at in range(1, count + 1):
        row = TableRow(
            f"p{at}",
            f"某市第{at}污水处理厂提标改造及再生水利用工程（含配套管网、中水回用设施与智慧水务平台建设）",
            f"Sewage works upgrade no. {at}",
            "",
        )
        rows.append(row)
        words = "=HYPERLINK(1)" if at == 1 else f"CBRC-SEW：处理水量 {at * 365:,} 万立方米，进出水 COD 350/30 mg/L"
        texts = {"code": "2.3.1", "method": words}
        cells |= {f"{row.id}.{key}": Cell(f"T17!{row.id}.{key}", None, "", 0, How("text"), text) for key, text in texts.items()}
        cells[f"{row.id}.invest"] = number(f"T17!{row.id}.invest", F(123456 * at, 7), "万元")
        cells[f"{row.id}.share"] = number(f"T17!{row.id}.share", F(at, 3), "percent")
        cells[f"{row.id}.co2"] = number(f"T17!{row.id}.co2", None if at % 7 == 0 else F(-at * 1000, 9), "tCO2", decimals=0)
    return Table("T17", "重大绿色项目", "Major green projects", columns, tuple(rows), cells, landscape=True)


def operations(table: str, zh: str, en: str) -> Table:
    """T20 and T21: own operations."""
    rows = (
        TableRow("power", "外购电力", "Purchased electricity", "万千瓦时"),
        TableRow("gas", "天然气", "Natural gas", "万立方米"),
        TableRow("total", "温室气体排放总量（范围一和范围二）", "Greenhouse gases, scopes 1 and 2", "tCO2e", 0, "total"),
    )
    values = ((rows[0], F(45678, 10), F(43210, 10), 2), (rows[1], F(1234, 100), 0, 2), (rows[2], F(4321), F(4444), 2))
    cells = two_years(table, [(row, now, then or None, decimals) for row, now, then, decimals in values], {})
    return Table(table, zh, en, (LABEL, UNIT, NOW, THEN, CHANGE), rows, cells)


def tables() -> tuple[Table, ...]:
    """All sample tables."""
    return (
        headline(), lending(), by_class(), benefit(), projects(),
        operations("T20", "经营活动能源与资源消耗", "Energy and resources of operations"),
        operations("T21", "经营活动温室气体排放", "Greenhouse gases of operations"),
    )  # fmt: skip

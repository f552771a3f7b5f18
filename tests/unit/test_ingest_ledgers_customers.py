"""Customer lists, risk events and evidence, and what they say of the loans."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from greenfin.core.problems import Severity
from tests.ledger_books import LOANS, Grid, bad, codes, read, where

ONE, TWO = "91110000100000000G", "911100001000000014"  # invented, with true check signs
CUSTOMERS: Grid = [
    ["客户信息表", None, None, None, None, None, None, None, None, None, None],
    [None, None, "基本信息", None, None, None, "财务信息", None, "环境信息", None, None],
    [
        "客户编号",
        "客户名称",
        "统一社会信用代码",
        "法定代表人",
        "行业",
        "企业规模",
        "营业收入（万元）",
        "从业人数",
        "环境和社会风险分类",
        "环保信用等级",
        "范围一排放量（万吨）",
    ],
    ["C1", "示例光伏有限公司", None, "张三丰", "D4416", "中型企业", "1,200.5", 120, "C类", "绿", 0.12],
    ["C2", "示例水务有限公司", None, "李四", "4620", "大型", 300, "1,300", "B", "蓝色", None],
    ["C3", "示例建材厂", None, "王五", "C3011", "很大", "三百", 30, "A类", "黄牌", 5],
]
MERGE = {"客户": ["C2:F2", "G2:H2", "I2:K2"]}


def test_customers_under_two_header_rows(tmp_path: Path) -> None:
    value, problems = read(tmp_path, {"借据": LOANS, "客户": CUSTOMERS}, merge=MERGE)
    rows = value.customers.to_pylist()
    assert [r["customer_no"] for r in rows] == ["C1", "C2", "C3"]
    assert [r["legal_person"] for r in rows] == ["**丰", "*四", "*五"]
    assert [r["industry"] for r in rows] == ["4416", "4620", "3011"]
    assert [r["scale"] for r in rows] == ["medium", "large", None]
    assert [r["revenue_fen"] for r in rows] == [1_200_500_000, 300_000_000, None]
    assert [r["employees"] for r in rows] == [120, 1300, 30]
    assert [r["env_class"] for r in rows] == ["C", "B", "A"]
    assert [r["env_credit"] for r in rows] == ["green", "blue", "yellow"]
    assert [r["emission_s1_t"] for r in rows] == [1200, None, 50_000]
    assert where(problems, "ingest.amount_unreadable") == ["b.xlsx!客户!G6"]
    assert "张三丰" not in str(rows) + str(problems)
    assert where(problems, "ingest.green_in_class_a") == ["b.xlsx!客户!I6"]


def test_loans_are_filled_from_the_customer_list(tmp_path: Path) -> None:
    loans: Grid = [
        ["借据号", "客户编号", "客户名称", "统一社会信用代码", "客户行业", "贷款余额（元）"],
        ["J1", "C1", "示例光伏有限公司", None, None, 1],
        ["J2", "C2", None, None, "D4412", 2],
        ["J3", None, "示例光伏（集团）公司", ONE, None, 3],
        ["J4", "C9", "示例公司", None, None, 4],
    ]
    customers: Grid = [
        ["客户编号", "客户名称", "统一社会信用代码", "行业", "企业规模"],
        ["C1", "示例光伏有限公司", ONE, "D4416", "小型"],
        ["C2", "示例水务有限公司", TWO, "D4620", "小型"],
    ]
    value, problems = read(tmp_path, {"借据": loans, "客户": customers})
    assert value.loans["industry_customer"].to_pylist() == ["4416", "4412", "4416", None]
    assert value.loans["customer_name"].to_pylist() == ["示例光伏有限公司", "示例水务有限公司", "示例光伏（集团）公司", "示例公司"]
    assert value.loans["customer_uscc"].to_pylist() == [ONE, TWO, ONE, None]
    assert codes(problems).count("ingest.customer_filled") == 3
    differ = {p.params["column"]: (p.where, p.params["other"]) for p in problems if p.code == "ingest.customer_differs"}
    assert differ == {
        "industry_customer": ("b.xlsx!借据!E3", "b.xlsx!客户!D3"),
        "customer_name": ("b.xlsx!借据!C4", "b.xlsx!客户!B2"),
    }
    assert not any("公司" in str(p.params) for p in problems)


def test_customers_twice(tmp_path: Path) -> None:
    rows: Grid = [
        ["客户号", "企业名称", "社会信用代码", "注册资本（万元）"],
        ["C1", "示例甲公司", ONE, 10],
        ["C1", "示例甲公司", ONE, 10],
        ["C2", "示例甲有限公司", ONE, 10],
        ["C3", "示例丙公司", TWO, 10],
        ["C3", "示例丙公司", TWO, 20],
        [None, "示例丁公司", None, 20],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "客户清单": rows})
    assert value.customers["customer_no"].to_pylist() == ["C1", "C2"]
    assert where(problems, "ingest.duplicate_equal") == ["b.xlsx!客户清单!A3"]
    assert codes(problems).count("ingest.duplicate_unequal") == 2
    assert where(problems, "ingest.customer_uscc_twice") == ["b.xlsx!客户清单!C4"]
    assert where(problems, "ingest.key_missing") == ["b.xlsx!客户清单!A7"]


def test_persons_in_a_customer_list(tmp_path: Path) -> None:
    rows: Grid = [
        ["客户编号", "客户名称", "证件类型", "证件号码", "主营业务"],
        ["C1", "赵小明", "身份证", "11010119900307001X", "赵小明经营光伏扶贫电站"],
        ["C2", "示例水务有限公司", "统一社会信用代码", TWO, "水务"],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "客户": rows})
    assert value.customers["customer_name"].to_pylist() == ["**明", "示例水务有限公司"]
    assert value.customers["main_business"].to_pylist()[0] == "**明经营光伏扶贫电站"
    assert "19900307" not in str(value.customers.to_pylist()) + str(problems)
    assert "赵小明" not in str(value.customers.to_pylist()) + str(problems)


def test_a_wide_ledger_with_customer_columns_stays_a_ledger(tmp_path: Path) -> None:
    rows: Grid = [
        [
            "借据号",
            "贷款余额",
            "客户编号",
            "客户名称",
            "信用代码",
            "企业规模",
            "企业类型",
            "注册资本",
            "营业收入",
            "资产总额",
            "从业人数",
            "经营范围",
            "环境风险分类",
        ],
        ["J1", 10, "C1", "示例公司", ONE, "小型", "民营", 1, 1, 1, 1, "光伏发电", "C"],
    ]
    value, _ = read(tmp_path, {"台账": rows})
    assert value.loans["balance_fen"].to_pylist() == [1000]
    assert value.customers.num_rows == 0


RISKS: Grid = [
    ["行政处罚决定书文号", "客户编号", "当事人", "违法行为类型", "处罚日期", "违法事实", "处置措施", "是否完成整改", "整改完成日期"],
    ["示环罚〔2025〕1号", "C1", "示例光伏有限公司", "环保违法", "2025-06-01", "未批先建", "督促整改", "否", None],
    ["示环罚〔2025〕2号", "C3", "示例建材厂", "安全生产", "2025年6月2日", "无证作业，联系人13800138000", "督促整改", None, "2025-09-01"],
    ["示环罚〔2025〕3号", "C2", "示例水务有限公司", "环保处罚", "2025-06-31", "超标排放", "其他", "否", None],
    ["示环罚〔2025〕4号", "C7", "周吴郑", "交通违法", "2025-06-03", "周吴郑超载", "其他", "整改中", None],
]


def test_risk_events(tmp_path: Path) -> None:
    value, problems = read(tmp_path, {"借据": LOANS, "风险事件": RISKS})
    events = value.risk_events.to_pylist()
    assert [e["event_no"] for e in events] == ["示环罚〔2025〕1号", "示环罚〔2025〕2号", "示环罚〔2025〕4号"]
    assert [e["kind"] for e in events] == ["environment", "safety", None]
    assert [e["is_closed"] for e in events] == [False, True, False]
    assert events[1]["closed_on"] == date(2025, 9, 1)
    assert "13800138000" not in str(events) + str(problems)
    assert "周吴郑" not in str(events) + str(problems)
    assert [r["code"] for r in value.rejected.to_pylist()] == ["ingest.date_impossible"]
    assert where(problems, "ingest.green_with_open_event") == ["b.xlsx!风险事件!H2"]
    assert where(problems, "ingest.link_unknown") == ["b.xlsx!风险事件!B5"]


def test_evidence(tmp_path: Path) -> None:
    sha = "ab" * 32
    rows: Grid = [
        ["佐证编号", "佐证类型", "借据号", "项目编号", "文件名", "文件哈希", "生效日期", "有效期至", "适用地区"],
        ["E1", "环评批复", "J001", None, "环评.pdf", sha.upper(), "2024-01-01", "2029-01-01", "510100"],
        ["E1", "环评批复", "J002", None, "环评.pdf", sha, "2024-01-01", "2029-01-01", "510100"],
        ["E2", "排污许可证", None, "P1", "许可.pdf", "12345", "2024-01-01", "2023-01-01", None],
        ["E3", "发票", "J404", None, "发票.pdf", None, None, "长期", None],
        [None, "发票", "J001", None, None, None, None, None, None],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "佐证清单": rows})
    assert value.evidence["evidence_id"].to_pylist() == ["E1", "E1", "E2", "E3"]
    assert value.evidence["sha256"].to_pylist() == [sha, sha, None, None]
    assert where(problems, "ingest.hash_unreadable") == ["b.xlsx!佐证清单!F4"]
    assert where(problems, "ingest.due_before_start") == ["b.xlsx!佐证清单!H4"]
    assert where(problems, "ingest.link_unknown") == ["b.xlsx!佐证清单!C5"]
    assert value.rejected["table"].to_pylist() == ["evidence"]
    assert not [p for p in problems if p.severity is Severity.ERROR and p.code not in ("ingest.key_missing", "ingest.date_unreadable")]


def test_nothing_is_said_of_ledgers_in_order(tmp_path: Path) -> None:
    customers: Grid = [["客户编号", "客户名称", "行业", "企业规模"], ["C1", "示例光伏有限公司", "D4416", "小型"]]
    _, problems = read(tmp_path, {"借据": LOANS, "客户": customers})
    assert not bad(problems)

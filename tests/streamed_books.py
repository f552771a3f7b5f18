"""Small books with every kind of dirt that batches could read otherwise than the whole, as parquet files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

AS_OF = date(2025, 12, 31)
PURPOSES = (
    "建设50兆瓦光伏发电项目，购置组件和逆变器，并网发电", "采购钢材一批，用于补充流动资金", "城镇污水处理厂提标改造项目建设",
    "购置住房一套", "风力发电场项目建设，安装风机二十台", "流动资金", "", "向供应商支付货款，合同号一百二十三",
)  # fmt: skip
KINDS = (("光伏发电项目", "4416"), ("风电场项目", "4415"), ("污水处理厂项目", "4620"))


def write_book(folder: Path, *, loans: int, projects: int, seed: int, repeated: int = 0, groups: int = 0) -> list[Path]:
    """Ledger, projects and inputs; ``repeated`` receipts stand twice, every other one with another amount; ``groups``: rows a row group."""
    random = Random(seed)
    rows = [_loan(random, number, projects) for number in range(loans)]
    for number in range(repeated):
        again = dict(rows[random.randrange(loans)])
        again["贷款余额"] = again["贷款余额"] if number % 2 else 12.5
        rows.insert(random.randrange(len(rows)), again)
    names = ("loans", "projects", "inputs")
    tables = (rows, [_project(random, number) for number in range(projects)], _inputs(random, projects))
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in zip(names, tables, strict=True):
        pq.write_table(pa.Table.from_pylist(table), folder / f"{name}.parquet", row_group_size=groups or len(table))
    return [folder / f"{name}.parquet" for name in names]


def write_beside(folder: Path, ledger: Path, *, seed: int, classes: tuple[str | None, ...] = ("B类", "C类", None)) -> tuple[Path, Path]:
    """A list of customers (gaps, other names, two numbers of one code) and a table of exchange rates; the ledger gets loans in both."""
    random = Random(seed)
    table = pq.read_table(ledger)
    money = [random.choice(("人民币", "人民币", "美元", "泰铢")) for _ in range(len(table))]
    pq.write_table(
        table.append_column("币种", pa.array(money)), ledger, row_group_size=pq.ParquetFile(ledger).metadata.row_group(0).num_rows
    )
    rows = [
        {
            "客户编号": f"C{number:04d}",
            "客户名称": random.choice(("示例实业有限公司", "示例水务集团")),
            "统一社会信用代码": random.choice((None, "91110000100000001N", "91110000100000002L", f"9111000010000{number:04d}0")),
            "行业": random.choice(("4416", "7010", None)),
            "企业规模": random.choice(("大型", "小型", "微型")),
            "主营业务": random.choice(("光伏发电", "商品零售")),
            "环境风险分类": random.choice(classes),
        }
        for number in range(0, 60, 2)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "customers.parquet")
    rates = [{"币种": "USD", "日期": date(2025, 12, 31), "汇率": 7.0288}, {"币种": "EUR", "日期": date(2025, 12, 31), "汇率": 8.2355}]
    pq.write_table(pa.Table.from_pylist(rates), folder / "rates.parquet")
    return folder / "customers.parquet", folder / "rates.parquet"


def _loan(random: Random, number: int, projects: int) -> dict[str, Any]:
    """A receipt; branch codes of which some lost a zero, rates of which only some are above one, names of persons, gaps."""
    branch = random.choice(("010101", "010102", "10102", "020201"))
    return {
        "借据号": None if random.random() < 0.02 else f"J{number:05d}",
        "机构号": branch,
        "客户编号": None if random.random() < 0.05 else f"C{random.randrange(1 + number // 3):04d}",
        "客户名称": random.choice(("示例实业有限公司", "示例水务集团", "王小明")),
        "贷款类型": random.choice(("固定资产贷款", "流动资金贷款", "个人消费贷款")),
        "贷款用途": random.choice(PURPOSES),
        "贷款投向行业": random.choice(("4416", "4620", "7010", "9999", None)),
        "贷款余额": None if random.random() < 0.03 else round(random.uniform(-1, 300) * 10_000, 2),
        "合同金额": 2_000_000.0,
        "执行利率（%）": random.choice((3.65, 4.2, 0.35, 5.0, 99.0)),
        "放款日": date(2024, random.randint(1, 12), 3),
        "到期日": date(2027, random.randint(1, 12), 3),
        "五级分类": random.choice(("正常", "关注", "次级", "不明", None)),
        "是否绿色贷款": random.choice(("是", "否")),
        "项目编号": None if random.random() < 0.3 else f"X{random.randrange(projects + 1):03d}",
        "贷款状态": random.choice(("正常", "正常", "正常", "结清")),
    }


def _project(random: Random, number: int) -> dict[str, Any]:
    """A project; two in a row are at times one under two numbers of record."""
    name, industry = KINDS[number % len(KINDS)]
    place = "3201"
    return {
        "项目编号": f"X{number:03d}",
        "项目名称": f"示例{number // 2 if number % 5 == 1 else number}号{name if number % 5 != 1 else KINDS[(number - 1) % 3][0]}",
        "项目投向行业": industry,
        "项目总投资（万元）": None if random.random() < 0.1 else round(random.uniform(100, 5000), 2),
        "项目所在地": f"{place}00",
        "建设状态": "投产",
        "立项批复文号": f"示发改〔2024〕{number // 2 if number % 5 == 1 else number}号",
    }


def _inputs(random: Random, projects: int) -> list[dict[str, Any]]:
    rows = []
    for number in range(projects):
        lines = (("装机容量", random.randint(5, 90), "兆瓦"), ("年等效利用小时", random.randint(900, 2500), "小时"))
        if number % len(KINDS) == len(KINDS) - 1:
            lines = (("年污水处理量", random.randint(10, 900), "万立方米"), ("处理天数", 365, "天"))
        for name, value, unit in lines:
            line = {"项目编号": f"X{number:03d}", "测算指标": name, "数值": float(value), "单位": unit}
            rows.append(line | {"数据性质": "实际值", "数据年份": 2025})
    return rows

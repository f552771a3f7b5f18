"""What part a word plays in its sentence: inputs, places and customers are not what is financed."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from greenfin.core.columns import schema
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.tag import tag


def tagged(text: str) -> tuple[str, str]:
    fields = schema("loans")
    loan = {"loan_id": "L1", "purpose": text}
    loans = pa.Table.from_pylist([{f.name: loan.get(f.name) for f in fields}], schema=fields)
    row = tag(Book(as_of=date(2025, 12, 31), loans=loans), load(), editions=("green-finance-2025",)).value.to_pylist()[0]
    return row["decision"], row["code"] or ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("购铜管、压缩机，加工一级能效空调出口", "1.1.14"),
        ("一级能效空调制造，支付铜管、压缩机采购款", "1.1.14"),
        ("储能电池柜生产企业采购电芯、PCS、BMS", "4.1.8"),
        ("向厂家支付光伏组件货款，对外销售", "8.5.2"),
        ("在污水处理厂建设充电站", "6.2.3"),
        ("光伏电站建设，向污水处理厂供电", "4.2.2"),
        ("合同能源管理，为医院实施照明节能改造", "7.2.2"),
        ("收购废旧农膜，生产再生滴灌带", "3.2.5"),
        ("粉煤灰购销", "3.2.3"),
    ],
)
def test_what_is_made_or_built_leads(text: str, code: str) -> None:
    assert tagged(text) == ("green", code)


@pytest.mark.parametrize("text", ["为风电场提供餐饮服务", "向风电场销售钢材", "风电场旁商品房开发", "采购螺纹钢用于风电场附近住宅建设"])
def test_ordinary_goods_and_works_for_a_green_asset_are_not_green(text: str) -> None:
    assert tagged(text)[0] != "green"


@pytest.mark.parametrize("text", ["夫妻购新能源SUV一辆", "王某购买纯电动轿车", "农户购新能源SUV一辆"])
def test_a_person_who_buys_a_car_is_a_consumer(text: str) -> None:
    assert tagged(text) == ("green", "9.1.1")

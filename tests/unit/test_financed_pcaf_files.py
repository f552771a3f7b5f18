"""PCAF from files of a bank: Chinese and English headers with units, one foreign currency, consumption in words."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from greenfin import ingest
from greenfin.financed import financed
from greenfin.financed.exposures import of_book
from greenfin.reference.load import load


def rows_of(tmp_path: Path, text: str, year: int = 2024) -> dict[str, dict[str, Any]]:
    path = tmp_path / "holdings.csv"
    path.write_text(text, "utf-8")
    day = date(year, 12, 31)
    read = ingest.read_exposures([path], as_of=day, otherwise=day, reference=load(), rates=None).value
    exposures = of_book(read.book, reference=load(), flat=read.flat, averages=None).value
    return {row["exposure_id"]: row for row in financed(exposures, "pcaf", reference=load(), year=year).value.to_pylist()}


def test_chinese_headers_with_units(tmp_path: Path) -> None:
    text = (
        "持仓编号,资产类别,余额(万元),EVIC(万元),权益合计(万元),有息负债(万元),范围一排放(吨),范围二排放(万吨),排放数据来源,放款时价值(万元),用电量(千瓦时),移除量(吨)\n"
        "A1,上市股权,1000,100000,,,5000,0.1,经核查报告,,,\n"
        "A3,企业贷款,2000,,30000,20000,8000,0.2,企业披露,,,100\n"
        "A4,商业地产,800,,,,,,,2000,2500000,\n"
    )
    found = rows_of(tmp_path, text)
    assert (found["A1"]["financed_g"], found["A1"]["option"]) == (60 * 10**6, "1a")
    assert (found["A3"]["financed_g"], found["A3"]["removals_g"]) == (400 * 10**6, 4 * 10**6)
    assert (found["A4"]["attribution"], found["A4"]["option"]) == (0.4, "1b")


def test_english_headers_in_millions_of_dollars(tmp_path: Path) -> None:
    text = (
        "id,asset class,outstanding (m USD),EVIC (m USD),total equity (m USD),total debt (m USD),"
        "scope 1 (Mt CO2),scope 2 (Mt CO2),emission source,PPP GDP (m USD),pool balance (m USD),pool emissions (t)\n"
        "F102,listed equity,269.631356,5899.099935,,,4.22336614893355,0,reported,,,\n"
        "B1,business loan,10,,30,70,0.05,0,verified,,,\n"
        "V1,sovereign debt,1,,,,61.451586,,reported,579762,,\n"
        "S1,securitisation,5,,,,,,,,50,1000\n"
    )
    found = rows_of(tmp_path, text, 2019)
    assert found["F102"]["financed_g"] == pytest.approx(193038.25e6, rel=1e-6)
    assert found["B1"]["financed_g"] == 5000 * 10**6
    assert round(found["V1"]["financed_g"] / 10**6) == 106
    assert found["S1"]["financed_g"] == 100 * 10**6


def test_consumption_of_vehicles_in_headers_and_cells(tmp_path: Path) -> None:
    text = (
        "借据号,资产类别,贷款余额(元),放款时车辆价值(元),年行驶里程(公里),百公里油耗(升),燃料类型\n"
        "M1,车贷,120000,200000,12000,7.5,汽油\n"
        "M2,车贷,120000,,1.2万公里,7.5 L/100km,汽油\n"
        "M3,车贷,120000,200000,12000,15 kWh/100km,纯电动\n"
    )
    found = rows_of(tmp_path, text)
    assert found["M1"]["scope1_g"] * 5 == pytest.approx(found["M2"]["scope1_g"] * 3, abs=5)
    assert (found["M3"]["scope1_g"], found["M3"]["scope2_g"]) == (None, found["M3"]["financed_g"])

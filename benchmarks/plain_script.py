"""What a plain script does for the cells of ``plain.py``: pandas and openpyxl, words looked for in a loop, pint row by row, ``add_all``.

Written as an analyst would who knows his libraries and is in no hurry; nothing of greenfin is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pint
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

HUNDRED_MILLION = 10**8
ANNEX = ("借据号", "客户编号", "贷款余额", "条目", "认定", "节约标准煤(吨)", "减排二氧化碳(吨)")
CLASSES = ("用途", "余额", "笔数", "户数")
UNITS = pint.UnitRegistry()
UNITS.define("gCO2 = gram")
UNITS.define("gce = gram")


@dataclass(frozen=True, slots=True)
class Known:
    """What the analyst has in his sheets: the entry of each word, the names of the classes, the entries of power, grams a megawatt hour of
    each province (coal, CO2)."""

    words: Mapping[str, str]
    classes: Mapping[str, str]
    power: frozenset[str]
    rates: Mapping[str, tuple[float, float]]


class Base(DeclarativeBase):
    """The tables of his database."""


class TaggedLoan(Base):
    """A loan with its tag."""

    __tablename__ = "tagged"
    loan_id: Mapped[str] = mapped_column(primary_key=True)
    customer: Mapped[str]
    balance: Mapped[float]
    code: Mapped[str]
    decision: Mapped[str]
    coal: Mapped[float | None]
    co2: Mapped[float | None]


def entry_of(text: str, words: Mapping[str, str]) -> str:
    """The entry of the longest word that the text holds; empty where it holds none."""
    best = ""
    for word in words:
        if word in text and len(word) > len(best):
            best = word
    return words[best] if best else ""


def benefit(row: Mapping[str, Any], project: Mapping[str, Any], rates: tuple[float, float]) -> tuple[float, float]:
    """Tonnes of coal and of CO2 that a loan's share of a power plant saves in a year."""
    supply = (project["装机容量"] * UNITS.megawatt * (project["年等效利用小时"] * UNITS.hour)).to("megawatt_hour")
    share = min(1.0, (row["贷款余额"] * UNITS.dimensionless / (project["项目总投资（元）"] * UNITS.dimensionless)).magnitude)
    coal = (supply * (rates[0] * UNITS.gce / UNITS.megawatt_hour) * share).to("tonne")
    co2 = (supply * (rates[1] * UNITS.gCO2 / UNITS.megawatt_hour) * share).to("tonne")
    return round(coal.magnitude, 2), round(co2.magnitude, 2)


def tagged(book: Path, known: Known) -> list[TaggedLoan]:
    """The loans of the workbook with their tags and benefits."""
    sheets = pd.read_excel(book, sheet_name=None, dtype={"项目编号": str, "客户编号": str, "机构号": str, "投向地区": str})
    loans, projects, inputs = sheets.values()
    by_project = projects.set_index("项目编号").to_dict("index")
    for line in inputs.to_dict("records"):
        by_project[line["项目编号"]][line["测算指标"]] = line["数值"]
    found = []
    for row in loans.to_dict("records"):
        code = entry_of(row["贷款用途"], known.words)
        coal, co2 = None, None
        if code in known.power and isinstance(row["项目编号"], str):
            project = by_project[row["项目编号"]]
            coal, co2 = benefit(row, project, known.rates[str(project["项目所在地"])])
        decision = "green" if code else "not_green"
        who, balance = row["客户编号"], row["贷款余额"]
        found.append(TaggedLoan(loan_id=row["借据号"], customer=who, balance=balance, code=code, decision=decision, coal=coal, co2=co2))
    return found


def by_class(loans: Sequence[TaggedLoan], known: Known) -> list[tuple[str, float, int, int]]:
    """Balance in hundred millions, loans and customers of each class and of all."""
    frame = pd.DataFrame(
        [(loan.code.split(".")[0], loan.balance, loan.customer) for loan in loans if loan.code], columns=["class", "balance", "who"]
    )
    lines = []
    for name, own in [*((known.classes[key], part) for key, part in frame.groupby("class")), ("合计", frame)]:
        lines.append((name, round(own["balance"].sum() / HUNDRED_MILLION, 2), len(own), own["who"].nunique()))
    return lines


def run(book: Path, out: Path, known: Known) -> None:
    """Workbook in; a workbook of two sheets and a database out."""
    loans = tagged(book, known)
    lines = by_class(loans, known)
    engine = create_engine(f"sqlite:///{out.with_suffix('.db')}")
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(CLASSES)
    for line in lines:
        sheet.append(line)
    annex = workbook.create_sheet("借据")
    annex.append(ANNEX)
    for loan in loans:
        annex.append((loan.loan_id, loan.customer, loan.balance, loan.code, loan.decision, loan.coal, loan.co2))
    workbook.save(out)
    with Session(engine) as session:
        session.add_all(loans)
        session.commit()
    engine.dispose()

"""The carbon-reduction facility: its quarterly disclosure, its funding, and the reduction that a loan stands for."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.given import Given, first
from greenfin.methods.parts import grid_co2
from greenfin.methods.registry import method
from greenfin.methods.terms import at_most_whole, optional


@method("CRST-DISC")
def disclosed(x: Given) -> Mapping[str, Quantity]:
    """What three disclosed rows imply of the quarters before this one and of the years before this one."""
    results: dict[str, Quantity] = {}
    for name, whole, part in (("before", "year", "quarter"), ("prior", "cumulative", "year")):
        amount = x[f"amount_{whole}"] - x[f"amount_{part}"]
        interest = x[f"amount_{whole}"] * x[f"rate_{whole}"] - x[f"amount_{part}"] * x[f"rate_{part}"]
        reduction = x[f"reduction_{whole}"] - x[f"reduction_{part}"]
        results |= {f"amount_{name}": amount, f"rate_{name}": interest / amount, f"co2e_{name}": reduction}
        results |= {f"intensity_{name}": reduction / amount, f"rest_{name}": amount / x[f"amount_{whole}"]}
        results |= {
            f"reduced_{name}": reduction / x[f"reduction_{whole}"],
            f"projects_{name}": x[f"projects_{part}"] / x[f"projects_{whole}"],
        }
    rows = ("cumulative", "year", "quarter")
    per_row = {row: x[f"reduction_{row}"] / x[f"amount_{row}"] for row in rows}
    return {
        **results,
        **{f"intensity_{row}": value for row, value in per_row.items()},
        "co2e": first(*(x[f"reduction_{row}"] for row in rows)),
        "intensity": first(*per_row.values()),
        "implied_rate": results["rate_prior"],
    }


@method("CRST-LEND")
def funded(x: Given) -> Mapping[str, Quantity]:
    """The central bank's funds for qualifying loans and what they cost a year, and over the days told."""
    funds = x["principal"] * first(x["funded_share"], x["share_of_principal"])
    yearly = funds * first(x["rate"], x["facility_rate"])
    return {"central_bank_funds": funds, "annual_cost": yearly, "cost": yearly * x["days"] / x["days_a_year"]}


@method("CRST-ER")
def carried(x: Given) -> Mapping[str, Quantity]:
    """The yearly reduction of a project (power, saving or capture) and the part that the loan carries."""
    kept = 1 - optional(x["own_use"])
    supply = first(x["supply"], x["generation"] * kept, x["capacity"] * x["hours"] * kept)
    captured = x["captured"] - optional(x["energy_emission"]) - optional(x["leakage"])
    carbon = first(supply * grid_co2(x), x["saving"] * x["co2_per_tce"], captured, x["result_co2"])
    project = first(carbon * x["co2e_of_co2"], x["result_co2e"])
    share = x["loan"] / x["total_invest"]
    carried_part = project * at_most_whole(share)
    return {
        "co2e": carried_part,
        "co2e_project": project,
        "intensity": carried_part / x["loan"],
        "share": share,
        "full_hours": first(x.stated["supply"], x.stated["generation"]) / x.stated["capacity"],
    }

"""The rules of ``rules.py`` as OpenFisca-Core has them: each a variable with a vectorised formula, each number a dated parameter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from openfisca_core.entities import build_entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from greenfin.reference.rules import ACTIVITIES, Rule
from greenfin.tag.ruling import RuleOutcome

if TYPE_CHECKING:
    from benchmarks.rules import Columns

ON = "2025-12"
_EPOCH = date(1970, 1, 1)
Formula = Callable[[Any, Any, Any], NDArray[np.int32]]


def named(column: str) -> str:
    """A name that OpenFisca-Core takes for a word: its formulas call variables by name."""
    return "says_" + column.encode("utf-8").hex()


@cache
def loan() -> Any:
    """The only entity: a loan, alone."""
    return build_entity(key="loan", plural="loans", label="", is_person=True)


def given_variable(name: str, kind: type) -> type:
    """A column of the book: it is as it is, whatever the month."""
    return type(name, (Variable,), {"value_type": kind, "entity": loan(), "definition_period": DateUnit.ETERNITY, "label": name})


def rule_variable(at: int, rule: Rule) -> type:
    """What a rule says of each loan."""
    about = {"value_type": int, "entity": loan(), "definition_period": DateUnit.MONTH, "label": rule.id, "formula": formula_of(at, rule)}
    return type(f"rule_{at}", (Variable,), about)


def formula_of(at: int, rule: Rule) -> Formula:
    """The formula of a rule: the words, in force by the loan's own date, industries, activities; then its number."""
    from benchmarks.rules import ALWAYS, column_of

    every, some, none = ([named(column_of(token)) for token in tokens] for tokens in (rule.all_of, rule.any_of, rule.none_of))
    start = (rule.applies_from - _EPOCH).days if rule.applies_from else None
    end = (rule.applies_until - _EPOCH).days if rule.applies_until else None
    wanted = [ACTIVITIES.index(name) for name in rule.activities]
    make = ACTIVITIES.index("make")

    def formula(loan: Any, period: Any, parameters: Any) -> NDArray[np.int32]:
        approved = loan("approved", period)
        applies = (approved >= start) if start is not None else np.ones(len(approved), dtype=bool)
        if end is not None:
            applies &= approved < end
        for name in every:
            applies &= loan(name, period)
        if some:
            said = loan(some[0], period)
            for name in some[1:]:
                said = said | loan(name, period)
            applies &= said
        for name in none:
            applies &= ~loan(name, period)
        if rule.industries:
            applies &= loan(f"industry_{at}", period)
        if wanted:
            activity = loan("activity", period)
            running = loan(named(ALWAYS), period) & (activity == make) & ~loan("is_equipment", period)
            applies &= np.isin(activity, [-1, *wanted]) | running
        if rule.threshold is None:
            return np.where(applies, RuleOutcome.MET, RuleOutcome.NOT_APPLICABLE)
        value, limit = loan(f"fact_{rule.threshold.fact}", period), parameters(period)[f"rule_{at}"]
        reached = compare(value, limit)
        says = np.where(np.isnan(value), RuleOutcome.UNKNOWN, np.where(reached, RuleOutcome.MET, RuleOutcome.UNMET))
        return np.where(applies, says, RuleOutcome.NOT_APPLICABLE)

    compare = {"<": np.less, "<=": np.less_equal, ">=": np.greater_equal, ">": np.greater}[rule.threshold.op if rule.threshold else "<"]
    return formula


@cache
def system(rules: tuple[Rule, ...], words: tuple[str, ...], facts: tuple[str, ...]) -> Any:
    """The variables and parameters, made once: what OpenFisca-Core calls a country."""
    from benchmarks.rules import number_asked

    made = TaxBenefitSystem([loan()])
    limits = {f"rule_{at}": {"values": {"2025-01-01": {"value": number_asked(rule)}}} for at, rule in enumerate(rules) if rule.threshold}
    made.parameters = ParameterNode(data=limits)
    columns = dict.fromkeys([*map(named, words), "is_equipment"], bool) | {"approved": int, "activity": int}
    columns |= {f"fact_{fact}": float for fact in facts}
    columns |= {f"industry_{at}": bool for at, rule in enumerate(rules) if rule.industries}
    for name, kind in columns.items():
        made.add_variable(given_variable(name, kind))
    for at, rule in enumerate(rules):
        made.add_variable(rule_variable(at, rule))
    return made


def theirs(given: Columns, rules: Sequence[Rule]) -> list[NDArray[np.int8]]:
    """A simulation over all loans: the columns set, each rule asked for."""
    country = system(tuple(rules), tuple(given.words), tuple(given.facts))
    simulation = SimulationBuilder().build_default_simulation(country, given.size)
    for name, flags in given.words.items():
        simulation.set_input(named(name), "ETERNITY", flags)
    for fact, numbers in given.facts.items():
        simulation.set_input(f"fact_{fact}", "ETERNITY", numbers)
    others = {"approved": given.approved, "activity": given.activity, "is_equipment": given.is_equipment}
    for at, rule in enumerate(rules):
        if rule.industries:
            fits = np.array([code.startswith(rule.industries) for code in given.industries], dtype=bool)
            others[f"industry_{at}"] = fits[given.industry]
    for name, values in others.items():
        simulation.set_input(name, "ETERNITY", values)
    return [np.asarray(simulation.calculate(f"rule_{at}", ON)) for at in range(len(rules))]

"""The PBoC's evaluation of a bank's green finance, by quarter, as dated schemes have it."""

from greenfin.evaluate.as_json import as_json, number, what_if_json
from greenfin.evaluate.evaluation import Evaluation, Indicator, evaluate, final
from greenfin.evaluate.schemes import DEFAULT, Scheme, scheme, schemes
from greenfin.evaluate.series import INDICATORS, Series, quarter_of, series_of, shown
from greenfin.evaluate.sums import evaluation_sums
from greenfin.evaluate.what_if import WhatIf, what_if, with_lending

__all__ = [
    "DEFAULT",
    "INDICATORS",
    "Evaluation",
    "Indicator",
    "Scheme",
    "Series",
    "WhatIf",
    "as_json",
    "evaluate",
    "evaluation_sums",
    "final",
    "number",
    "quarter_of",
    "scheme",
    "schemes",
    "series_of",
    "shown",
    "what_if",
    "what_if_json",
    "with_lending",
]

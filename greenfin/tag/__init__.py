"""Tagging: which catalogue entry a loan's money goes to, or that it is not green, or a question for a person."""

from greenfin.tag.engine import tag
from greenfin.tag.rulebook import RuleSaid, RulesSaid, rules_of
from greenfin.tag.thresholds import LineSaid
from greenfin.tag.to_json import tag_json

__all__ = ["LineSaid", "RuleSaid", "RulesSaid", "rules_of", "tag", "tag_json"]

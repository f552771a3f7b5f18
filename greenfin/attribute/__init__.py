"""Each loan's part of its project's result."""

from greenfin.attribute.explained import explain_part
from greenfin.attribute.numerator import month_averages, numerator_of
from greenfin.attribute.share import attribute

__all__ = ["attribute", "explain_part", "month_averages", "numerator_of"]

"""The example bank's run in memory with every table there is, made once for all tests that look at it."""

from __future__ import annotations

from functools import cache

from greenfin import example, pipeline
from greenfin.reference.load import Reference, load


@cache
def reference() -> Reference:
    return load().whole()


@cache
def everything() -> pipeline.RunResult:
    inputs = pipeline.read(example.files(), as_of=example.AS_OF, reference=reference())
    return pipeline.compute(inputs, pipeline.Options(policy="working", templates=(pipeline.EVERY,)), reference=reference())

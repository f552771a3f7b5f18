"""Run the example and compare every printed cell with ``examples/small_bank/expected``; ``--write`` renews them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from greenfin import disclose, example, pipeline
from greenfin.core.problems import Severity
from greenfin.reference.load import load


def main() -> int:
    """0 when the tables and the expected problems are the same; prints each difference."""
    reference = load()
    inputs = pipeline.read(example.files(), as_of=example.AS_OF, reference=reference)
    result = pipeline.compute(inputs, pipeline.Options(policy="working"), reference=reference)
    expected = example.folder() / "expected"
    if "--write" in sys.argv:
        return _write(result, expected)
    wanted: dict[str, str] = {}
    for path in sorted((expected / "tables").glob("*.csv")):
        wanted |= disclose.read_csv(path)
    found = disclose.printed_cells(list(result.tables.values()))
    changed = [name for name in sorted(wanted.keys() | found.keys()) if wanted.get(name, "") != found.get(name, "")]
    for name in changed:
        print(f"{name}: expected {wanted.get(name)!r}, found {found.get(name)!r}")
    unexpected = example.unexpected(result.problems)
    for code, n in unexpected:
        print(f"problem {code}: {n:+d}")
    print(f"{len(found)} cells, {len(changed)} differ; {len(unexpected)} problem codes differ")
    return 1 if changed or unexpected else 0


def _write(result: pipeline.RunResult, expected: Path) -> int:
    from collections import Counter

    shutil.rmtree(expected, ignore_errors=True)
    disclose.write_csv(list(result.tables.values()), expected / "tables", lang="zh")
    counts = Counter((p.code, p.severity.value) for p in result.problems if p.severity is not Severity.INFO)
    lines = ["code,severity,count", *(f"{code},{severity},{n}" for (code, severity), n in sorted(counts.items()))]
    (expected / "problems.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

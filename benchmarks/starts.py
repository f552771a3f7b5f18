"""Time what a call of the command line costs before it does anything, against an empty Python; processor time, as JSON lines.

``python benchmarks/starts.py [--runs 5]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Goal, tell
from benchmarks.timing import interleaved, spread

HELP_GOAL = 12
_HELP = ("-c", "from greenfin.cli.main import main; main()", "--help")


def of_children() -> float:
    """Processor seconds of the processes that were started and have ended."""
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return now.ru_utime + now.ru_stime


def called(words: Sequence[str]) -> None:
    """One Python with these words; raises CalledProcessError where it fails."""
    subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=True)  # noqa: S603  # our own words


def help_against_nothing(runs: int) -> Goal:
    """``greenfin --help`` over ``python -c pass``; prints both."""
    works = {"greenfin --help": partial(called, _HELP), "python -c pass": partial(called, ("-c", "pass"))}
    found = {name: spread(taken) for name, taken in interleaved(works, runs, of_children).items()}
    for name, taken in found.items():
        print(json.dumps({"step": name, "runs": runs, "clock": "processor", "seconds": taken}))
    return Goal("greenfin --help over python -c pass", found["greenfin --help"]["median"] / found["python -c pass"]["median"], HELP_GOAL)


def main() -> None:
    """Print the figures and whether the goal is met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    tell([help_against_nothing(asked.runs)], asked)


if __name__ == "__main__":
    main()

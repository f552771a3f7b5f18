"""Reduce a few screenshots of the browser tests to the pictures of the guides: ``build/screenshots`` to ``docs/pictures``."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
TAKEN = {  # picture of the guides: screenshot of a browser test
    "login-zh": "login-zh",
    "home-zh": "home-maker-zh-1366",
    "home-en": "home-esg-en-1366",
    "review-zh": "review-maker-zh-1366",
    "review-en": "review-maker-en-1366",
    "calculator-zh": "calculator-sensitivity-zh-1366",
    "calculator-en": "calculator-en-1366",
    "disclosure-zh": "disclosure-why-zh-1366",
    "disclosure-en": "disclosure-why-en-1366",
    "import-zh": "import-problems-zh-1366",
    "import-en": "import-problems-en-1366",
    "signing-zh": "disclosure-signing-zh-1366",
    "operations-zh": "operations-months-zh-1366",
    "operations-en": "operations-months-en-1366",
    "portfolio-zh": "portfolio-financed-zh-1366",
    "portfolio-en": "portfolio-financed-en-1366",
    "audit-zh": "audit-verified-zh-1366",
}
COLOURS = 10


def main() -> None:
    """Write every picture whose screenshot is there; names those that are not."""
    for name, screenshot in TAKEN.items():
        made = ROOT / "build" / "screenshots" / f"{screenshot}.png"
        if not made.is_file():
            print(f"not there: {made}")
            continue
        small = Image.open(made).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(ROOT / "docs" / "pictures" / f"{name}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())

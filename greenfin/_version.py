"""The version, once; ``pyproject.toml`` is held equal to it by a test."""

__version__ = "0.1.0"

"""Reads ``factors/``, ``taxonomy/`` and ``disclosure_templates/``: strictly, and everything wrong with them at once."""

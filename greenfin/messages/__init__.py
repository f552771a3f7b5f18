"""Words for problem codes and labels, in Chinese and English, side by side in ``zh*.toml`` and ``en*.toml``."""

from greenfin.messages.words import LANGUAGES, Lang, codes, helps, say, tell

__all__ = ["LANGUAGES", "Lang", "codes", "helps", "say", "tell"]

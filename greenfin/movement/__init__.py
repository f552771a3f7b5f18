"""From one book to the next: the roll-forward between two dates, and the re-tagging between two editions."""

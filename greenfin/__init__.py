"""greenfin."""

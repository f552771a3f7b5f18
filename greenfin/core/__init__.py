"""Core: reads no user's file and no reference data."""

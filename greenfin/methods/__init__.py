"""Methods: declarations as data, each formula a small function over whole columns."""

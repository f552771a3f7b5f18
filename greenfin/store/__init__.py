"""Records that outlive a run: which runs there are. The only room that knows the database."""

from greenfin.store.runs import RunEntry, Store, open_store, register, runs

__all__ = ["RunEntry", "Store", "open_store", "register", "runs"]

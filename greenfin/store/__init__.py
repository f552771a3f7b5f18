"""Records that outlive a run: books, decisions, evidence, publications, runs. The only room that knows the database."""

from greenfin.store.opening import Store, open_store
from greenfin.store.runs import RunEntry, register, runs

__all__ = ["RunEntry", "Store", "open_store", "register", "runs"]

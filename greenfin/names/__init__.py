"""Names: borrowers found in a list of companies; what a book holds twice."""

from greenfin.names.claims import double_claims
from greenfin.names.joins import cells
from greenfin.names.joins import column as column_of_texts
from greenfin.names.listed import match
from greenfin.names.persons import firms
from greenfin.names.projects import one_record
from greenfin.names.within import firms_in

__all__ = ["cells", "column_of_texts", "double_claims", "firms", "firms_in", "match", "one_record"]

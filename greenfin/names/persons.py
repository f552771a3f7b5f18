"""Which names are those of natural persons: these are left alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.credit_codes import valid_codes
from greenfin.names.joins import column
from greenfin.names.words import any_of, words


def are_persons(names: pa.Array, is_firm: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Names that are covered, or look like a person's and hold no sign of an organisation; ``is_firm``: rows with a credit code."""
    said = words()["persons"]
    ways = (rf"(?:[{said['surnames']}]|{any_of(said['compound'])})\p{{Han}}{{1,2}}", rf"\p{{Han}}{{1,8}}{said['dot']}\p{{Han}}{{1,8}}")
    pattern = f"^(?:{'|'.join(ways)})$"
    like = pc.and_(pc.match_substring_regex(names, pattern), pc.invert(pc.match_substring_regex(names, said["organisation"])))
    covered = pc.match_substring(names, said["mask"])
    found = pc.fill_null(pc.or_(like, covered), False).to_numpy(zero_copy_only=False)
    return np.asarray(found, dtype=np.bool_) & ~is_firm


def firms(customers: pa.Table) -> NDArray[np.bool_]:
    """Which rows of a table of customers are not natural persons."""
    return ~are_persons(column(customers, "customer_name"), valid_codes(column(customers, "customer_uscc").to_pylist()))

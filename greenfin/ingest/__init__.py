"""Ingest: the user's files -> records, every problem with the address of its cell."""

from greenfin.ingest.bank import read_bank
from greenfin.ingest.book import read_book, read_operations
from greenfin.ingest.decisions import read_decisions
from greenfin.ingest.earlier import read_earlier
from greenfin.ingest.evaluation import evaluation_of, read_evaluation
from greenfin.ingest.exchange import read_rates
from greenfin.ingest.exposures import Holdings, read_exposures
from greenfin.ingest.files import read_source
from greenfin.ingest.labelled import Labelled, read_labelled
from greenfin.ingest.mapping_file import read_mapping
from greenfin.ingest.notes import read_notes
from greenfin.ingest.parties import read_borrowers, read_customers
from greenfin.ingest.prior import read_prior
from greenfin.ingest.questionnaire_answers import read_answers
from greenfin.ingest.register import Published
from greenfin.ingest.restatements import Restatement, read_restatements, restated, restatements_used
from greenfin.ingest.returned import contradicted
from greenfin.ingest.supplements import read_supplements, settled, supplemented
from greenfin.ingest.texts import read_texts, read_uses

__all__ = [
    "Holdings",
    "Labelled",
    "Published",
    "Restatement",
    "contradicted",
    "evaluation_of",
    "read_answers",
    "read_bank",
    "read_book",
    "read_borrowers",
    "read_customers",
    "read_decisions",
    "read_earlier",
    "read_evaluation",
    "read_exposures",
    "read_labelled",
    "read_mapping",
    "read_notes",
    "read_operations",
    "read_prior",
    "read_rates",
    "read_restatements",
    "read_source",
    "read_supplements",
    "read_texts",
    "read_uses",
    "restated",
    "restatements_used",
    "settled",
    "supplemented",
]

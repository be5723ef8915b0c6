"""Reading letters, mailings and the state of the outbox."""

from core.mail.queries.letters import Outbox, doubtful_count, letters_of_company, outbox_state
from core.mail.queries.mailings import asked_count, counts_of, mailing_choices, reasons_of, recipient_beside

__all__ = [
    "Outbox",
    "asked_count",
    "counts_of",
    "doubtful_count",
    "letters_of_company",
    "mailing_choices",
    "outbox_state",
    "reasons_of",
    "recipient_beside",
]

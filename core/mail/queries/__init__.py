"""Reading letters, mailings and the state of the outbox."""

from core.mail.queries.inmails import inmails_of_company, unfiled_count
from core.mail.queries.letters import (
    Outbox,
    doubtful_count,
    letters_of_company,
    mailbox_error,
    outbox_state,
    window_opens,
)
from core.mail.queries.mailings import asked_count, counts_of, mailing_choices, reasons_of, recipient_beside
from core.mail.queries.stops import stop_titles

__all__ = [
    "Outbox",
    "asked_count",
    "counts_of",
    "doubtful_count",
    "inmails_of_company",
    "letters_of_company",
    "mailbox_error",
    "mailing_choices",
    "outbox_state",
    "reasons_of",
    "recipient_beside",
    "stop_titles",
    "unfiled_count",
    "window_opens",
]

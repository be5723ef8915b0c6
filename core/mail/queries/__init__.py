"""Reading letters and the state of the outbox."""

from core.mail.queries.letters import Outbox, doubtful_count, letters_of_company, outbox_state

__all__ = ["Outbox", "doubtful_count", "letters_of_company", "outbox_state"]

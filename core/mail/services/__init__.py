"""Writing and sending letters."""

from core.mail.services.letters import Written, settle, write_letter

__all__ = ["Written", "settle", "write_letter"]

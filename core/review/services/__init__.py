"""Writing reviews: decisions, proposals, what a change does to the state, restoring old values."""

from core.review.services.deciding import approve, give_back, submit
from core.review.services.proposing import answer, propose
from core.review.services.restoring import restore

__all__ = ["answer", "approve", "give_back", "propose", "restore", "submit"]

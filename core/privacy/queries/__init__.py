"""Reading what is held of people, and what must not be done with it."""

from core.privacy.queries.reach import barred, may_contact
from core.privacy.queries.subject import Subject, subject_of
from core.privacy.queries.suppressed import erased_people

__all__ = ["Subject", "barred", "erased_people", "may_contact", "subject_of"]

"""Tables of journals."""

from plugins.journals.models.call import Call
from plugins.journals.models.dispatch import DispatchLine, DispatchRun, HeldLine
from plugins.journals.models.publication import FREQUENCIES, Issue, Publication
from plugins.journals.models.subscription import DayNumber, DeliveryPoint, Subscription

__all__ = [
    "FREQUENCIES",
    "Call",
    "DayNumber",
    "DeliveryPoint",
    "DispatchLine",
    "DispatchRun",
    "HeldLine",
    "Issue",
    "Publication",
    "Subscription",
]

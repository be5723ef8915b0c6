"""Dictionaries of journals: what administrators may rename, add to and retire."""

from __future__ import annotations

from core.i18n import _
from core.plugin import Dictionary, Entry

DICTIONARIES = [
    Dictionary(
        name="journals_edition",
        title=_("Editions"),
        entries=(
            Entry(code="liquor", title=_("Liquor edition")),
            Entry(code="packaging", title=_("Machinery and packaging edition")),
            Entry(code="food", title=_("Food edition")),
            Entry(code="wine", title=_("Wine edition")),
            Entry(code="market", title=_("Market and sales")),
        ),
    ),
    Dictionary(
        name="journals_nature",
        title=_("Kinds of subscription"),
        extensible=False,
        entries=(Entry(code="paid", title=_("Paid")), Entry(code="gift", title=_("Complimentary"))),
    ),
    Dictionary(
        name="journals_channel",
        title=_("Channels of subscription"),
        entries=(
            Entry(code="phone", title=_("By phone")),
            Entry(code="sales", title=_("Sales staff")),
            Entry(code="post", title=_("Post office")),
            Entry(code="fair", title=_("At a fair")),
            Entry(code="web", title=_("Website")),
        ),
    ),
    Dictionary(
        name="journals_payment",
        title=_("Payment of subscriptions"),
        extensible=False,
        entries=(
            Entry(code="none", title=_("Not paid")),
            Entry(code="part", title=_("Part paid")),
            Entry(code="full", title=_("Paid in full")),
        ),
    ),
    Dictionary(
        name="journals_cancel_reason",
        title=_("Reasons for cancelling"),
        entries=(
            Entry(code="budget", title=_("No budget")),
            Entry(code="not_read", title=_("Not read")),
            Entry(code="competitor", title=_("Reads another journal")),
            Entry(code="closed", title=_("Business closed")),
            Entry(code="delivery", title=_("Delivery problems")),
            Entry(code="other", title=_("Other reason")),
        ),
    ),
    Dictionary(
        name="journals_outcome",
        title=_("Outcomes of a call"),
        entries=(
            Entry(code="renewed", title=_("Renewed")),
            Entry(code="new", title=_("Newly subscribed")),
            Entry(code="considering", title=_("Considering, call again")),
            Entry(code="no_answer", title=_("No answer")),
            Entry(code="not_now", title=_("Not needed now")),
            Entry(code="cancelled", title=_("Cancels")),
            Entry(code="wrong_number", title=_("Wrong number")),
            Entry(code="passed_on", title=_("Passed to sales staff")),
        ),
    ),
    Dictionary(
        name="journals_frequency",
        title=_("Frequencies"),
        extensible=False,
        entries=(
            Entry(code="weekly", title=_("Weekly")),
            Entry(code="half_monthly", title=_("Half-monthly")),
            Entry(code="monthly", title=_("Monthly")),
            Entry(code="quarterly", title=_("Quarterly")),
            Entry(code="half_yearly", title=_("Half-yearly")),
            Entry(code="yearly", title=_("Yearly")),
        ),
    ),
    Dictionary(
        name="journals_phase",
        title=_("States of a subscription"),
        extensible=False,
        entries=(
            Entry(code="future", title=_("To come")),
            Entry(code="active", title=_("Running")),
            Entry(code="expired", title=_("Expired")),
            Entry(code="cancelled", title=_("Cancelled")),
        ),
    ),
    Dictionary(
        name="journals_stage",
        title=_("States of an issue"),
        extensible=False,
        entries=(
            Entry(code="planned", title=_("Planned")),
            Entry(code="closed", title=_("Closed for copy")),
            Entry(code="dispatched", title=_("Dispatched")),
        ),
    ),
    Dictionary(
        name="journals_held",
        title=_("Why a recipient is held"),
        extensible=False,
        entries=(
            Entry(code="barred", title=_("Asked for no post")),
            Entry(code="recipient", title=_("No recipient")),
            Entry(code="address", title=_("No address")),
            Entry(code="postcode", title=_("No valid postcode")),
        ),
    ),
]

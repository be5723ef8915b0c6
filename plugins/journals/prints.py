"""What journals prints: labels, envelopes and the list of a dispatch run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.i18n import _
from core.overlay import overlay
from core.plugin import PrintTemplate
from plugins.journals.models import DispatchLine, Issue, Publication
from plugins.journals.permissions import Perm

LIMIT = "journals.label_rows_a_day"

PARTS = (
    ("postcode", _("Postcode")),
    ("address", _("Address")),
    ("organisation", _("Customer")),
    ("recipient", _("Recipient")),
    ("copies", _("Publication and copies")),
    ("code", _("Label code")),
)


def _lines(session: Session, ids: Sequence[int]) -> list[tuple[DispatchLine, str, str]]:
    rows = session.execute(
        select(DispatchLine, Publication.title, Issue.label)
        .join(Issue, Issue.id == DispatchLine.issue_id)
        .join(Publication, Publication.id == Issue.publication_id)
        .where(DispatchLine.id.in_(ids))
    )
    place = {key: number for number, key in enumerate(ids)}
    return sorted(((line, title, label) for line, title, label in rows), key=lambda row: place[row[0].id])


def label_context(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Give the labels of dispatch lines as the post reads them: postcode, address, house, person, then our own marks.

    They are Chinese in every language of the screen: it is the Chinese post that delivers them.
    """
    made = []
    for line, title, label in _lines(session, ids):
        edition = overlay().title(session, "journals_edition", line.edition)
        recipient = line.recipient if line.recipient.endswith("收") else f"{line.recipient} 收"
        made.append(
            {
                "id": line.id,
                "name": line.organisation,
                "postcode": line.postcode,
                "lines": [
                    {"text": line.postcode, "part": "postcode", "bold": True, "spaced": True},
                    {"text": line.address, "part": "address"},
                    {"text": line.organisation, "part": "organisation", "bold": True},
                    {"text": recipient, "part": "recipient"},
                    {
                        "text": f"{title}{edition} {label} · {line.copies} 份",
                        "part": "copies",
                        "small": True,
                    },
                    {"text": line.label_code, "part": "code", "small": True},
                ],
            }
        )
    return made


def envelope_context(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Give the lines of envelopes; the postcode stands in the boxes."""
    rows = label_context(session, ids)
    return [{**row, "lines": [line for line in row["lines"] if line["part"] != "postcode"]} for row in rows]


def list_context(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Give the rows of a run's list."""
    return [
        {
            "id": line.id,
            "lines": [
                str(line.place),
                line.postcode,
                line.address,
                line.organisation,
                line.recipient,
                str(line.copies),
                line.label_code,
            ],
        }
        for line, _title, _label in _lines(session, ids)
    ]


PRINTS = [
    PrintTemplate(
        name="journals.labels",
        title=_("Dispatch labels"),
        resource="journals/dispatches",
        context=label_context,
        parts=PARTS,
        permission=Perm.DISPATCH_PRINT,
        quota=LIMIT,
        order=10,
    ),
    PrintTemplate(
        name="journals.envelopes",
        title=_("Dispatch envelopes"),
        resource="journals/dispatches",
        context=envelope_context,
        kind="envelope",
        parts=PARTS[1:],
        permission=Perm.DISPATCH_PRINT,
        quota=LIMIT,
        order=20,
    ),
    PrintTemplate(
        name="journals.list",
        title=_("Dispatch list"),
        resource="journals/dispatches",
        context=list_context,
        kind="list",
        columns=(
            _("Place"),
            _("Postcode"),
            _("Address"),
            _("Customer"),
            _("Recipient"),
            _("Copies"),
            _("Label code"),
        ),
        permission=Perm.DISPATCH_PRINT,
        quota=LIMIT,
        order=30,
    ),
]

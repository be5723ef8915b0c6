"""Dispatch runs (发刊): what was sent of an issue, to whom, as it was printed. Never changed afterwards."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Integer, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from core.columns import BigId, Keyed, RowScope, Scoped, Timestamped
from core.customers.models.policy import company_key
from core.db import Base
from core.errors import Refused
from core.i18n import _
from plugins.journals.models.publication import Issue


class DispatchRun(Keyed, Timestamped, Base):
    """One run for an issue. The first is the main run; later ones hold only who was not served yet."""

    __tablename__ = "journals_dispatch_run"
    __table_args__ = (UniqueConstraint("issue_id", "sequence"), {"info": {"title": _("Run")}})

    issue_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("journals_issue.id"), index=True, info={"title": _("Issue")}
    )
    sequence: Mapped[int] = mapped_column(Integer, info={"title": _("Running number of the run")})
    made_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"), info={"title": _("Made by")})
    line_count: Mapped[int] = mapped_column(Integer, info={"title": _("Labels")})
    copies: Mapped[int] = mapped_column(Integer, info={"title": _("Copies")})
    totals: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _("Totals")})
    """Copies by `nature` and by `province`."""
    seal: Mapped[str] = mapped_column(String(64), info={"title": _("Seal")})
    """The last link of the chain over the lines: changing any of them shows."""

    issue: Mapped[Issue] = relationship()
    held: Mapped[list[HeldLine]] = relationship(back_populates="run", order_by="HeldLine.id")


SENT = {"erase": "keep"}
"""Erasing leaves what was sent to `services.erasing`, which seals it anew."""


class DispatchLine(Scoped, Keyed, Base):
    """Copies sent to one recipient, with name and address as printed. Belongs to whoever the customer belongs to."""

    __tablename__ = "journals_dispatch_line"
    __scope__: ClassVar[RowScope] = RowScope(resource="dispatch", via="company_id", parent="Company")
    __table_args__ = (
        UniqueConstraint("issue_id", "delivery_id"),
        UniqueConstraint("run_id", "place"),
        UniqueConstraint("label_code"),
    )

    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("journals_dispatch_run.id"))
    issue_id: Mapped[int] = mapped_column(BigId, ForeignKey("journals_issue.id"))
    delivery_id: Mapped[int] = mapped_column(BigId, info={"title": _("Recipient")})
    subscription_id: Mapped[int] = mapped_column(BigId, index=True)
    company_id: Mapped[int] = company_key("keep", index=True)
    place: Mapped[int] = mapped_column(Integer)
    """Where the label stands in the run, from 1, sorted by postcode."""
    label_code: Mapped[str] = mapped_column(String(20))
    recipient: Mapped[str] = mapped_column(String(60), info=SENT)
    organisation: Mapped[str] = mapped_column(String(200), info=SENT)
    province: Mapped[str] = mapped_column(String(40), info=SENT)
    address: Mapped[str] = mapped_column(String(300), info=SENT)
    postcode: Mapped[str] = mapped_column(String(12))
    nature: Mapped[str] = mapped_column(String(30))
    edition: Mapped[str] = mapped_column(String(30), default="")
    copies: Mapped[int] = mapped_column(Integer)
    link: Mapped[str] = mapped_column(String(64), info={"title": _("Seal")})

    issue: Mapped[Issue] = relationship()


class HeldLine(Keyed, Base):
    """A recipient that a run could not serve, and why. Served by a later run once it is mended."""

    __tablename__ = "journals_held_line"
    __table_args__ = ({"info": {"title": _("Held back")}},)

    run_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("journals_dispatch_run.id"), index=True, info={"title": _("Run")}
    )
    subscription_id: Mapped[int] = mapped_column(BigId, info={"title": _("Subscription")})
    company_id: Mapped[int] = company_key("keep")
    recipient: Mapped[str] = mapped_column(String(60), info={"title": _("Recipient")})
    copies: Mapped[int] = mapped_column(Integer, info={"title": _("Copies")})
    reason: Mapped[str] = mapped_column(
        String(30), info={"title": _("Why a recipient is held"), "dictionary": "journals_held"}
    )

    run: Mapped[DispatchRun] = relationship(back_populates="held")


@event.listens_for(Session, "before_flush")
def _frozen(session: Session, context: Any, instances: Any) -> None:
    """A run and its lines are what was sent: nobody changes or deletes them."""
    for record in (*session.dirty, *session.deleted):
        if isinstance(record, (DispatchRun, DispatchLine, HeldLine)) and (
            record in session.deleted or session.is_modified(record)
        ):
            raise Refused(_("A dispatch run is what was sent and cannot be changed."))

"""What modules say against writing to somebody at present (`register_mail_stops`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy.orm import Session

from core.bus.house import bus_of
from core.plugin import MailStop

Asked = Callable[[Session, Sequence[int]], Iterable[int]]


def stopped(session: Session, companies: Sequence[int], contacts: Sequence[int]) -> dict[tuple[str, int], str]:
    """Tell why nobody is to write to some: the name of the stop by `company` or `contact` and id.

    Raises PluginFailed where one cannot be asked: it is not known then who may be written to.
    """
    registry = bus_of(session).registry
    found: dict[tuple[str, int], str] = {}
    for stop in registry.declared("register_mail_stops"):
        owner = registry.owner_of("register_mail_stops", stop)
        for kind, asked, ids in (("company", stop.companies, companies), ("contact", stop.contacts, contacts)):
            if asked is None or not ids:
                continue
            with registry.contained(owner, f"mail stop {stop.name}"):
                for key in asked(session, ids):
                    found.setdefault((kind, key), stop.name)
    return found


def stop_titles(session: Session) -> dict[str, object]:
    """Give the titles of all stops, as reasons why a letter was left out."""
    stops: list[MailStop] = bus_of(session).registry.declared("register_mail_stops", everywhere=True)
    return {one.name: one.title for one in stops}

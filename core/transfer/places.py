"""Where an application keeps the files of its imports, and which plugins it has."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.db import Database, Work
from core.plugin import Resource
from core.transfer.tables import Stored


@dataclass(frozen=True)
class Place:
    """What imports need of the application that they run in."""

    files: Path
    registry: Any

    def stored(self, folder: str) -> Stored:
        """Give the file kept under a name."""
        return Stored(self.files / "imports" / folder)

    def resource(self, key: str) -> Resource:
        """Find an importable resource of an enabled plugin. Raises KeyError."""
        found: Resource = self.registry.resource(key)
        if found.importer is None:
            raise KeyError(key)
        return found


_places: weakref.WeakKeyDictionary[Database, Place] = weakref.WeakKeyDictionary()


def use(database: Database, place: Place) -> None:
    """Set where a database's imports are kept; once, at start."""
    _places[database] = place


def place_of(session: Session) -> Place:
    """Give the place of a session's application."""
    unit: Work = session.info["work"]
    return _places[unit.database]

"""Remembers in this process what was found to be so a moment ago."""

from __future__ import annotations

import time
from collections.abc import Hashable


class Lately:
    """Keys that were noted in the last `seconds`, some thousands at most; for hints, which may be lost at any time."""

    def __init__(self, seconds: float, most: int = 2000) -> None:
        self.seconds = seconds
        self.most = most
        self._until: dict[Hashable, float] = {}

    def note(self, key: Hashable) -> None:
        """Remember a key."""
        if len(self._until) >= self.most:
            self._until.clear()
        self._until[key] = time.monotonic() + self.seconds

    def __contains__(self, key: Hashable) -> bool:
        return self._until.get(key, 0.0) > time.monotonic()

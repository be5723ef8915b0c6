"""The live channel: pages hear within a moment that the figures of the bell changed."""

from core.desk.live.source import tell

__all__ = ["tell"]

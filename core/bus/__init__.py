"""Events between plugins, jobs by the clock, and the workers that carry them out."""

from core.bus.services import Event, publish, start_job

__all__ = ["Event", "publish", "start_job"]

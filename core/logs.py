"""Logs: JSON lines in production, readable ones in development; always on standard error, with request or job id."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog

from core.config import Config

QUIET = ("huey", "alembic", "werkzeug", "fontTools")
FRAMES = 12
CAUSES = 4
LONGEST = 8000


def brief_traceback(error: BaseException) -> str:
    """Write where an error comes from: its innermost frames and those of the last few causes, no values of variables.

    Cheap whatever the frames hold, where a picture of their locals may take seconds (a session, a model, a page).
    """
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and len(chain) < CAUSES and one not in chain:
        chain.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    parts = [traceback.format_exception(type(one), one, one.__traceback__, limit=-FRAMES, chain=False) for one in chain]
    return "\ncaused:\n".join("".join(lines) for lines in reversed(parts))[-LONGEST:].rstrip()


def set_up_logs(config: Config) -> None:
    """Send our own logs and those of libraries through one renderer; once, at start."""
    if config.env == "test":  # what tests capture stays theirs; only the drawing of errors is the plain one
        plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
        return
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=config.is_production),
    ]
    if config.is_production:
        shared.append(structlog.processors.format_exc_info)
        renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if config.debug else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)

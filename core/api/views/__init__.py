"""Pages about tokens and the interface, and what programs read and write."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("api", "core.api", template_folder="templates")
reading = Blueprint("api_v1", "core.api", url_prefix="/api/v1")

from core.api.views import docs, read, tokens, write  # noqa: E402

__all__ = ["docs", "pages", "read", "reading", "tokens", "write"]

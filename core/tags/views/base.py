"""The blueprint of tags and segments, and what templates ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint

from core.auth.words import AUDIENCES
from core.db import session
from core.tags.queries.tags import Known, all_tags

blueprint = Blueprint("tags", __name__, template_folder="../templates")


@blueprint.context_processor
def _names() -> dict[str, Any]:
    return {"audiences": AUDIENCES}


@blueprint.app_template_global("tags_named")
def tags_named(ids: Sequence[str]) -> list[Known]:
    """Give the tags of a list's cell by their ids."""
    known = all_tags(session())
    return [known[int(one)] for one in ids if int(one) in known]

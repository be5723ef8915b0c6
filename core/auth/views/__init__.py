"""The pages of sign-in, accounts and rights."""

from flask import Blueprint

blueprint = Blueprint("auth", "core.auth", template_folder="templates")

from core.auth.views import account, audit, groups, rights, sign_in, users  # noqa: E402

__all__ = ["account", "audit", "blueprint", "groups", "rights", "sign_in", "users"]

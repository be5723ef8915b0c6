"""Writing: erasing, holding, requests."""

from core.privacy.services.erasing import copy_of, erase, erase_again, hold, preview, release
from core.privacy.services.requests import answer, take_request

__all__ = ["answer", "copy_of", "erase", "erase_again", "hold", "preview", "release", "take_request"]

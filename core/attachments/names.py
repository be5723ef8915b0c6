"""Names of files: cleaned of what hides or harms, whole in every script."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 120
RESERVED = re.compile(r"^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)", re.I)
FORBIDDEN = re.compile(r'[\\/:*?"<>|]')
NAMELESS = "file"


def clean_name(given: str) -> str:
    """Give a name without path, control and direction marks, and what some system does not take in a name.

    The ending stays when a long name is cut.
    """
    name = given.replace("\\", "/").rpartition("/")[2]
    name = unicodedata.normalize("NFC", name)
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    name = FORBIDDEN.sub("_", name)
    name = re.sub(r"\s+", " ", name).strip(" .")
    name = RESERVED.sub(lambda found: f"_{found[0]}", name)
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    stem = stem.strip(" .") or NAMELESS
    ending = dot + ending[:10]
    return stem[: LONGEST - len(ending)].rstrip(" .") + ending

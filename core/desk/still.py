"""Parts of pages that stay the same while rights, modules and settings stand still: drawn once, then remembered."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from flask import request
from flask_babel import get_locale
from markupsafe import Markup, escape

from core.auth.access import current_access
from core.db import current_work, has_work, session
from core.state import versions
from core.web import csrf_token, zhike

MOST = 5000
"""So many parts a process remembers, of the persons that were here last; a part is a few kilobytes."""

_drawn: OrderedDict[Any, Markup] = OrderedDict()
_lock = threading.Lock()


MARK = 9_007_199_254_000
"""The first of the numbers that stand where holes are while a part is drawn."""
_HOLE = re.compile(rf"{MARK // 1000}(\d{{3}})")


def still(name: str, *what: Any, caller: Callable[..., Markup], holes: Sequence[Any] = ()) -> Markup:
    """Give a part of a page as it was drawn before for this person, in this language, with this browser's form token.

    `{% call still("name", a, b) %}…{% endcall %}`: what is inside must depend on nothing but `a` and `b`, the person
    and what the counters of `core.state` watch; never on the record, the address or the time. Values that are put in as
    they are, such as a record's number, come through holes: `{% call(id) still("name", holes=(company_id,)) %}`.
    """
    if holes:
        drawn = still(name, *what, caller=lambda: caller(*range(MARK, MARK + len(holes))))
        return Markup(_HOLE.sub(lambda found: escape(holes[int(found[1])]), drawn))  # noqa: S704
    if not has_work():
        return caller()
    unit = current_work()
    slot = (name, what, about_all(unit.memory))
    with _lock:
        known = _drawn.get(slot)
        if known is not None:
            _drawn.move_to_end(slot)
            return known
    drawn = caller()
    if not unit.in_transaction:  # inside one, what was read may yet be rolled back
        with _lock:
            _drawn[slot] = drawn
            while len(_drawn) > MOST:
                _drawn.popitem(last=False)
    return drawn


def about_all(memory: dict[str, Any]) -> tuple[Any, ...]:
    """Give what every part depends on: whose page it is, in which language, all counters, and the plugins that are on.

    One that raised too often is off in this process, whatever the counters say. Those of the beginning count too: the
    rights of a request are of then, whatever it changed meanwhile.
    """
    found: tuple[Any, ...] | None = memory.get("still")
    if found is None:
        counters = (current_work().info.get("began"), tuple(sorted(versions(session()).items())))
        person, serial = current_access().user_id, current_work().database.serial
        on = zhike().registry.enabled(session())
        found = memory["still"] = (serial, person, csrf_token(), str(get_locale()), request.script_root, counters, on)
    return found

"""Makes the table of every route, method and default group; `python -m tests.route_table` writes it anew."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from core.auth.guard import guard_of

TABLE = Path(__file__).parent / "route_table.csv"
GROUPS = ("staff", "supervisor", "decision_maker", "system_administrator", "finance")
COLUMNS = ("rule", "method", "asks", *GROUPS, "nobody", "visitor")


def routes(app: Flask) -> list[tuple[Rule, str]]:
    """List every rule with each of its methods, in a fixed order; GET stands for HEAD too."""
    pairs = [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.startswith("demo.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    return sorted(pairs, key=lambda pair: (pair[0].rule, pair[1]))


def rows(app: Flask) -> list[dict[str, str]]:
    """Work out the table from the marks of the views and the declared defaults of the rights."""
    registry = app.extensions["zhike"].registry
    defaults: dict[str, Any] = {p.code: p.defaults for p in registry.permissions(everywhere=True)}
    table = []
    for rule, method in routes(app):
        guard = guard_of(app.view_functions[rule.endpoint])
        assert guard is not None, rule.rule
        row = {"rule": rule.rule, "method": method, "asks": " | ".join(guard.codes) or guard.kind}
        for group in GROUPS:
            scopes = [defaults[code].get(group, "none") for code in guard.codes]
            row[group] = "yes" if not guard.codes or any(s != "none" for s in scopes) else "403"
        row["nobody"] = "403" if guard.codes else "yes"
        row["visitor"] = "yes" if guard.kind == "public" else "sign in"
        if guard.kind.startswith("token"):  # a browser is nobody there, whoever signed in with it
            row |= dict.fromkeys((*GROUPS, "nobody", "visitor"), "sign in")
        table.append(row)
    return table


def main() -> None:
    """Write the table."""
    from core.app import create_app

    with TABLE.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows(create_app()))
    sys.stdout.write(f"{TABLE}\n")


if __name__ == "__main__":
    main()

"""Runs one of the benchmarks: `python3 run.py bench [name] [its options]`.

Without a name it measures the pages at 100,000 companies on SQLite.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Start the benchmark that is named first; its answer is ours."""
    names = sorted(
        path.stem for path in HERE.glob("*.py") if path.stem != "run" and "__main__" in path.read_text("utf-8")
    )
    name, *rest = sys.argv[1:] or ["pages"]
    if name.startswith("-"):
        name, rest = "pages", [name, *rest]
    if name not in names:
        print(f"There is no benchmark {name!r}. There are: {', '.join(names)}.", file=sys.stderr)
        return 2
    return subprocess.call([sys.executable, "-m", f"benchmarks.{name}", *rest], cwd=HERE.parent)


if __name__ == "__main__":
    sys.exit(main())

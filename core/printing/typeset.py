"""Runs typst on a list of parts, as a program of its own: what typst takes of memory ends with it."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    """Compile the parts that the file named on the command line lists: source, input and target of each."""
    import typst

    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    fonts = typst.Fonts(include_system_fonts=False, font_paths=job["fonts"])
    for part in job["parts"]:
        compiler = typst.Compiler(input=part["source"], font_paths=fonts, sys_inputs={"job": part["input"]})
        compiler.compile(output=part["target"], format="pdf")


if __name__ == "__main__":
    main()

"""Puts the demo plugin's distribution on the path, as an installation would, before any application is made."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from hypothesis import settings

DEMO = Path(__file__).parent / "demo_plugin"


def _announce_demo_plugin() -> None:
    """Make the distribution's metadata in a scratch folder, so that its entry point is found."""
    metadata = tempfile.mkdtemp(prefix="zhike-demo-")
    command = [sys.executable, "setup.py", "-q", "egg_info", "--egg-base", metadata]
    subprocess.run(command, cwd=DEMO, check=True, capture_output=True)
    sys.path[:0] = [str(DEMO), metadata]


_announce_demo_plugin()

# A busy machine is no fault of what is tested.
settings.register_profile("zhike", deadline=None)
settings.load_profile("zhike")

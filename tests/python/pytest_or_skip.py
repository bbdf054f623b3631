"""pytest_or_skip.py MODULE,... ARGUMENT...: runs pytest; where a module is missing, says so and skips."""

import importlib.util
import os
import sys

SKIPPED = 77

missing = [name for name in sys.argv[1].split(",") if importlib.util.find_spec(name) is None]
if missing:
    print(f"skipped: {sys.executable} has no {' and no '.join(missing)}")
    sys.exit(SKIPPED)
os.execv(sys.executable, [sys.executable, "-m", "pytest", *sys.argv[2:]])

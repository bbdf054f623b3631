"""Examples of docs/ run as they stand; those that need a camera are compiled."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def examples(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("page", "num_examples", "expected"),
    [("calibration.md", 2, ["0.4", "300 "]), ("receipts.md", 1, ["serve "])],
)
def test_each_example_runs_in_an_empty_folder(
    tmp_path: Path, page: str, num_examples: int, expected: list[str]
) -> None:
    found = examples(page)
    assert len(found) == num_examples
    for number, source in enumerate(found):
        folder = tmp_path / str(number)
        folder.mkdir()
        command = [sys.executable, "-c", source]
        ran = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        assert expected[number] in ran.stdout


def test_those_of_a_camera_are_python() -> None:
    (source,) = examples("gates.md")
    compile(source, "gates.md", "exec")
    assert "import morgiana" in source

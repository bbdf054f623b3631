from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from npy_file import DIM, Vector


@pytest.fixture
def vectors() -> Callable[[int], list[Vector]]:
    source = random.Random(20240229)
    return lambda count: [[source.gauss(0, 1) for _ in range(DIM)] for _ in range(count)]


@pytest.fixture
def morgiana(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command-line tool that MORGIANA_CLI names, in a folder of its own."""
    program = os.environ.get("MORGIANA_CLI") or pytest.skip("MORGIANA_CLI names no program")
    environment = {k: v for k, v in os.environ.items() if k != "MORGIANA_KEY_FILE"}

    def run(*arguments: object, **extra: str) -> subprocess.CompletedProcess[str]:
        command = [program, *map(str, arguments)]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environment | extra,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes | str], str]:
    def write_file(name: str, content: bytes | str) -> str:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return write_file


@pytest.fixture
def gallery(morgiana: Callable[..., subprocess.CompletedProcess[str]]) -> list[str]:
    """An empty gallery, as the arguments that name it."""
    made = morgiana("create", "g", "--model", "net", "--dim", DIM, "--key", "k", "--create-key")
    assert made.returncode == 0, made.stderr
    return ["g", "--key", "k"]

from __future__ import annotations

import fcntl
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from npy_file import DIM, Vector, npy

MODULE = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.fixture
def vectors() -> Callable[[int], list[Vector]]:
    source = random.Random(20240229)
    return lambda count: [[source.gauss(0, 1) for _ in range(DIM)] for _ in range(count)]


@pytest.fixture
def morgiana(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command-line tool that MORGIANA_CLI names, in a folder of its own."""
    program = os.environ.get("MORGIANA_CLI") or pytest.skip("MORGIANA_CLI names no program")
    environment = {k: v for k, v in os.environ.items() if k not in ("MORGIANA_KEY_FILE", "MORGIANA_ANCHOR_FILE")}

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


@pytest.fixture
def enrolled(
    morgiana: Callable[..., subprocess.CompletedProcess[str]],
    gallery: list[str],
    write: Callable[[str, bytes | str], str],
    vectors: Callable[[int], list[Vector]],
) -> list[Vector]:
    """Ada has two references, Bob one; the vectors in the order they were enrolled."""
    x = vectors(3)
    write("x.npy", npy(x))
    write("ada.npy", npy(x[:1]))
    write("ids.txt", "ada\nbob\nada\n")
    done = morgiana("enrol", *gallery, "--embeddings", "x.npy", "--ids", "ids.txt")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "enrolled 2 subjects with 3 references\n"
    return x


@pytest.fixture
def held(gallery: list[str], tmp_path: Path) -> Iterator[None]:
    """The lock of the gallery, as a process has it that keeps the gallery open."""
    with open(tmp_path / "g.lock", "r+b") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX, 1, 0)
        yield


@pytest.fixture
def shm() -> Iterator[Path]:
    """A folder in a file system in memory."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A SoftHSM with a token "gate", as the options that name a key in it."""
    util = shutil.which("softhsm2-util")
    if util is None or not os.path.exists(MODULE):
        pytest.skip("absent: SoftHSM (Debian's softhsm2)")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    (tmp_path / "pin").write_text("135791\n")
    (tmp_path / "pin").chmod(0o600)
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "conf"))
    init = [util, "--init-token", "--free", "--label", "gate", "--pin", "135791", "--so-pin", "24680246"]
    subprocess.run(init, check=True, capture_output=True)
    return ["--token", "gate", "--token-module", MODULE, "--token-key", "gates", "--pin-file", "pin"]

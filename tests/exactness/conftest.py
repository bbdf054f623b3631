"""Where the shared research data lies, and whether this machine runs the tier that is asked for."""

import os
from pathlib import Path

import pytest

import morgiana as mg

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def lfw() -> Path:
    folder = Path(os.environ.get("MORGIANA_TEST_DATA", DEFAULT)) / "lfw"
    if not folder.is_dir():
        pytest.skip(f"the research data is not at {folder}")
    return folder


@pytest.fixture(autouse=True, scope="session")
def tier(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Skips where the machine cannot run MORGIANA_TIER, and proves that it is the one in use."""
    folder = tmp_path_factory.mktemp("tier")
    key = mg.KeySource.create_file(folder / "key")
    try:
        with mg.Gallery.create(folder / "g", model=mg.Model("tier", 32), key=key) as gallery:
            used = gallery.stats().tier
    except mg.Error as error:
        if error.code == "unsupported_tier":
            pytest.skip(str(error))
        raise
    assert used == os.environ.get("MORGIANA_TIER", used)
    return used

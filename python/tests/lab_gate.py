"""A laboratory's gate before faces that are axes: a site with three people, its clock, its gate."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import morgiana as mg

DIM = 32
UTC = ZoneInfo("UTC")
BEGIN_S = 1_772_438_400  # Monday, 2 March 2026, 08:00 UTC
POLICY = {
    "format": 1,
    "name": "lab",
    "version": 1,
    "accept": {"at_least": 0.5},
    "margin": 0.05,
    "rules": {
        "access": [{"area": "lab", "cohorts": [1], "from": "07:00", "to": "19:00"}],
        "anti_passback": [{"area": "lab", "reset_after_s": 3600}],
        "debounce_s": 5,
        "max_capture_age_s": 10,
    },
}


class Faces:
    """Finds the face that a frame's first pixel names: an axis; 255 is no face, 254 is far away."""

    def largest(self, pixels):
        axis = int(pixels[0, 0, 0])
        if axis == 255:
            raise mg.Error("no_face", "no face in the picture")
        embedding = np.eye(1, DIM, axis % DIM, dtype=np.float32)[0]
        return SimpleNamespace(
            embedding=embedding, quality=SimpleNamespace(inter_eye_px=10 if axis == 254 else 40)
        )


def frame(axis: int, at_s: float = BEGIN_S):
    return SimpleNamespace(pixels=np.full((1, 1, 3), axis, np.uint8), captured_at_s=at_s)


class Clock:
    now_s = float(BEGIN_S)

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site with E-0 and E-1 of group 1, and E-2 of group 2."""
    key = mg.KeySource.create_file(tmp_path / "key")
    policy = json.dumps(POLICY).encode()
    with mg.Site.create(tmp_path / "site", policy=policy, model=mg.Model("net", DIM), key=key) as site:
        site.gallery.enrol(["E-0", "E-1", "E-2"], np.eye(3, DIM, dtype=np.float32), cohorts=[2, 2, 4])
    return tmp_path / "site"


def opened(folder: Path) -> mg.Site:
    return mg.Site.open(folder, key=mg.KeySource.file(folder.parent / "key"))


@pytest.fixture
def site(folder):
    with opened(folder) as site:
        yield site


def gate_of(site: mg.Site, clock, terminal: str = "gate-1") -> mg.Gate:
    return site.gate(Faces(), terminal=terminal, area="lab", issuer="campus", zone=UTC, clock=clock)


@pytest.fixture
def gate(site, clock):
    return gate_of(site, clock)


def answered(admission: mg.Admission) -> tuple[str, str]:
    return str(admission.answer), admission.reason

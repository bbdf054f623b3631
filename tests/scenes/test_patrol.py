"""Who is looked for is reported once a track, by several frames; strangers are not, and are forgotten."""

from __future__ import annotations

import argparse
import re
import weakref
from collections import Counter

import numpy as np
import pytest

import morgiana as mg
from morgiana import vision

PATROL = "patrol/patrol.py"
POLICY = "patrol/watch.json"
TIMES = ["--begins", "2026-03-02T22:00", "--zone", "Europe/Berlin"]


def alerts(transcript: str) -> list[tuple[str, int, str]]:
    """Frame, track and subject of each."""
    found = re.findall(r"^\S+ \S+  (\S+) +ALERT track (\d+): (\S+),", transcript, re.MULTILINE)
    return [(frame, int(track), subject) for frame, track, subject in found]


def test_who_is_seen_in_two_frames_is_reported_once_and_in_one_frame_is_not(
    run, make_site, lay, photographs, tmp_path
):
    site = make_site({"W-1": [photographs["obama"]], "W-3": [photographs["astronaut"]]}, POLICY)
    shown = ["tom_hanks", "group", "obama2", "obama3", "obama2", "obama3", "group", "biden"]
    shown += ["mask_blue"] * 7 + ["obama2", "obama3"]  # gone, and back on another track
    walk = lay(tmp_path / "walk", [(f"{i:02}-{name}", photographs[name]) for i, name in enumerate(shown)])
    ran = run(PATROL, site, "--frames", walk, *TIMES)
    assert ran.returncode == 0, ran.stderr
    assert [(frame, subject) for frame, _, subject in alerts(ran.stdout)] == [
        ("03-obama3.jpg", "W-1"),
        ("16-obama3.jpg", "W-1"),
    ]
    assert "2 people, risk 0.01 for 3 frames: threshold" in ran.stdout and "observed" in ran.stdout


def test_of_a_walk_past_a_crowd_the_looked_for_are_reported_and_nobody_else(
    run, make_site, lay, lfw, tmp_path
):
    """Ten are looked for among thirty who are met, three photographs each as successive frames."""
    met = list(lfw)[:30]
    wanted = met[::3]
    site = make_site({name: lfw[name][:1] for name in wanted}, POLICY)
    walk = [(f"{i:02}{shot}-{name}", lfw[name][shot]) for i, name in enumerate(met) for shot in (1, 2, 3)]
    ran = run(PATROL, site, "--frames", lay(tmp_path / "walk", walk), *TIMES)
    assert ran.returncode == 0, ran.stderr
    reported = alerts(ran.stdout)
    assert all(frame[4:-4] == subject for frame, _, subject in reported)
    assert max(Counter(subject for _, _, subject in reported).values()) == 1
    assert len(reported) >= 9
    assert int(re.search(r"(\d+) tracks held", ran.stdout)[1]) <= 6 + 1  # those of the last frames


def test_what_the_calibration_does_not_support_is_said_and_the_policy_s_threshold_stands(
    run, make_site, lay, photographs, tmp_path
):
    site = make_site({"W-1": [photographs["obama"]]}, POLICY)
    walk = lay(tmp_path / "walk", [("1", photographs["obama2"]), ("2", photographs["obama3"])])
    ran = run(PATROL, site, "--frames", walk, *TIMES, "--frames-of-track", 5)
    assert "UNSUPPORTED" in ran.stdout and "policy's threshold 0.48" in ran.stdout
    assert len(alerts(ran.stdout)) == 1


@pytest.fixture
def patrol(load, monkeypatch, tmp_path):
    """A patrol of a gallery with four people of unit embeddings, and the module of tracks."""
    tracks = load("patrol/tracks.py")
    module = load(PATROL)
    key = mg.KeySource.create_file(tmp_path / "key")
    with mg.Gallery.create(tmp_path / "watch", model=mg.Model("sface-2021dec", 128), key=key) as gallery:
        gallery.enrol([f"W-{i}" for i in range(4)], np.eye(4, 128, dtype=np.float32))
        options = argparse.Namespace(risk=0.01, least_frames=2, frames_of_track=3, terminal="patrol-1")
        yield module.Patrol(gallery, mg.Policy(0.48, margin=0.05), options), tracks, gallery


def face_at(embedding: np.ndarray, x: float = 0.0) -> vision.Face:
    return vision.Face(
        box=np.array([x, 0, 100, 100], np.float32),
        landmarks=np.zeros((5, 2), np.float32),
        confidence=1.0,
        quality=vision.Quality(inter_eye_px=40, sharpness=1, contrast=50, frontality=1, visible=1),
        embedding=(embedding / np.linalg.norm(embedding)).astype(np.float32),
    )


def frame(number: int) -> vision.Frame:
    return vision.Frame(np.zeros((1, 1, 3), np.uint8), float(number), number, str(number))


def said_of(patrol, faces_by_frame) -> list[str]:
    said = [line for i, faces in enumerate(faces_by_frame, 1) for line in patrol.see(frame(i), faces)]
    return [line for line in said if "ALERT" in line]


def axis(*parts: tuple[int, float]) -> np.ndarray:
    vector = np.zeros(128)
    for index, part in parts:
        vector[index] = part
    return vector


def test_frames_that_name_different_people_alert_of_nobody(patrol):
    """One track, whose frames name W-0, W-1 and W-2 in turn: each is the likest once."""
    patrol, _, _ = patrol
    faces = [[face_at(axis((i, 0.7), (100, 0.7)))] for i in range(3)]
    assert said_of(patrol, faces) == []


def test_no_more_frames_of_a_track_are_compared_than_the_risk_is_stated_for(patrol):
    """A track that is nobody in its first three frames: the fourth, which would name W-0, is not asked.
    Once it was out of sight, it is another one."""
    patrol, _, _ = patrol
    unknown, known = face_at(axis((100, 1.0))), face_at(axis((0, 0.7), (100, 0.7)))
    said = said_of(patrol, [[unknown]] * 3 + [[known]] * 5 + [[]] * 10 + [[known]] * 5)
    assert said == ["ALERT track 2: W-0, by 2 of 2 frames"]


def test_who_is_removed_between_two_frames_is_not_reported(patrol):
    patrol, _, gallery = patrol
    known = [face_at(axis((0, 1.0)))]
    patrol.see(frame(1), known)
    gallery.remove("W-0")
    assert not [line for line in patrol.see(frame(2), known) if "ALERT" in line]


def test_an_unusable_face_is_not_compared(patrol):
    patrol, _, _ = patrol
    blurred = face_at(axis((0, 1.0)))
    object.__setattr__(blurred, "quality", vision.Quality(40, 0.0, 50, 1, 1))
    assert said_of(patrol, [[blurred]] * 5) == []


def test_a_long_walk_holds_few_tracks_and_no_face_that_has_gone_by(patrol):
    """Two hundred frames of forty strangers each, of whom none comes again; the tracker holds 32."""
    _, tracks, _ = patrol
    tracker, random = tracks.Tracker(), np.random.default_rng(3)
    seen: list[weakref.ref] = []
    for number in range(1, 201):
        faces = [face_at(random.standard_normal(128), x=200.0 * i) for i in range(40)]
        seen += [weakref.ref(face) for face in faces]
        assert len(tracker.update(number, faces)) == 32 and len(tracker) == 32
    del faces
    assert sum(face() is not None for face in seen) <= 32
    for number in range(201, 208):
        tracker.update(number, [])
    assert len(tracker) == 0 and all(face() is None for face in seen)


def test_two_people_who_change_places_keep_their_tracks(patrol):
    _, tracks, _ = patrol
    tracker = tracks.Tracker()
    left, right = axis((0, 1.0)), axis((1, 1.0))
    before = tracker.update(1, [face_at(left, 0), face_at(right, 300)])
    after = tracker.update(2, [face_at(right, 0), face_at(left, 300)])
    assert [track.number for track in after] == [before[1].number, before[0].number]

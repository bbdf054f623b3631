"""Which faces of successive frames are one person's, before anybody is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from morgiana.vision import Face

# SFace on LFW: two photographs of one person score 0.67 ± 0.09, of two people 0.08 ± 0.09.
_SAME_FACE = 0.432  # wherever it is: the camera moves
_SAME_PLACE, _NOT_ANOTHER = 0.3, 0.25  # an overlap of boxes, and then a face that has only turned


@dataclass(eq=False)
class Track:
    """One person for as long as he is seen. Its newest box and embedding, and whom frames have named."""

    number: int
    face: Face
    seen_in: int
    num_compared: int = 0
    named: Counter[str] = field(default_factory=Counter)
    is_reported: bool = False


class Tracker:
    """At most ``max_tracks`` tracks of one box, one embedding and a few counts: 1 KB each, however long
    the walk. A track is forgotten, with its embedding, once ``max_gap`` frames have not shown it."""

    def __init__(self, max_tracks: int = 32, max_gap: int = 5) -> None:
        self._max_tracks, self._max_gap = max_tracks, max_gap
        self._tracks: list[Track] = []
        self._num_begun = 0

    def __len__(self) -> int:
        return len(self._tracks)

    def update(self, frame: int, faces: list[Face]) -> list[Track]:
        """The tracks that a frame shows, each with its new face. The likest faces are joined first, and
        no face to two tracks. Where there is no room, the smallest faces are passed over."""
        self._tracks = [track for track in self._tracks if frame - track.seen_in <= self._max_gap + 1]
        pairs = [
            (float(track.face.embedding @ face.embedding), track, face)
            for track in self._tracks
            for face in faces
        ]
        joined: dict[int, Track] = {}
        for likeness, track, face in sorted(pairs, key=lambda pair: -pair[0]):
            if track.seen_in != frame and id(face) not in joined and _is_one(likeness, track.face, face):
                track.face, track.seen_in, joined[id(face)] = face, frame, track
        strangers = [face for face in faces if id(face) not in joined]
        # Room is made by forgetting who was not seen for longest, and nobody who is seen now.
        self._tracks.sort(key=lambda track: -track.seen_in)
        del self._tracks[max(len(joined), self._max_tracks - len(strangers)) :]
        for face in strangers[: self._max_tracks - len(self._tracks)]:
            self._num_begun += 1
            joined[id(face)] = Track(self._num_begun, face, frame)
            self._tracks.append(joined[id(face)])
        return [joined[id(face)] for face in faces if id(face) in joined]


def _is_one(likeness: float, before: Face, now: Face) -> bool:
    is_there = likeness >= _NOT_ANOTHER and overlap(before.box, now.box) >= _SAME_PLACE
    return is_there or likeness >= _SAME_FACE


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes of x, y, width, height."""
    common = np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2])
    intersection = float(np.prod(np.maximum(common, 0)))
    return intersection / (float(a[2] * a[3] + b[2] * b[3]) - intersection)

"""References from photographs: one face in each and one person in all of a subject, or none is taken."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from morgiana.arguments import real_number, refusal
from morgiana.vision.errors import VisionError
from morgiana.vision.frames import images_in
from morgiana.vision.image import ImageLike
from morgiana.vision.pipeline import Face, Pipeline

_RIVAL = 0.5  # of the largest face, between the eyes; smaller ones are in the background


def references_of(
    photographs: Mapping[str, Sequence[ImageLike]],
    pipeline: Pipeline,
    *,
    least_likeness: float | None = None,
) -> tuple[list[str], NDArray[np.float32]]:
    """Ids and embeddings as ``Gallery.enrol`` takes them, a row for each photograph of each subject.

    With ``least_likeness`` all photographs of a subject must score so much with the one of them that is
    likest the others: a photograph of somebody else would let that one in by the subject's name.

    Shape:  float32 [photographs, 128].
    Units:  least_likeness is a cosine.
    Errors: no_face; several_faces (another one is at least half as large: whose reference it would be is
            not known); poor_face (of no use by its ``Quality``); not_one_person; bad_image. Each names the
            subject, and the file where it is one.
    """
    if least_likeness is not None:
        least_likeness = real_number("least_likeness", least_likeness)
        if not -1 <= least_likeness <= 1:  # NaN among others
            raise VisionError("invalid_argument", f"least_likeness is from -1 to 1, got {least_likeness}")
    ids: list[str] = []
    embeddings = []
    for subject, given in photographs.items():
        if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
            raise refusal(f"photographs of {subject}", "a list of photographs", given)
        names = [_named(subject, number, picture) for number, picture in enumerate(given, start=1)]
        rows = [
            _only_face(pipeline, picture, name).embedding for picture, name in zip(given, names, strict=True)
        ]
        if least_likeness is not None and rows:
            _require_one_person(np.stack(rows), names, least_likeness)
        embeddings += rows
        ids += [subject] * len(rows)
    if not ids:
        raise VisionError("invalid_argument", "there is no photograph")
    return ids, np.stack(embeddings)


def references_in(
    folder: str | os.PathLike[str], pipeline: Pipeline, *, least_likeness: float | None = None
) -> tuple[list[str], NDArray[np.float32]]:
    """Of ``photographs_by_subject``. Errors: those of both."""
    return references_of(photographs_by_subject(folder), pipeline, least_likeness=least_likeness)


def photographs_by_subject(folder: str | os.PathLike[str]) -> dict[str, list[Path]]:
    """Of a folder that holds one of photographs for each subject, named by it.

    Errors: not_found (no such folder; no subject; a subject without an image).
    """
    place = Path(folder)
    entries = sorted(place.iterdir()) if place.is_dir() else []
    subjects = [entry for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    if not subjects:
        raise VisionError("not_found", f"there is no folder of a subject in {place}")
    return {entry.name: images_in(entry) for entry in subjects}


def _named(subject: str, number: int, picture: ImageLike) -> str:
    file = f" ({os.fspath(picture)})" if isinstance(picture, (str, os.PathLike)) else ""
    return f"photograph {number} of {subject}{file}"


def _require_one_person(rows: NDArray[np.float32], names: list[str], least_likeness: float) -> None:
    scores = rows @ rows.T
    likest = int(scores.sum(axis=1).argmax())
    other = int(scores[likest].argmin())
    if scores[likest, other] < least_likeness:
        raise VisionError("not_one_person", f"{names[other]} shows another person than {names[likest]}")


def _only_face(pipeline: Pipeline, picture: ImageLike, name: str) -> Face:
    try:
        faces = pipeline(picture)
    except VisionError as error:
        raise VisionError(error.code, f"{name}: {error.message}") from error
    if not faces:
        raise VisionError("no_face", f"{name} shows no face")
    sizes = [face.quality.inter_eye_px for face in faces]
    num_rivals = sum(size >= _RIVAL * sizes[0] for size in sizes[1:])
    if num_rivals:
        raise VisionError("several_faces", f"{name} shows {1 + num_rivals} faces, expected one")
    if not faces[0].quality.usable:
        raise VisionError("poor_face", f"{name} is of no use: {faces[0].quality.weakest}")
    return faces[0]

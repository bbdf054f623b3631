"""Enrolment from photographs: one face in each, or none of them is enrolled."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from morgiana.arguments import refusal
from morgiana.vision.errors import VisionError
from morgiana.vision.frames import images_in
from morgiana.vision.image import ImageLike
from morgiana.vision.pipeline import Face, Pipeline

if TYPE_CHECKING:
    from morgiana.gallery import Gallery


def enrol_photographs(
    gallery: Gallery,
    photographs: Mapping[str, Sequence[ImageLike]],
    pipeline: Pipeline,
    cohorts: Mapping[str, int] | None = None,
) -> None:
    """Enrols each subject with one reference a photograph, all subjects or none.

    ``cohorts`` are masks by subject; who is not in it belongs to all 64 groups.
    Errors: no_face; several_faces (whose reference it would be is not known); poor_face (of no use by
    its ``Quality``); bad_image; otherwise as ``Gallery.enrol``. Each names the subject.
    """
    ids: list[str] = []
    embeddings = []
    for subject, given in photographs.items():
        if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
            raise refusal(f"photographs of {subject}", "a list of photographs", given)
        for number, picture in enumerate(given, start=1):
            embeddings.append(_only_face(pipeline, picture, f"photograph {number} of {subject}").embedding)
            ids.append(subject)
    if not ids:
        raise VisionError("invalid_argument", "there is no photograph to enrol")
    known = cohorts or {}
    gallery.enrol(ids, np.stack(embeddings), cohorts=[known.get(subject, 2**64 - 1) for subject in ids])


def photographs_by_subject(folder: str | os.PathLike[str]) -> dict[str, list[Path]]:
    """Of a folder that holds one of photographs for each subject, named by it.

    Errors: not_found (no such folder; no subject; a subject without an image).
    """
    place = Path(folder)
    subjects = sorted(entry for entry in place.iterdir() if entry.is_dir()) if place.is_dir() else []
    if not subjects:
        raise VisionError("not_found", f"there is no folder of a subject in {place}")
    return {entry.name: images_in(entry) for entry in subjects}


def _only_face(pipeline: Pipeline, picture: ImageLike, name: str) -> Face:
    try:
        faces = pipeline(picture)
    except VisionError as error:
        raise VisionError(error.code, f"{name}: {error.message}") from error
    if not faces:
        raise VisionError("no_face", f"{name} shows no face")
    if len(faces) > 1:
        raise VisionError("several_faces", f"{name} shows {len(faces)} faces, expected one")
    if not faces[0].quality.usable:
        raise VisionError("poor_face", f"{name} is of no use: {faces[0].quality.weakest}")
    return faces[0]

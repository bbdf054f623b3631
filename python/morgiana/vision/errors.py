"""Errors of the vision layer, beside those of the library."""

from morgiana.errors import Error


class VisionError(Error):
    """A picture or a model that cannot be used; the message says what, where and what to do.

    Codes: bad_image, bad_landmarks, no_face, several_faces, poor_face, not_one_person (pictures);
    not_found, camera_failed (where they come from); unknown_model, model_missing, model_corrupt,
    model_refused, download_failed (models); dependency_missing, invalid_argument.
    """

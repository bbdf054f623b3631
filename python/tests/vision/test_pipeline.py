import numpy as np
import pytest

from morgiana import vision
from morgiana.vision import align, sface


def detection(x: float, side: float, confidence: float) -> vision.Detection:
    box = np.array([x, 0, side, side], np.float32)
    landmarks = (align.TEMPLATE * side / 112 + [x, 0]).astype(np.float32)
    return vision.Detection(box, landmarks, confidence)


class FakeDetector:
    def __init__(self, *found: vision.Detection) -> None:
        self.found = list(found)

    def detect(self, pixels: np.ndarray) -> list[vision.Detection]:
        return self.found


class CountingEmbedder:
    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def embed(self, face: np.ndarray) -> np.ndarray:
        self.seen.append(face)
        embedding = np.zeros(128, np.float32)
        embedding[len(self.seen)] = 1
        return embedding


PIXELS = np.random.default_rng(2).integers(0, 256, (240, 400, 3), dtype=np.uint8)
SMALL, LARGE = detection(0, 112, 0.95), detection(150, 224, 0.7)


def test_every_face_is_aligned_and_embedded_on_its_own() -> None:
    embedder = CountingEmbedder()
    faces = vision.Pipeline(detector=FakeDetector(LARGE, SMALL), embedder=embedder)(PIXELS)
    assert [face.confidence for face in faces] == [0.7, 0.95]
    for face, found, seen in zip(faces, (LARGE, SMALL), embedder.seen, strict=True):
        assert face.box is found.box and face.landmarks is found.landmarks
        np.testing.assert_array_equal(seen, align.aligned(PIXELS, found.landmarks)[0])
        assert face.quality.inter_eye_px == pytest.approx(35.24 * found.box[2] / 112, abs=0.01)
    assert [int(face.embedding.argmax()) for face in faces] == [1, 2]


def test_the_largest_face_is_chosen_not_the_surest_and_alone_embedded() -> None:
    embedder = CountingEmbedder()
    pipeline = vision.Pipeline(detector=FakeDetector(SMALL, LARGE), embedder=embedder)
    assert pipeline.largest(PIXELS).box is LARGE.box
    assert len(embedder.seen) == 1


def test_no_face_is_an_empty_list_and_an_error_of_largest() -> None:
    pipeline = vision.Pipeline(detector=FakeDetector(), embedder=CountingEmbedder())
    assert pipeline(PIXELS) == []
    with pytest.raises(vision.VisionError, match="400 × 240") as caught:
        pipeline.largest(PIXELS)
    assert caught.value.code == "no_face"


def test_the_text_of_a_face_holds_no_template_value() -> None:
    pipeline = vision.Pipeline(detector=FakeDetector(SMALL), embedder=CountingEmbedder())
    assert "embedding" not in repr(pipeline.largest(PIXELS))


@pytest.mark.parametrize("threads", [0, -1, 1000])
def test_a_number_of_threads_out_of_range_is_refused(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision.models, "load", lambda name: b"")
    with pytest.raises(vision.VisionError, match="threads") as caught:
        vision.Pipeline(threads=threads)
    assert caught.value.code == "invalid_argument"


def test_bytes_that_onnxruntime_cannot_load_are_a_corrupt_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vision.models, "load", lambda name: b"no protobuf")
    with pytest.raises(vision.VisionError, match="onnxruntime") as caught:
        vision.Pipeline()
    assert caught.value.code == "model_corrupt"


@pytest.mark.parametrize("face", [np.zeros((112, 112), np.uint8), np.zeros((112, 112, 3))])
def test_the_embedder_takes_only_an_aligned_face(
    pipeline: vision.Pipeline, face: np.ndarray
) -> None:
    with pytest.raises(vision.VisionError, match="expected an aligned face"):
        vision.SFace().embed(face)


def test_the_embedder_gives_red_first_and_returns_unit_norm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Fake:
        def __init__(self, *_: object) -> None: ...

        def __call__(self, image: np.ndarray) -> dict[str, np.ndarray]:
            assert image.shape == (1, 3, 112, 112) and image.dtype == np.float32
            assert image[0, :, 0, 0].tolist() == [1.0, 2.0, 3.0]
            return {"fc1": np.full((1, 128), 5, np.float32)}

    monkeypatch.setattr(vision.models, "load", lambda name: b"")
    monkeypatch.setattr(sface, "Network", Fake)
    embedding = vision.SFace().embed(np.full((112, 112, 3), [1, 2, 3], np.uint8))
    np.testing.assert_allclose(embedding, 128**-0.5, rtol=2**-24)


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 900, 3), (240, 320, 3), (1500, 2000, 3)])
def test_a_picture_without_a_face_has_none(
    pipeline: vision.Pipeline, shape: tuple[int, ...]
) -> None:
    assert pipeline(np.full(shape, 128, np.uint8)) == []

import numpy as np
import pytest

from morgiana.vision import VisionError, YuNet, models, yunet


def raw_outputs(height: int, width: int) -> dict[str, np.ndarray]:
    """What the network says where it sees nothing."""
    outputs = {}
    for stride in yunet.STRIDES:
        anchors = (height // stride) * (width // stride)
        for head, size in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            outputs[f"{head}_{stride}"] = np.zeros((1, anchors, size), np.float32)
    return outputs


def test_an_anchor_is_decoded_to_pixels() -> None:
    """Cell (row 2, column 3) of stride 16 in a picture of 128 × 96."""
    outputs = raw_outputs(96, 128)
    anchor = 2 * (128 // 16) + 3
    outputs["cls_16"][0, anchor], outputs["obj_16"][0, anchor] = 0.81, 1.2
    outputs["bbox_16"][0, anchor] = [0.5, -0.25, np.log(2), np.log(3)]
    outputs["kps_16"][0, anchor] = np.arange(10) / 4
    (row,) = yunet._decoded(outputs, 128, 0.6)
    centre_x, centre_y = (3 + 0.5) * 16, (2 - 0.25) * 16
    np.testing.assert_allclose(row[:4], [centre_x - 16, centre_y - 24, 32, 48], rtol=1e-6)
    cells = np.tile([3, 2], 5) + np.arange(10) / 4
    np.testing.assert_allclose(row[4:14], cells * 16, rtol=1e-6)
    assert row[14] == pytest.approx(0.9)  # √(0.81 · 1), as OpenCV limits both to 1


def test_anchors_below_the_confidence_are_dropped() -> None:
    outputs = raw_outputs(64, 64)
    outputs["cls_8"][0, :, 0], outputs["obj_8"][0, :, 0] = 0.36, np.linspace(0, 1, 64)
    rows = yunet._decoded(outputs, 64, 0.5)
    assert len(rows) == np.count_nonzero(0.6 * np.sqrt(np.linspace(0, 1, 64)) >= 0.5)
    assert (rows[:, 14] >= 0.5).all()


def rows_of(*boxes: tuple[float, ...]) -> np.ndarray:
    rows = np.zeros((len(boxes), 15), np.float32)
    for row, box in zip(rows, boxes, strict=True):
        row[:4], row[14] = box[:4], box[4]
    return rows


def test_of_overlapping_boxes_the_most_confident_stays() -> None:
    rows = rows_of(
        (0, 0, 100, 100, 0.7),
        (10, 0, 100, 100, 0.9),  # IoU 0.82 with the first
        (53, 0, 100, 100, 0.8),  # 0.40 with the second
        (65, 0, 100, 100, 0.6),  # 0.29 with the second, 0.79 with the dropped third
        (300, 0, 10, 10, 0.61),
    )
    assert yunet._suppressed(rows) == [1, 4, 3]
    assert yunet._suppressed(rows_of()) == []


def test_boxes_that_overlap_on_one_axis_alone_both_stay() -> None:
    assert yunet._suppressed(rows_of((0, 0, 10, 10, 0.9), (0, 50, 10, 10, 0.8))) == [0, 1]


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (31, 33), (1281, 700), (2000, 3000)])
def test_the_network_gets_multiples_of_32_and_detections_scale_back(
    shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fake network reports a face that fills its unpadded input, of known size."""
    seen = []

    class Fake:
        def __init__(self, *_: object) -> None: ...

        def __call__(self, image: np.ndarray) -> dict[str, np.ndarray]:
            _, channels, height, width = image.shape
            assert (channels, height % 32, width % 32) == (3, 0, 0)
            assert max(height, width) <= yunet.MAX_SIDE
            filled = np.argwhere(image[0].any(axis=0)).max(axis=0) + 1
            seen.append(filled)
            outputs = raw_outputs(height, width)
            outputs["cls_32"][0, 0], outputs["obj_32"][0, 0] = 1, 1
            outputs["bbox_32"][0, 0, :2] = filled[::-1] / 64
            outputs["bbox_32"][0, 0, 2:] = np.log(filled[::-1] / 32)
            return outputs

    monkeypatch.setattr(models, "load", lambda name: b"")
    monkeypatch.setattr(yunet, "Network", Fake)
    pixels = np.full((*shape, 3), 200, np.uint8)
    (face,) = YuNet().detect(pixels)
    np.testing.assert_allclose(face.box, [0, 0, shape[1], shape[0]], rtol=1e-4, atol=1e-2)
    assert len(seen) == (1 if max(shape) <= yunet.OVERVIEW_SIDE else 2)


def test_the_network_gets_blue_first(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fake:
        def __init__(self, *_: object) -> None: ...

        def __call__(self, image: np.ndarray) -> dict[str, np.ndarray]:
            assert image[0, :, 0, 0].tolist() == [3.0, 2.0, 1.0]
            return raw_outputs(*image.shape[2:])

    monkeypatch.setattr(models, "load", lambda name: b"")
    monkeypatch.setattr(yunet, "Network", Fake)
    assert YuNet().detect(np.full((32, 32, 3), [1, 2, 3], np.uint8)) == []


@pytest.mark.parametrize("bad", [0.0, -0.1, 1.5, float("nan")])
def test_a_confidence_that_is_none_is_refused(bad: float) -> None:
    with pytest.raises(VisionError, match="min_confidence") as caught:
        YuNet(min_confidence=bad)
    assert caught.value.code == "invalid_argument"

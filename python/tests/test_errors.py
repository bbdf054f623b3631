"""Every refusal is a typed error that says what was expected, and changes nothing."""

import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

import morgiana as mg

HEADERS = Path(__file__).parents[2] / "include" / "morgiana"


def with_value(x, row, value):
    x = x.copy()
    x[row, 5] = value
    return x


def zero_row(x, row):
    x = x.copy()
    x[row] = 0
    return x


def misaligned(x):
    raw = bytearray(x.nbytes + 1)
    view = numpy.frombuffer(raw, dtype=numpy.float32, count=x.size, offset=1).reshape(x.shape)
    view[:] = x
    return view


BAD_ARRAYS = [
    (
        lambda x: x.astype(numpy.float64),
        "invalid_argument",
        "float64 [3, 64]; convert with x.astype",
    ),
    (lambda x: x.astype(numpy.float16), "invalid_argument", "float16 [3, 64]"),
    (lambda x: x.astype(">f4"), "invalid_argument", ">f4 [3, 64]"),
    (lambda x: x[None], "invalid_argument", "float32 [1, 3, 64]"),
    (lambda x: numpy.asarray(x[0, 0]), "invalid_argument", "float32 []"),
    (lambda x: numpy.asfortranarray(x), "invalid_argument", "not C-contiguous"),
    (lambda x: numpy.repeat(x, 2, axis=0)[::2], "invalid_argument", "numpy.ascontiguousarray"),
    (misaligned, "invalid_argument", "not aligned to 4 bytes; convert with x.copy()"),
    (lambda x: x[:, :32].copy(), "dim_mismatch", "float32 [3, 32] for model test-net"),
    (lambda x: x[0, :32].copy(), "dim_mismatch", "float32 [32]"),
    (lambda x: with_value(x, 1, numpy.nan), "not_finite", "row 1: "),
    (lambda x: with_value(x, 2, -numpy.inf), "not_finite", "row 2: "),
    (lambda x: zero_row(x, 2), "zero_norm", "row 2: "),
]


@pytest.mark.parametrize("spoil, code, says", BAD_ARRAYS)
def test_a_bad_array_is_refused_by_enrol_identify_and_verify(gallery, rows, spoil, code, says):
    gallery.enrol("known", rows(1))
    bad = spoil(rows(3))
    calls = [
        lambda: gallery.enrol(["a", "b", "c"], bad),
        lambda: gallery.update(["a", "b", "c"], bad),
        lambda: gallery.identify(bad, threshold=0.5),
    ]
    for call in calls:
        with pytest.raises(mg.Error) as raised:
            call()
        assert raised.value.code == code
        assert says in raised.value.message
    with pytest.raises(mg.Error):
        gallery.verify("known", bad, threshold=0.5)
    assert len(gallery) == 1 and gallery.stats().num_references == 1


NO_ARRAYS = [
    (lambda x: x.tolist(), "got list; convert with numpy.asarray"),
    (lambda x: None, "got NoneType"),
    (lambda x: x[0, 0], "got numpy.float32"),
    (lambda x: x.tobytes(), "got bytes"),
]


@pytest.mark.parametrize("spoil, says", NO_ARRAYS)
def test_what_is_no_array_is_a_type_error_that_names_the_argument(gallery, rows, spoil, says):
    gallery.enrol("known", rows(1))
    bad = spoil(rows(3))
    calls = {
        "embeddings": lambda: gallery.enrol(["a", "b", "c"], bad),
        "probes": lambda: gallery.identify(bad, threshold=0.5),
        "probe": lambda: gallery.verify("known", bad, threshold=0.5),
    }
    for name, call in calls.items():
        with pytest.raises(TypeError) as raised:
            call()
        assert str(raised.value).startswith(f"{name} is float32 [n, 64] or [64], ")
        assert says in str(raised.value)


def test_a_misaligned_array_is_taken_once_it_is_copied_as_the_message_says(gallery, rows):
    gallery.enrol("known", misaligned(rows(1)).copy())
    assert len(gallery) == 1


BAD_IDS = [
    (["a", "b"], "2 ids came with 3 embeddings"),
    (["a", "b", ""], "ids[2]: a subject id has 1 to 256 bytes"),
    (["a", "b\n", "c"], "ids[1]: "),
    (["a", "b", "x" * 257], "ids[2]: "),
    (["a", "\ud800", "c"], "ids[1]: a subject id is UTF-8"),
]


@pytest.mark.parametrize("ids, says", BAD_IDS)
def test_bad_ids_are_refused_with_their_place(gallery, rows, ids, says):
    with pytest.raises(mg.Error) as raised:
        gallery.enrol(ids, rows(3))
    assert raised.value.code == "invalid_argument"
    assert says in raised.value.message
    assert len(gallery) == 0


NO_IDS = [
    (lambda g, x: g.enrol(["a", 7, "c"], x), "ids[1] is a str, got int"),
    (lambda g, x: g.enrol(b"abc", x), "ids[0] is a str, got int"),
    (lambda g, x: g.enrol(7, x), "ids is a str or an iterable of str, got int"),
    (lambda g, x: g.update(["a", 7, "c"], x), "ids[1] is a str, got int"),
    (lambda g, x: g.remove([7]), "ids[0] is a str, got int"),
    (lambda g, x: g.verify(7, x[0], threshold=0.5), "claimed is a str, got int"),
    (lambda g, x: g.identify(x, threshold=0.5, exclude=[7]), "exclude[0] is a str, got int"),
    (lambda g, x: 7 in g, "subject is a str, got int"),
]


@pytest.mark.parametrize("call, says", NO_IDS)
def test_an_id_that_is_no_str_is_a_type_error_with_its_place(gallery, rows, call, says):
    with pytest.raises(TypeError) as raised:
        call(gallery, rows(3))
    assert str(raised.value) == says
    assert len(gallery) == 0


def test_no_subject_at_all_is_refused(gallery, rows):
    for call in (lambda: gallery.enrol([], rows(0)), lambda: gallery.remove([])):
        with pytest.raises(mg.Error) as raised:
            call()
        assert raised.value.code == "invalid_argument"


def test_a_duplicate_refuses_the_whole_enrolment(gallery, rows):
    gallery.enrol("b", rows(1))
    with pytest.raises(mg.Error) as raised:
        gallery.enrol(["a", "b"], rows(2))
    assert raised.value.code == "duplicate_subject"
    assert "a" not in gallery and len(gallery) == 1


def test_an_unknown_subject_refuses_the_whole_removal(gallery, rows):
    gallery.enrol("a", rows(1))
    with pytest.raises(mg.Error) as raised:
        gallery.remove(["a", "b"])
    assert raised.value.code == "unknown_subject"
    assert "a" in gallery
    with pytest.raises(mg.Error) as raised:
        gallery.verify("b", rows(1), threshold=0.5)
    assert raised.value.code == "unknown_subject"


def test_verify_takes_one_probe(gallery, rows):
    gallery.enrol("a", rows(1))
    with pytest.raises(mg.Error, match="one probe, got 2 rows"):
        gallery.verify("a", rows(2), threshold=0.5)


@pytest.mark.parametrize(
    "options",
    [
        {"threshold": float("nan")},
        {"threshold": 1e300},
        {"threshold": 0.5, "margin": -0.1},
        {"threshold": 0.5, "margin": float("nan")},
        {"threshold": 0.5, "max_candidates": 0},
        {"threshold": 0.5, "max_candidates": -1},
    ],
)
def test_senseless_options_are_refused(gallery, rows, options):
    gallery.enrol("a", rows(1))
    with pytest.raises(mg.Error) as raised:
        gallery.identify(rows(1), **options)
    assert raised.value.code == "invalid_argument"


@pytest.mark.parametrize(
    "model",
    [
        mg.Model("", 64),
        mg.Model("a b", 64),
        mg.Model("m", 31),
        mg.Model("m", 4097),
        mg.Model("m", -1),
        mg.Model("m", 2**40),
    ],
)
def test_an_impossible_model_is_refused_and_leaves_no_file(path, key, model):
    with pytest.raises(mg.Error) as raised:
        mg.Gallery.create(path, model=model, key=key)
    assert raised.value.code == "invalid_argument"
    assert not path.exists()


def test_create_overwrites_nothing(gallery, path, model, key, rows):
    gallery.enrol("a", rows(1))
    gallery.close()
    with pytest.raises(mg.Error) as raised:
        mg.Gallery.create(path, model=model, key=key)
    assert raised.value.code == "already_exists"
    with pytest.raises(mg.Error) as raised:
        mg.KeySource.create_file(key.path)
    assert raised.value.code == "already_exists"
    with mg.Gallery.open(path, key=key) as reopened:
        assert len(reopened) == 1


def test_a_second_handle_is_locked_out_until_the_first_closes(gallery, path, key):
    with pytest.raises(mg.Error) as raised:
        mg.Gallery.open(path, key=key)
    assert raised.value.code == "locked"
    gallery.close()
    mg.Gallery.open(path, key=key).close()


def test_another_key_does_not_open_it(gallery, path, tmp_path):
    gallery.close()
    other = mg.KeySource.create_file(tmp_path / "other.key")
    with pytest.raises(mg.Error) as raised:
        mg.Gallery.open(path, key=other)
    assert raised.value.code == "wrong_key"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_file_that_others_can_read_is_refused(gallery, path, key, mode):
    gallery.close()
    os.chmod(key.path, mode)
    with pytest.raises(mg.Error) as raised:
        mg.Gallery.open(path, key=key)
    assert raised.value.code == "bad_key_file"


def test_missing_and_foreign_files_are_told_apart(path, key, tmp_path):
    with pytest.raises(mg.Error) as raised:
        mg.Gallery.open(path, key=key)
    assert raised.value.code == "not_found"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(mg.Error) as raised:
        mg.Gallery.open(path, key=key)
    assert raised.value.code == "not_a_gallery"


@pytest.mark.parametrize("bad", ["", "a\0b"])
def test_a_path_with_nul_or_without_name_is_refused(model, key, bad):
    with pytest.raises(mg.Error) as raised:
        mg.Gallery.create(bad, model=model, key=key)
    assert raised.value.code == "invalid_argument"


def test_every_verb_of_a_closed_gallery_says_closed(gallery, rows):
    gallery.close()
    calls = [
        lambda: gallery.enrol("a", rows(1)),
        lambda: gallery.identify(rows(1), threshold=0.5),
        lambda: gallery.verify("a", rows(1), threshold=0.5),
        lambda: gallery.update("a", rows(1)),
        lambda: gallery.remove("a"),
        lambda: gallery.flush(),
        lambda: list(gallery.subjects()),
        lambda: gallery.stats(),
        lambda: len(gallery),
        lambda: "a" in gallery,
    ]
    for call in calls:
        with pytest.raises(mg.Error) as raised:
            call()
        assert raised.value.code == "closed"


def test_an_unknown_instruction_tier_is_refused(tmp_path):
    program = (
        "import morgiana as mg\n"
        "key = mg.KeySource.create_file('k')\n"
        "try:\n"
        "    mg.Gallery.create('g', model=mg.Model('m', 64), key=key)\n"
        "except mg.Error as error:\n"
        "    print(error.code)\n"
    )
    package_root = str(Path(mg.__file__).parents[1])
    environment = {**os.environ, "MORGIANA_TIER": "bogus", "PYTHONPATH": package_root}
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "unknown_tier"
    assert not (tmp_path / "g").exists()


def test_an_error_survives_pickling_and_shows_code_and_message():
    error = pickle.loads(pickle.dumps(mg.Error("closed", "the gallery was closed")))
    assert (error.code, error.message) == ("closed", "the gallery was closed")
    assert str(error) == "closed: the gallery was closed"


@pytest.mark.parametrize("kind", [mg.Outcome, mg.Reason])
def test_python_knows_every_outcome_and_reason_of_the_library(kind):
    text = (HEADERS / "outcome.hpp").read_text()
    named = re.findall(rf"case {kind.__name__}::\w+: return \"(\w+)\"", text)
    assert named and [member.value for member in kind] == named

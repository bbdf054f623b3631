"""Files that are not what they should be are refused, and nobody is enrolled."""

import json
import struct

import pytest
from npy_file import DIM, npy


@pytest.fixture
def refused(morgiana, gallery, write):
    """Enrols a file as one subject; the message of the refusal."""

    def enrol(content, *whose):
        write("x.npy", content)
        ran = morgiana("enrol", *gallery, "--embeddings", "x.npy", *(whose or ("--id", "a")))
        assert ran.returncode == 3, ran.stderr
        assert ran.stdout == ""
        assert json.loads(morgiana("info", *gallery, "--json").stdout)["num_references"] == 0
        return ran.stderr

    return enrol


def with_header(header):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


ONE = [[1.0] * DIM]
HUGE = 2**64 - 1

BAD_FILES = {
    "empty": (b"", "truncated"),
    "magic only": (b"\x93NUMPY", "truncated"),
    "wrong magic": (b"PK\x03\x04" + b"\0" * 200, "does not begin with the mark"),
    "version 0": (npy(ONE, version=1).replace(b"NUMPY\x01", b"NUMPY\x00"), "version 0"),
    "version 4": (npy(ONE, version=1).replace(b"NUMPY\x01", b"NUMPY\x04"), "version 4"),
    "header beyond the file": (b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1), "truncated"),
    "cut in the header": (npy(ONE)[:40], "truncated"),
    "cut in the values": (npy(ONE)[:-1], "bytes of values"),
    "one value missing": (npy(ONE)[:-4], "[1, 32] with 124 bytes"),
    "values too many": (npy(ONE) + b"\0" * 4, "[1, 32] with 132 bytes"),
    "float64": (npy(ONE, descr="<f8"), "got type <f8; save x.astype"),
    "big endian": (npy(ONE, descr=">f4"), "got type >f4"),
    "pickled": (npy(ONE, descr="|O"), "got type |O"),
    "fortran order": (npy(ONE, order="True"), "Fortran order"),
    "no dimension": (npy(ONE, shape="()"), "got 0 dimensions"),
    "three dimensions": (npy(ONE, shape="(1, 1, 32)"), "got 3 dimensions"),
    "shape beyond 64 bits": (npy(ONE, shape=f"({HUGE + 1}, 32)"), "beyond 64 bits"),
    "shape of huge product": (npy(ONE, shape=f"({HUGE}, {HUGE})"), "bytes of values"),
    "product that wraps to the size": (npy(ONE, shape=f"({2**62 + 1}, 32)"), "bytes of values"),
    "negative shape": (npy(ONE, shape="(-1, 32)"), "not made of numbers"),
    "rows without columns": (npy([], shape=f"({HUGE}, 0)"), "got rows without columns"),
    "missing key": (with_header(b"{'descr': '<f4'}"), "without descr, order or shape"),
    "repeated key": (with_header(b"{'descr': '<f4', 'descr': '<f4'}"), "unknown or repeated key"),
    "open string": (with_header(b"{'descr"), "open string"),
    "text after the header": (
        with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x"),
        "text after its header",
    ),
    "no dictionary": (with_header(b"\n" * 60), "'{'"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_numpy_file_is_refused_and_named(refused, name):
    content, says = BAD_FILES[name]
    message = refused(content)
    assert message.startswith("morgiana: invalid_argument: x.npy: expected a NumPy file of float32")
    assert says in message


@pytest.mark.parametrize("version", [1, 2, 3])
def test_all_three_versions_are_read(morgiana, gallery, write, vectors, version):
    write("x.npy", npy(vectors(2), version=version))
    done = morgiana("enrol", *gallery, "--embeddings", "x.npy", "--id", "a")
    assert done.stdout == "enrolled 1 subject with 2 references\n", done.stderr


def test_what_numpy_itself_writes_is_read(morgiana, gallery, tmp_path):
    numpy = pytest.importorskip("numpy")
    numpy.save(tmp_path / "x.npy", numpy.ones((2, DIM), dtype=numpy.float32))
    done = morgiana("enrol", *gallery, "--embeddings", "x.npy", "--id", "a")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "value, code", [(float("nan"), "not_finite"), (float("inf"), "not_finite")]
)
def test_a_value_that_is_no_number_is_refused_with_its_row(refused, vectors, value, code):
    x = vectors(3)
    x[1][7] = value
    assert refused(npy(x)).startswith(f"morgiana: {code}: x.npy row 1: ")


def test_a_zero_row_and_a_wrong_dimension_are_refused(refused, vectors):
    x = vectors(3)
    assert refused(npy([*x, [0.0] * DIM])).startswith("morgiana: zero_norm: x.npy row 3: ")
    assert refused(npy([row[:-1] for row in x])).startswith("morgiana: dim_mismatch: x.npy row 0: ")


def test_missing_files_and_folders_are_refused(morgiana, gallery, tmp_path):
    missing = morgiana("enrol", *gallery, "--embeddings", "none.npy", "--id", "a")
    assert missing.returncode == 3 and missing.stderr.startswith("morgiana: not_found: ")
    (tmp_path / "folder").mkdir()
    folder = morgiana("enrol", *gallery, "--embeddings", "folder", "--id", "a")
    assert folder.returncode == 3 and "not a regular file" in folder.stderr


@pytest.mark.parametrize(
    "ids, says",
    [
        ("a\nb\n", "has 2 ids, x.npy has 3 embeddings"),
        ("a\n\nb\n", "ids.txt line 2: a subject id has 1 to 256 bytes"),
        ("a\nb\x01\nc\n", "ids.txt line 2: "),
        (b"a\nb\n\xff\n", "ids.txt line 3: "),
    ],
)
def test_a_bad_id_list_is_refused_with_its_line(refused, write, vectors, ids, says):
    write("ids.txt", ids)
    message = refused(npy(vectors(3)), "--ids", "ids.txt")
    assert message.startswith("morgiana: invalid_argument: ") and says in message


def test_marks_and_line_ends_of_other_systems_do_not_become_part_of_an_id(
    morgiana, gallery, write, vectors
):
    write("x.npy", npy(vectors(2)))
    write("ids.txt", b"\xef\xbb\xbfada\r\nbob\r\n")
    assert morgiana("enrol", *gallery, "--embeddings", "x.npy", "--ids", "ids.txt").returncode == 0
    removed = morgiana("remove", *gallery, "--id", "ada", "--id", "bob")
    assert removed.returncode == 0, removed.stderr

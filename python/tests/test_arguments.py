"""An argument that cannot be meant is refused by its name, and no message holds template values."""

import math
import os
from fractions import Fraction

import numpy
import pytest

import morgiana as mg


@pytest.fixture
def x(rows):
    """One embedding, each value of which would be seen in any way of printing it."""
    return numpy.full((1, 64), 0.12345678, dtype=numpy.float32) + rows(1) * 0


def is_free_of_values(text, x):
    return "0.1234" not in text and "array([" not in text and repr(x[0, 0]) not in text


WRONG_OPTIONS = [
    ("threshold", ".5"),
    ("threshold", True),
    ("threshold", [0.5]),
    ("margin", "a"),
    ("margin", False),
    ("margin", None),
    ("max_candidates", 1.5),
    ("max_candidates", "3"),
    ("max_candidates", True),
    ("include_scores", "no"),
    ("include_scores", 1),
    ("include_scores", None),
    ("assurance", 0.5),
    ("assurance", True),
    ("miss_probability", "1e-9"),
    ("cohorts", 1.5),
    ("cohorts", "1"),
    ("cohorts", True),
    ("cohorts", [1]),
    ("exclude", "ada"),
    ("exclude", b"ada"),
    ("exclude", 7),
    ("max_threads", 1.5),
    ("max_threads", True),
    ("timeout_ms", "10"),
    ("timeout_ms", True),
]


@pytest.mark.parametrize("name, given", WRONG_OPTIONS)
def test_a_wrong_type_is_named_with_what_came(gallery, x, name, given):
    with pytest.raises(TypeError) as raised:
        gallery.identify(x, **({"threshold": 0.5} | {name: given}))
    message = str(raised.value)
    assert name in message
    assert type(given).__name__ in message or repr(given) in message
    assert is_free_of_values(message, x)


WRONG_VALUES = [
    ("threshold", math.nan),
    ("threshold", 1 + 1e-12),
    ("threshold", 10**400),
    ("margin", -1e-300),
    ("margin", 2 + 1e-12),
    ("max_candidates", 0),
    ("max_candidates", 2**63),
    pytest.param("max_candidates", 10**5000, id="beyond-what-str-shows"),
    ("assurance", "certain"),
    ("miss_probability", 0.5),
    ("cohorts", 0),
    ("cohorts", -1),
    ("cohorts", 2**64),
    ("max_threads", 0),
    ("max_threads", -1),
    ("max_threads", 2**32),
    ("max_threads", 2**64),
    ("timeout_ms", -1),
    ("timeout_ms", math.nan),
    ("timeout_ms", math.inf),
    ("timeout_ms", 1e300),
]


@pytest.mark.parametrize("name, given", WRONG_VALUES)
def test_a_value_out_of_range_is_an_invalid_argument(gallery, x, name, given):
    with pytest.raises(mg.Error) as raised:
        gallery.identify(x, **({"threshold": 0.5} | {name: given}))
    assert raised.value.code == "invalid_argument"
    assert name.split("_")[0].removesuffix("s") in raised.value.message
    assert is_free_of_values(raised.value.message, x)


def messages_of_every_misuse(gallery, x, key, path):
    """Each call holds an embedding, and something wrong beside it or in its place."""
    found = gallery.identify(x, threshold=0.5)
    calls = [
        lambda: gallery.enrol("b", x, cohorts="1"),
        lambda: gallery.enrol("b", x, cohorts=x),
        lambda: gallery.enrol(7, x),
        lambda: gallery.enrol(x, x),
        lambda: gallery.enrol(x[0], x),
        lambda: gallery.enrol(x, "b"),
        lambda: gallery.enrol("b", x, 1, x),
        lambda: gallery.enrol("b", x.astype(numpy.float64)),
        lambda: gallery.enrol("b", x, max_threads=x),
        lambda: gallery.enrol("b", x, progress=x),
        lambda: gallery.update("b", x),
        lambda: gallery.update("b", x, max_threads=x),
        lambda: gallery.update(x, x),
        *(
            lambda name=name: gallery.identify(x, **({"threshold": 0.5} | {name: x}))
            for name, _ in WRONG_OPTIONS
        ),
        lambda: gallery.identify(x, 0.5),
        lambda: gallery.identify(x, threshold=0.5, excluded=x),
        lambda: gallery.identify(x.tolist(), threshold=0.5),
        lambda: gallery.verify("a", x, threshold="a"),
        lambda: gallery.verify("a", x, threshold=x),
        lambda: gallery.verify("a", x, threshold=0.5, include_scores="no"),
        lambda: gallery.verify("a", x, threshold=0.5, include_scores=x),
        lambda: gallery.verify(7, x, threshold=0.5),
        lambda: gallery.verify(x, "a", threshold=0.5),
        lambda: gallery.remove(x),
        lambda: x in gallery,
        lambda: found[x],
        lambda: found["a"],
        lambda: mg.decide(x, mg.Policy(0.5)),
        lambda: mg.decide(found[0], x),
        lambda: mg.Threshold(x),
        lambda: mg.Threshold(0.5, fmr=x),
        lambda: mg.Policy(x),
        lambda: mg.Policy(0.5, margin=x),
        lambda: mg.Policy(0.5, assurance=x),
        lambda: mg.Assurance(x),
        lambda: mg.Model(x, 64),
        lambda: mg.Model("m", x),
        lambda: mg.KeySource.file(x),
        lambda: mg.KeySource.create_file(x),
        lambda: mg.Gallery.open(x, key=key),
        lambda: mg.Gallery.open(path, key=x),
        lambda: mg.Gallery.open(path, key=key, references=x),
        lambda: mg.Gallery.open(path, key=key, residual_codes=x),
        lambda: mg.Gallery.open(path, key=key, sync=x),
        lambda: mg.Gallery.open(path, key=key, max_threads=x),
        lambda: mg.Gallery.follow(x, key=key),
        lambda: mg.Gallery.follow(path, key=x),
        lambda: mg.Gallery.create(path, model=x, key=key),
    ]
    for call in calls:
        with pytest.raises((TypeError, mg.Error)) as raised:
            call()
        yield str(raised.value)


def test_no_message_holds_a_value_of_an_embedding(gallery, x, key, path):
    gallery.enrol("a", x)
    for message in messages_of_every_misuse(gallery, x, key, path):
        assert is_free_of_values(message, x), message
    assert gallery.stats().num_references == 1


def test_numbers_of_numpy_and_of_the_standard_library_are_numbers(gallery, x):
    gallery.enrol("a", x)
    for threshold in (0, numpy.float32(0.5), numpy.float64(0.5), Fraction(1, 2), numpy.int8(0)):
        found = gallery.identify(
            x,
            threshold=threshold,
            margin=numpy.float32(0.1),
            max_candidates=numpy.int64(3),
            include_scores=numpy.True_,
        )
        assert found.subjects == ["a"]


def least_above(score):
    """The float64 that is next above a float32: no float32 score reaches it but greater ones."""
    return math.nextafter(float(score), math.inf)


def test_a_score_below_the_stated_threshold_is_never_accepted(gallery, rows):
    x = rows(2)
    gallery.enrol("a", x[0])
    probe = x[0] + x[1]
    score = gallery.verify("a", probe, threshold=-1, include_scores=True).score
    for stated in (least_above(score), Fraction(float(score)) + Fraction(1, 10**40)):
        assert not gallery.verify("a", probe, threshold=stated).accepted
        assert not gallery.verify("a", probe, threshold=mg.Threshold(stated)).accepted
        assert gallery.identify(probe, threshold=stated).subjects == []
        wide = gallery.identify(probe, threshold=-1)[0]
        assert mg.decide(wide, mg.Policy(stated)).reason == "no_candidate"
    assert gallery.verify("a", probe, threshold=score).accepted
    assert gallery.identify(probe, threshold=score).subjects == ["a"]
    assert mg.decide(wide, mg.Policy(score)).outcome == "granted"


def test_a_lead_below_the_stated_margin_is_ambiguous(gallery, x):
    gallery.enrol(["near", "far"], numpy.concatenate([x, -x]))
    probe = x
    scores = gallery.identify(probe, threshold=-1, include_scores=True)[0].scores
    lead = float(scores[0]) - float(scores[1])
    assert numpy.float32(lead) == lead == 2.0
    gallery.remove("far")
    gallery.enrol("far", numpy.where(numpy.arange(64) < 32, x, -x).astype(numpy.float32))
    scores = gallery.identify(probe, threshold=-1, include_scores=True)[0].scores
    lead = float(scores[0]) - float(scores[1])
    assert numpy.float32(lead) == lead
    stated = math.nextafter(lead, 2)
    close = gallery.identify(probe, threshold=0.9, margin=stated)[0]
    assert close.runner_up == "far"
    assert gallery.identify(probe, threshold=0.9, margin=lead)[0].runner_up is None
    wide = gallery.identify(probe, threshold=0.9, margin=2)[0]
    assert mg.decide(wide, mg.Policy(0.9, margin=stated)).reason == "ambiguous"
    assert mg.decide(wide, mg.Policy(0.9, margin=lead)).outcome == "granted"


def test_a_search_covers_a_policy_of_the_same_numbers(gallery, x):
    gallery.enrol("a", x)
    for number in (0.1, 0.45, 0.3, 1 / 3, 0.7):
        found = gallery.identify(x, threshold=number, margin=number)
        assert mg.decide(found[0], mg.Policy(number, margin=number)).outcome == "granted"


def test_masked_arrays_are_refused_by_every_verb(gallery, x):
    gallery.enrol("a", x)
    masked = numpy.ma.masked_array(x, mask=numpy.zeros_like(x, dtype=bool))
    calls = [
        lambda: gallery.enrol("b", masked),
        lambda: gallery.identify(masked, threshold=0.5),
        lambda: gallery.verify("a", masked, threshold=0.5),
    ]
    for call in calls:
        with pytest.raises(mg.Error, match="MaskedArray"):
            call()


def test_other_kinds_of_arrays_are_taken(gallery, x, tmp_path):
    numpy.save(tmp_path / "x.npy", x)
    gallery.enrol("a", numpy.load(tmp_path / "x.npy", mmap_mode="r"))
    assert len(gallery) == 1


def test_no_answer_is_taken_for_true(gallery, x):
    gallery.enrol("a", x)
    refused = gallery.verify("a", -x, threshold=0.5)
    stranger = gallery.identify(-x, threshold=0.5)[0]
    denied = mg.decide(stranger, mg.Policy(0.5))
    for answer, ask in (
        (refused, "accepted"),
        (stranger, "candidates"),
        (denied, "outcome"),
        (denied.outcome, "granted"),
    ):
        with pytest.raises(TypeError, match=f"neither true nor false; ask .*{ask}"):
            bool(answer)
    assert not refused.accepted and denied.outcome == "denied"


def test_rows_are_not_named_by_a_set(gallery, x):
    two = numpy.concatenate([x, -x])
    for unordered in ({"a", "b"}, frozenset({"a", "b"})):
        with pytest.raises(TypeError, match="ids is .* in their order, which a set has not"):
            gallery.enrol(unordered, two)
    with pytest.raises(TypeError, match="cohorts is .* in their order, which a set has not"):
        gallery.enrol(["a", "b"], two, cohorts={1, 2})
    assert len(gallery) == 0
    gallery.enrol({"a": 0, "b": 1}.keys(), two)
    assert gallery.identify(two, threshold=0.5, exclude={"b"}).subjects == ["a"]
    assert gallery.remove({"a", "b"}).num_removed == 2


def test_a_gallery_is_true_even_when_it_is_empty_or_closed(gallery):
    assert len(gallery) == 0 and bool(gallery)
    gallery.close()
    assert bool(gallery)


def test_a_bare_key_or_model_is_refused_with_what_to_write(path, key, model):
    for bare in (key.path, b"raw key bytes", None):
        with pytest.raises(TypeError, match=r"key is a morgiana.KeySource.*KeySource.file\(") as no:
            mg.Gallery.create(path, model=model, key=bare)
        assert "raw" not in str(no.value)
        with pytest.raises(TypeError, match=r"key is a morgiana.KeySource, got"):
            mg.Gallery.open(path, key=bare)
    for bare in ("sface", ("sface", 128), key):
        with pytest.raises(TypeError, match=r"model is a morgiana.Model, got .*Model\(name, dim\)"):
            mg.Gallery.create(path, model=bare, key=key)
    assert not path.exists()


@pytest.mark.parametrize("name, dim", [(7, 64), ("m", "64"), ("m", 64.0), ("m", True), (None, 64)])
def test_a_model_has_a_name_and_a_whole_number(name, dim):
    with pytest.raises(TypeError):
        mg.Model(name, dim)


def test_paths_are_str_whatever_they_were_given_as(path, key, model):
    with mg.Gallery.create(os.fsencode(path), model=model, key=key) as gallery:
        assert gallery.path == str(path) and "campus.morgiana" in repr(gallery)
    assert mg.KeySource.file(os.fsencode(key.path)) == key
    with mg.Gallery.open(path, key=mg.KeySource(os.fsencode(key.path))) as gallery:
        assert gallery.path == str(path)


@pytest.mark.parametrize("name", ["references", "residual_codes"])
def test_memory_options_are_checked(path, key, model, name):
    for given in ("ram", 1, None):
        with pytest.raises((TypeError, mg.Error), match=f"{name} is "):
            mg.Gallery.create(path, model=model, key=key, **{name: given})
    assert not path.exists()


def test_messages_that_are_not_utf8_are_errors_with_their_code(tmp_path, key, model):
    name = os.fsencode(tmp_path) + b"/caf\xe9\xff"
    with pytest.raises(mg.Error) as raised:
        mg.Gallery.open(name, key=key)
    assert raised.value.code == "not_found" and r"caf\xe9\xff" in raised.value.message
    str(raised.value).encode()  # can be printed and logged
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(mg.Error) as raised:
        mg.KeySource.create_file(os.fsencode(tmp_path) + b"/none\xff/k")
    assert raised.value.code and r"\xff" in raised.value.message
    with mg.Gallery.create(name, model=model, key=key) as gallery:
        assert os.fsencode(gallery.path) == name and repr(gallery)
    with pytest.raises(mg.Error) as raised:
        mg.Gallery.create(name, model=model, key=key)
    assert raised.value.code == "already_exists"


def test_a_path_that_is_none_is_named(key, model):
    for call in (
        lambda: mg.Gallery.create(7, model=model, key=key),
        lambda: mg.Gallery.open(None, key=key),
        lambda: mg.Gallery.follow(None, key=key),
        lambda: mg.KeySource.file(7),
        lambda: mg.KeySource.create_file([]),
    ):
        with pytest.raises(TypeError, match="^path is a str or os.PathLike, got "):
            call()
    with pytest.raises(mg.Error, match="lone surrogate"):
        mg.Model("\ud800", 64)


class Broken:
    def __iter__(self):
        raise KeyboardInterrupt

    def __index__(self):
        raise MemoryError


def test_what_an_argument_raises_is_passed_on(gallery, x):
    for call in (
        lambda: gallery.enrol(Broken(), x),
        lambda: gallery.enrol("a", x, cohorts=Broken()),
        lambda: gallery.identify(x, threshold=0.5, exclude=Broken()),
        lambda: gallery.remove(Broken()),
    ):
        with pytest.raises(KeyboardInterrupt):
            call()
    with pytest.raises(MemoryError):
        gallery.identify(x, threshold=0.5, cohorts=Broken())
    for text in (b"\1", "1"):
        with pytest.raises(TypeError, match="cohorts is "):
            gallery.enrol("a", x, cohorts=text)


def test_long_names_are_typed_errors(tmp_path, key, model):
    for call in (
        lambda: mg.Gallery.open(tmp_path / ("x" * 300), key=key),
        lambda: mg.Gallery.create(tmp_path / ("x" * 300), model=model, key=key),
        lambda: mg.KeySource.create_file(tmp_path / ("x" * 300)),
    ):
        with pytest.raises(mg.Error):
            call()



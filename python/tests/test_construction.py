"""What the library alone makes cannot be made from Python: no object is without its C++ part."""

import copy
import pickle

import pytest

import morgiana as mg
from morgiana import _core

CLASSES = [kind for kind in vars(_core).values() if isinstance(kind, type)]


@pytest.fixture
def answers(gallery, rows):
    """One object of each class that a caller holds."""
    x = rows(1)
    gallery.enrol("a", x)
    found = gallery.identify(x, threshold=0.5)
    return [found, found[0], found[0].searched, gallery.verify("a", x, threshold=0.5)]


def test_the_classes_are_known():
    public = {mg.Identification, mg.Identifications, mg.Searched, mg.Verification}
    assert public < set(CLASSES)


@pytest.mark.parametrize("kind", CLASSES)
def test_no_class_of_the_library_is_made_by_hand(kind):
    base = kind.__mro__[1]
    ways = [
        lambda: kind(),
        lambda: kind.__new__(kind),
        lambda: base.__new__(kind),
        lambda: object.__new__(kind),
        lambda: type("Derived", (kind,), {}),
    ]
    for way in ways:
        with pytest.raises(TypeError):
            way()


def test_answers_are_neither_copied_nor_pickled_nor_turned_into_others(answers):
    for answer in answers:
        ways = [
            lambda: copy.copy(answer),
            lambda: copy.deepcopy(answer),
            *(lambda p=p: pickle.dumps(answer, protocol=p) for p in range(6)),
            lambda: answer.__init__(),
        ]
        for way in ways:
            with pytest.raises(TypeError):
                way()
        for kind in CLASSES:
            with pytest.raises(TypeError):
                answer.__class__ = kind


def test_an_iterator_of_answers_has_no_class_that_can_be_made(answers):
    iterator = iter(answers[0])
    with pytest.raises(TypeError):
        type(iterator).__new__(type(iterator))
    assert [answer.candidates for answer in iterator] == [["a"]]


def test_a_gallery_is_made_by_create_open_or_follow(path):
    for native in (None, "campus.morgiana", _core.Gallery):
        with pytest.raises(TypeError, match="Gallery.create, Gallery.open or Gallery.follow"):
            mg.Gallery(native, str(path))


@pytest.mark.parametrize("given", [None, 0.9, ["a"], mg.Policy(0.5)])
def test_only_answers_are_decided(given):
    with pytest.raises(TypeError, match="decide takes an Identification or a Verification, got"):
        mg.decide(given, mg.Policy(0.5))


def test_a_batch_is_decided_item_by_item_and_a_policy_is_a_policy(answers):
    with pytest.raises(TypeError, match="got Identifications; decide on each of its items"):
        mg.decide(answers[0], mg.Policy(0.5))
    with pytest.raises(TypeError, match="policy is a morgiana.Policy, got float"):
        mg.decide(answers[1], 0.5)

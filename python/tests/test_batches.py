"""A batch is its probes, however many there are."""

import subprocess
import sys

import numpy
import pytest

import morgiana as mg

THRESHOLD = 0.3


def answers(found):
    return [(one.candidates, one.scores.tolist(), one.num_accepted) for one in found]


@pytest.mark.parametrize("count", [0, 1, 5, 6, 257])
def test_a_batch_of_any_size_answers_as_each_probe_alone(gallery, rows, count):
    references = rows(300)
    gallery.enrol([f"s{i}" for i in range(300)], references)
    probes = references[numpy.arange(count) % 300] + rows(count)
    asked = {"threshold": THRESHOLD, "include_scores": True}
    found = answers(gallery.identify(probes, **asked))
    alone = [answers(gallery.identify(probe, **asked))[0] for probe in probes]
    assert found == alone
    assert all(f"s{i % 300}" in candidates for i, (candidates, _, _) in enumerate(found))


@pytest.mark.parametrize("bad", [0, 5, 256, 300])
def test_the_index_of_a_bad_probe_among_good_ones_is_named(gallery, rows, bad):
    gallery.enrol("known", rows(1))
    probes = rows(301)
    probes[bad, 3] = numpy.nan
    with pytest.raises(mg.Error) as raised:
        gallery.identify(probes, threshold=THRESHOLD)
    assert raised.value.code == "not_finite"
    assert f"row {bad}: " in str(raised.value)


MANY = """
import sys
import numpy
import morgiana as mg

def peak_kib():
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0])

subjects, probes = int(sys.argv[2]), int(sys.argv[3])
rows = numpy.random.default_rng(1).standard_normal((max(subjects, probes), 32), dtype=numpy.float32)
key = mg.KeySource.create_file(sys.argv[1] + "/key")
model = mg.Model("net", 32)
with mg.Gallery.create(sys.argv[1] + "/g", model=model, key=key, references="resident") as gallery:
    gallery.enrol([str(i) for i in range(subjects)], rows[:subjects])
    gallery.identify(rows[:20], threshold=-1.0, max_candidates=1)
    open("/proc/self/clear_refs", "w").write("5")  # the peak begins anew
    before = peak_kib()
    found = gallery.identify(rows[:probes], threshold=-1.0, max_candidates=1)
    after = peak_kib()
    assert len(found) == probes
    both = range(min(subjects, probes))
    assert all(found[i].candidates == [str(i)] and found[i].num_accepted == subjects for i in both)
print((after - before) // 1024)
"""


@pytest.mark.parametrize(("subjects", "probes"), [(400, 100_000), (40_000, 400)])
def test_many_pairs_take_memory_for_their_answers_alone(tmp_path, subjects, probes):
    """Of many probes, or of many whom each finds; kept at once, the pairs would be 400 to 960 MB."""
    done = subprocess.run(
        [sys.executable, "-c", MANY, str(tmp_path), str(subjects), str(probes)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 200

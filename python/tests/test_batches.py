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

rows = numpy.random.default_rng(1).standard_normal((100_000, 32), dtype=numpy.float32)
key = mg.KeySource.create_file(sys.argv[1] + "/key")
model = mg.Model("net", 32)
with mg.Gallery.create(sys.argv[1] + "/g", model=model, key=key, references="resident") as gallery:
    gallery.enrol([str(i) for i in range(400)], rows[:400])
    gallery.identify(rows[:300], threshold=-1.0, max_candidates=1)
    open("/proc/self/clear_refs", "w").write("5")  # the peak begins anew
    before = peak_kib()
    found = gallery.identify(rows, threshold=-1.0, max_candidates=1)
    after = peak_kib()
    assert len(found) == 100_000
    assert all(found[i].candidates == [str(i)] and found[i].num_accepted == 400 for i in range(400))
print((after - before) // 1024)
"""


def test_a_hundred_thousand_probes_take_memory_for_their_answers_alone(tmp_path):
    """4e7 pairs survive; kept at once they would be 960 MB."""
    done = subprocess.run(
        [sys.executable, "-c", MANY, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 200

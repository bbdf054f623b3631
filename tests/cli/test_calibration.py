"""`evaluate`, `calibrate` and `calibrate-log`: from embeddings and searches to calibrations."""

import hashlib
import json
import re
import sys
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("matplotlib")


@pytest.fixture
def campus(tmp_path):
    """120 people with one to four images; some pairs of strangers are close."""
    rng = np.random.default_rng(3)
    rows, names = [], []
    for number in range(120):
        centre = rng.normal(size=32)
        for _ in range(1 + number % 4):
            rows.append(centre + 0.6 * rng.normal(size=32))
            names.append(f"p{number:03}")
    np.save(tmp_path / "x.npy", np.array(rows, np.float32))
    (tmp_path / "who.txt").write_text("\n".join(names) + "\n")
    (tmp_path / "who.csv").write_text("row,name\n" + "".join(f"{i},{n}\n" for i, n in enumerate(names)))
    return tmp_path


COMMON = ("x.npy", "--identities", "who.txt", "--model", "net-1", "--data", "made up")


def test_a_report_is_written_for_people_and_for_programs(morgiana, campus):
    folds = "".join(f"{i},{i + 1},{int(i % 2)},{i % 4}\n" for i in range(100))
    (campus / "pairs.csv").write_text("first,second,is_mated,fold\n" + folds)
    ran = morgiana("evaluate", *COMMON, "--pairs", "pairs.csv", "--out", "report")
    assert (ran.returncode, ran.stdout) == (0, "report/report.md\n"), ran.stderr
    content = json.loads((campus / "report" / "report.json").read_text())
    assert content["evidence"]["num_identities"] == 120
    assert content["evidence"]["data"] == "made up"
    assert len(content["folds"]["of_each"]) == 4
    text = (campus / "report" / "report.md").read_text()
    for picture in ("histogram.png", "det.png", "identification.png"):
        assert f"({picture})" in text
        assert (campus / "report" / picture).read_bytes().startswith(b"\x89PNG")
    assert "unsupported" in text


def test_rows_that_rest_on_few_errors_say_so(morgiana, campus):
    assert morgiana("evaluate", *COMMON, "--card", "--out", "report").returncode == 0
    content = json.loads((campus / "report" / "report.json").read_text())
    text = (campus / "report" / "report.md").read_text()
    verification = text.split("## Verification")[1].split("## Identification")[0]
    points = content["verification"]["points"][::4]
    rows = re.findall(r"^\| \d.*", verification, re.MULTILINE)
    assert len(rows) == len(points)
    for row, point in zip(rows, points, strict=True):
        *_, num_pairs, mark, _ = (cell.strip() for cell in row.split("|"))
        expected = point["fmr"]["value"] * point["fmr"]["effective_trials"]
        assert float(num_pairs) == pytest.approx(expected, abs=0.051)
        assert (mark == "unsupported") == (expected < 30) == (not point["is_supported"])
    searched = text.split("## Identification")[1].split("## Thresholds")[0]
    rows = re.findall(r"^\| \d.*", searched, re.MULTILINE)
    points = content["identification"]["points"][1:]
    for row, point in zip(rows, points, strict=True):
        num_errors = point["fpir"]["value"] * point["fpir"]["effective_trials"]
        assert ("unsupported" in row) == (num_errors < 30) == (not point["is_supported"])
    assert all("unsupported" in row for row in rows), "36 strangers"
    card = (campus / "report" / "card.md").read_text()
    assert card.count("unsupported: fewer than 30 errors") == 4


@pytest.mark.parametrize("num_people", [120, 30])
def test_pictures_of_data_without_an_error_say_so(tmp_path, monkeypatch, num_people):
    pytest.importorskip("morgiana")
    import warnings

    from matplotlib.figure import Figure

    from morgiana.__main__ import main

    rng = np.random.default_rng(6)
    centres = rng.normal(size=(num_people, 64)).repeat(3, axis=0)
    np.save(tmp_path / "x.npy", (centres + 0.1 * rng.normal(size=centres.shape)).astype(np.float32))
    (tmp_path / "who.txt").write_text("".join(f"p{i // 3:03}\n" for i in range(len(centres))))
    drawn = {}

    def save(figure, path, **_):
        figure.draw_without_rendering()
        drawn[Path(path).name] = figure

    monkeypatch.setattr(Figure, "savefig", save)
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main(["evaluate", *COMMON, "--out", "report"]) == 0
    for name, rate in (("det.png", "FNMR"), ("identification.png", "FNIR")):
        (axes,) = drawn[name].axes
        assert any(text.get_text().startswith(f"{rate} is 0 at every threshold") for text in axes.texts)
        assert axes.collections, "the interval"
        assert len(axes.lines[0].get_xdata()) > 1
    low, high = drawn["identification.png"].axes[0].get_ylim()
    assert low == 0 and high > 0


def test_a_card_is_written_with_people_as_rows(morgiana, campus):
    (campus / "out.csv").write_text("p000,p001,twins\n")
    card = ("--exclude", "out.csv", "--card", "--card-fmr", "0.01", "--out", "report")
    ran = morgiana("evaluate", *COMMON, *card)
    assert (ran.returncode, ran.stdout) == (0, "report/report.md\nreport/card.md\n"), ran.stderr
    text = (campus / "report" / "card.md").read_text()
    for file in ("x.npy", "who.txt", "out.csv"):
        assert hashlib.sha256((campus / file).read_bytes()).hexdigest() in text
    assert "1 pair of identities was adjudicated" in text
    assert not re.search(r"p\d\d\d", text)
    assert (campus / "report" / "card.html").read_text().startswith("<!DOCTYPE html>")
    assert len((campus / "report" / "card-people.csv").read_text().splitlines()) == 121
    for rate in ("0", "1", "x", "nan"):
        assert morgiana("evaluate", *COMMON, "--card-fmr", rate, "--out", "report").returncode == 2


def test_a_calibration_is_written_and_can_be_read(morgiana, campus):
    mg = pytest.importorskip("morgiana")
    ran = morgiana(
        "calibrate",
        "x.npy",
        "--identities",
        "who.csv",
        "--column",
        "name",
        "--model",
        "net-1",
        "--data",
        "made up",
        "--out",
        "c.json",
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith("c.json\n")
    written = mg.Calibration.load(campus / "c.json")
    assert written.model == mg.Model("net-1", 32)
    least = written.threshold_for(0.003, num_subjects=100).least_supported
    assert f"    100 subjects, FPIR at most 0.003  unsupported; {least:.2g} at least\n" in ran.stdout
    assert " 10,000 subjects, FPIR at most 0.003  unsupported\n" in ran.stdout
    assert "120 people are too few for any of these risks" in ran.stderr


@pytest.mark.parametrize(
    ("files", "arguments", "why"),
    [
        (
            {},
            ("none.npy", "--identities", "who.txt", "--model", "m", "--data", "d"),
            "there is no file none.npy",
        ),
        ({"x.npy": b"nonsense"}, COMMON, "x.npy is no .npy file"),
        (
            {},
            ("x.npy", "--identities", "none.txt", "--model", "m", "--data", "d"),
            "there is no file none.txt",
        ),
        (
            {},
            ("x.npy", "--identities", "who.csv", "--column", "who", "--model", "m", "--data", "d"),
            "it has row, name",
        ),
        (
            {"who.csv": b"row,name\n0,a\n1\n"},
            ("x.npy", "--identities", "who.csv", "--column", "name", "--model", "m", "--data", "d"),
            "who.csv:3 has no name",
        ),
        ({}, (*COMMON[:-1], "two\nlines"), "in a line each"),
        ({"who.txt": b"a\nb\n"}, COMMON, "embeddings came with 2 identities"),
        ({"who.txt": b"\xff\xfe"}, COMMON, "who.txt is no text in UTF-8"),
        (
            {"out.csv": b"p000,p001\n"},
            (*COMMON, "--exclude", "out.csv"),
            "out.csv:1 is not two identities and the reason",
        ),
        ({"out.csv": b"p000,zz,twin\n"}, (*COMMON, "--exclude", "out.csv"), "'zz' is none of those compared"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(morgiana, campus, files, arguments, why):
    for name, content in files.items():
        (campus / name).write_bytes(content)
    ran = morgiana("calibrate", *arguments, "--out", "c.json")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert why in ran.stderr
    assert not (campus / "c.json").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10\t300\nA\t1\t2\n", "announces 6000 pairs and has 1"),
        ("1\t1\np001\t1\t2\np001\t1\tp002\t9\n", "pairs.txt:3 names image 9 of 'p002'"),
        ("1\t1\np001\t1\n\n", "pairs.txt:2 is no pair"),
        ("a,b\n1,2\n", "neither LFW's pairs.txt nor a CSV"),
        ("first,second,is_mated,fold\n0,x,1,0\n", "pairs.txt:2 holds what is no whole number"),
        ("first,second,is_mated,fold\n0,9999,1,0\n", "pairs.txt:2 names a row that is not from 0 to"),
        ("first,second,is_mated,fold\n", "names no pair"),
        ("", "neither LFW's"),
    ],
)
def test_pairs_that_are_none_are_named(morgiana, campus, text, why):
    (campus / "pairs.txt").write_text(text)
    ran = morgiana("evaluate", *COMMON, "--pairs", "pairs.txt", "--out", "report")
    assert ran.returncode == 3
    assert why in ran.stderr
    assert not (campus / "report").exists()


def test_nothing_but_a_calibration_is_overwritten_by_one(morgiana, campus):
    ran = morgiana("calibrate", *COMMON, "--out", "who.txt")
    assert ran.returncode == 3
    assert ran.stderr == "morgiana: already_exists: who.txt is there and no calibration; it is left as it is\n"
    assert (campus / "who.txt").read_text().startswith("p000\n")
    for _ in range(2):
        assert morgiana("calibrate", *COMMON, "--out", "c.json").returncode == 0


def test_a_gate_is_calibrated_from_its_log(morgiana, tmp_path):
    mg = pytest.importorskip("morgiana")
    rng = np.random.default_rng(4)
    x = rng.standard_normal((160, 64)).astype(np.float32)
    key = mg.KeySource.create_file(tmp_path / "g.key")
    with mg.Gallery.create(tmp_path / "g", model=mg.Model("net-1", 64), key=key, refusals=None) as gallery:
        gallery.enrol([f"p{i:03}" for i in range(100)], x[:100])
        with mg.SearchLog.create(tmp_path / "searches", gallery, floor=0.2) as log:
            for i in range(160):
                noise = 0.5 * rng.standard_normal(64).astype(np.float32)
                log.identify(gallery, x[i] + noise, person=f"p{i:03}")
            log.identify(gallery, x[0])
            expected = log.calibrate(gallery, data="north gate").calibration
    line = (
        "calibrate-log",
        "searches",
        "--gallery",
        "g",
        "--key",
        "g.key",
        "--data",
        "north gate",
        "--out",
        "gate.json",
    )
    ran = morgiana(*line)
    assert ran.returncode == 0, ran.stderr
    assert (
        "160 searches of 160 people, 100 of them enrolled, among 100 subjects; left out: 1 unnamed, 0 with"
        in ran.stdout
    )
    written = mg.Calibration.load(tmp_path / "gate.json")
    assert written.to_json() == expected.to_json()

    (tmp_path / "may.json").write_text(written.to_json())
    ran = morgiana(*line, "--beside", "may.json")
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "agrees with may.json"), ran.stderr
    far = json.loads((tmp_path / "gate.json").read_text())
    for curve in far["curves"]:
        for point in curve["points"]:
            point["fmr"] = [point["fmr"][0] / 50, point["fmr"][1] * 50]
            point["fpir"] = [point["fpir"][0] / 50, point["fpir"][1] * 50]
    (tmp_path / "far.json").write_text(json.dumps(far))
    ran = morgiana(*line, "--beside", "far.json")
    assert ran.returncode == 1 and "departs from far.json at 0.2" in ran.stdout, ran.stderr
    assert "--key" in morgiana(*line[:4], *line[6:], MORGIANA_KEY_FILE="").stderr
    ran = morgiana(*line[:-1], "searches")
    assert ran.returncode == 3 and "already_exists: searches is there and no calibration" in ran.stderr
    ran = morgiana(*line[:1], "nowhere", *line[2:])
    assert (ran.returncode, ran.stderr) == (3, "morgiana: not_found: there is no file nowhere\n")


def test_help_and_usage_are_those_of_the_package(morgiana):
    for verb in ("evaluate", "calibrate"):
        assert "--identities" in morgiana(verb, "--help").stdout
        ran = morgiana(verb)
        assert ran.returncode == 2
        assert "the following arguments are required" in ran.stderr


def test_an_interpreter_that_cannot_do_it_is_named(morgiana, tmp_path):
    ran = morgiana("evaluate", "--help", MORGIANA_PYTHON="no-such-python")
    assert ran.returncode == 3
    assert "no-such-python cannot be run" in ran.stderr and "MORGIANA_PYTHON names another" in ran.stderr
    bare = Path(sys.base_prefix) / "bin" / "python3"
    ran = morgiana(
        "evaluate", "--help", MORGIANA_PYTHON=str(bare), PYTHONPATH=str(tmp_path), PYTHONNOUSERSITE="1"
    )
    assert ran.returncode == 3
    assert "pip install 'morgiana[plots]'" in ran.stderr

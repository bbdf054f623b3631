"""Each verb does its job, and its exit status says how it went."""

import json
import os
import re
import subprocess

import pytest
from npy_file import npy
from terminal import shown_on_a_terminal


def test_version_and_help_succeed_and_help_explains_exit_codes(morgiana):
    assert morgiana("--version").stdout.startswith("morgiana 0.")
    shown = morgiana("--help")
    assert shown.returncode == 0
    assert "Exit codes: 0 success; 1 identify did not grant every probe" in shown.stdout
    assert "2 the command line is wrong" in " ".join(shown.stdout.split())
    verbs = ["create", "enrol", "update", "identify", "verify", "remove", "list", "info"]
    for verb in [*verbs, "check", "backup", "restore", "compact"]:
        assert f"\n  {verb} " in shown.stdout
        assert morgiana(verb, "--help").returncode == 0


@pytest.mark.parametrize(
    "line",
    [
        [],
        ["nonsense"],
        ["info"],
        ["info", "g"],
        ["create", "g", "--key", "k", "--model", "net", "--dim", "many"],
        ["enrol", "g", "--key", "k", "--embeddings", "x.npy"],
        ["enrol", "g", "--key", "k", "--embeddings", "x.npy", "--id", "a", "--ids", "b"],
        ["identify", "g", "--key", "k", "--probes", "q.npy"],
        ["identify", "g", "--key", "k", "--probes", "q.npy", "--threshold", "0.5x"],
        ["remove", "g", "--key", "k"],
        ["update", "g", "--key", "k", "--embeddings", "x.npy"],
        ["list"],
        ["check"],
        ["check", "g", "--key", "k", "--threads", "0"],
        ["backup", "g", "--key", "k"],
        ["backup", "g", "to", "more", "--key", "k"],
        ["compact", "g", "more", "--key", "k"],
    ],
)
def test_a_wrong_command_line_is_usage_and_prints_nothing_on_stdout(morgiana, line):
    ran = morgiana(*line)
    assert ran.returncode == 2
    assert ran.stdout == "" and ran.stderr != ""


def test_create_makes_key_and_gallery_once(morgiana, gallery, tmp_path):
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    again = morgiana("create", *gallery, "--model", "net", "--dim", "32")
    assert again.returncode == 3
    assert again.stderr.startswith("morgiana: already_exists: ")
    same_key = morgiana("create", "g2", "--key", "k", "--model", "net", "--dim", "32")
    assert same_key.returncode == 0


def test_a_failed_create_keeps_the_new_key_and_says_so(morgiana, tmp_path):
    (tmp_path / "g.keyset").touch()
    ran = morgiana("create", "g", "--key", "k", "--model", "net", "--dim", "32", "--create-key")
    assert ran.returncode == 3 and "the new key file k is kept: use it without" in ran.stderr
    assert (tmp_path / "k").exists() and not (tmp_path / "g").exists()


def test_identify_prints_a_line_a_probe_with_decision_and_candidates(
    morgiana, gallery, enrolled, write, vectors
):
    _, bob, ada_too = enrolled
    stranger = [-value for value in bob]
    write("q.npy", npy([ada_too, bob, stranger]))
    ran = morgiana("identify", *gallery, "--probes", "q.npy", "--threshold", "0.9")
    assert ran.returncode == 1
    assert ran.stdout.splitlines() == [
        "0\tgranted\taccepted\tada\tada",
        "1\tgranted\taccepted\tbob\tbob",
        "2\tdenied\tno_candidate\t-",
    ]


def test_identify_succeeds_only_where_every_probe_is_granted(
    morgiana, gallery, enrolled, write, vectors
):
    arguments = ["identify", *gallery, "--probes", "q.npy", "--threshold", "0.9"]
    for probes, code in ((enrolled[:2], 0), ([*enrolled[:2], *vectors(1)], 1), (vectors(1), 1)):
        write("q.npy", npy(probes))
        assert morgiana(*arguments).returncode == code
    write("q.npy", npy([enrolled[0]]))
    assert morgiana(*arguments[:-1], "-1", "--margin", "2").returncode == 1  # ambiguous


def test_identify_in_json_says_the_same(morgiana, gallery, enrolled, write):
    write("q.npy", npy([enrolled[1]]))
    arguments = ["--probes", "q.npy", "--threshold", "-1", "--max-candidates", "1", "--margin", "2"]
    ran = morgiana("identify", *gallery, *arguments, "--scores", "--json")
    (probe,) = json.loads(ran.stdout)["probes"]
    assert probe["candidates"][0]["subject"] == "bob"
    assert probe["candidates"][0]["score"] == pytest.approx(1.0, abs=1e-6)
    del probe["candidates"]
    assert probe == {
        "probe": 0,
        "outcome": "step_up",
        "reason": "ambiguous",
        "subject": None,
        "num_accepted": 2,
        "runner_up": "ada",
        "searched": {"num_subjects": 2, "num_references": 3, "num_withheld": 0, "miss_probability": 0},
        "risk": None,
    }


def test_scores_are_shown_only_when_asked_for(morgiana, gallery, enrolled, write):
    write("q.npy", npy([enrolled[1]]))
    arguments = ["identify", *gallery, "--probes", "q.npy", "--threshold", "0.9"]
    assert "score" not in morgiana(*arguments, "--json").stdout
    fields = morgiana(*arguments, "--scores").stdout.rstrip().split("\t")
    assert fields[4] == "bob" and float(fields[5]) == pytest.approx(1.0, abs=1e-6)


def test_an_empty_gallery_decides_nothing(morgiana, gallery, write, vectors):
    write("q.npy", npy(vectors(1)))
    ran = morgiana("identify", *gallery, "--probes", "q.npy", "--threshold", "0.9")
    assert ran.stdout == "0\tnot_determined\tempty_gallery\t-\n"


def test_verify_exits_with_the_answer(morgiana, gallery, enrolled, write):
    write("q.npy", npy([enrolled[0]], shape="(32,)"))
    arguments = [*gallery, "--probe", "q.npy", "--threshold", "0.9"]
    accepted = morgiana("verify", *arguments, "--id", "ada")
    assert (accepted.returncode, accepted.stdout) == (0, "accepted\tada\n")
    refused = morgiana("verify", *arguments, "--id", "bob")
    assert (refused.returncode, refused.stdout) == (1, "refused\tbob\n")
    unknown = morgiana("verify", *arguments, "--id", "eve")
    assert (unknown.returncode, unknown.stdout) == (3, "")
    assert unknown.stderr.startswith("morgiana: unknown_subject: ")
    scored = json.loads(morgiana("verify", *arguments, "--id", "ada", "--json", "--scores").stdout)
    assert scored["accepted"] is True and scored["score"] == pytest.approx(1.0, abs=1e-6)


def test_verify_takes_one_row(morgiana, gallery, enrolled, write):
    write("q.npy", npy(enrolled))
    ran = morgiana("verify", *gallery, "--id", "ada", "--probe", "q.npy", "--threshold", "0.9")
    assert ran.returncode == 3 and "has 3 rows; verify compares one probe" in ran.stderr


def test_update_replaces_references_and_cohorts_all_or_none(
    morgiana, gallery, enrolled, write, vectors
):
    (other,) = vectors(4)[3:]
    write("y.npy", npy([other]))
    write("both.npy", npy([other, other]))
    write("both.txt", "ada\neve\n")
    failed = morgiana("update", *gallery, "--embeddings", "both.npy", "--ids", "both.txt")
    assert (failed.returncode, failed.stdout) == (3, "")
    assert failed.stderr.startswith("morgiana: unknown_subject: ")
    search = ["identify", *gallery, "--threshold", "0.9", "--probes"]
    assert morgiana(*search, "x.npy").returncode == 0

    arguments = ["--embeddings", "y.npy", "--id", "ada", "--cohorts", "4", "--threads", "2"]
    done = morgiana("update", *gallery, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "updated 1 subject with 1 reference; their old sealed bytes are erased\n"
    )
    assert morgiana(*search, "y.npy", "--cohorts", "4").stdout == "0\tgranted\taccepted\tada\tada\n"
    outcomes = [line.split("\t")[1] for line in morgiana(*search, "x.npy").stdout.splitlines()]
    assert outcomes == ["denied", "granted", "denied"]


def test_enrol_refuses_who_is_enrolled_by_another_name(morgiana, gallery, enrolled, write):
    write("again.npy", npy(enrolled[:1]))
    arguments = ["enrol", *gallery, "--embeddings", "again.npy", "--id", "eve"]
    refused = morgiana(*arguments, "--refuse-duplicates", "0.9")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.startswith(
        "morgiana: duplicate_enrolment: reference 0 of subject 'eve' matches subject 'ada'"
    )
    hub = [*arguments, "--refuse-hubs", "0.9", "--max-hub-matches"]
    assert morgiana(*hub, "0").stderr.startswith("morgiana: hub_reference: ")
    assert morgiana(*hub, "1").returncode == 0


def test_list_shows_ids_in_order_of_their_bytes(morgiana, gallery, enrolled, write, vectors):
    write("more.npy", npy(vectors(2)))
    write("more.txt", "Zoë 李\nab c\n")
    assert morgiana("list", *gallery).stdout == "ada\nbob\n"
    morgiana("enrol", *gallery, "--embeddings", "more.npy", "--ids", "more.txt")
    morgiana("remove", *gallery, "--id", "ada")
    assert morgiana("list", *gallery).stdout == "Zoë 李\nab c\nbob\n"
    shown = json.loads(morgiana("list", *gallery, "--json").stdout)
    assert shown == {"subjects": ["Zoë 李", "ab c", "bob"]}


def test_list_shows_nobody_and_more_than_are_read_at_once(morgiana, gallery, write, vectors):
    assert morgiana("list", *gallery).stdout == ""
    assert json.loads(morgiana("list", *gallery, "--json").stdout) == {"subjects": []}
    ids = [f"s{i:04}" for i in range(2001)]
    write("x.npy", npy(vectors(2001)))
    write("ids.txt", "\n".join(reversed(ids)))
    arguments = ["--embeddings", "x.npy", "--ids", "ids.txt", "--threads", "2"]
    done = morgiana("enrol", *gallery, *arguments)
    assert (done.stdout, done.stderr) == ("enrolled 2001 subjects with 2001 references\n", "")
    assert morgiana("list", *gallery).stdout.splitlines() == ids


def test_verbs_that_read_follow_the_process_that_has_the_gallery_open(
    morgiana, gallery, enrolled, held
):
    search = ["--probes", "x.npy", "--threshold", "0.9"]
    compare = ["--id", "ada", "--probe", "ada.npy", "--threshold", "0.9"]
    lines = [["identify", *search], ["verify", *compare], ["info"], ["list"]]
    answers = ["0\tgranted\taccepted\tada", "accepted\tada\n", "model  ", "ada\nbob\n"]
    for (verb, *arguments), answer in zip(lines, answers):
        locked = morgiana(verb, *gallery, *arguments)
        assert locked.returncode == 3 and locked.stderr.startswith("morgiana: locked: ")
        followed = morgiana(verb, *gallery, *arguments, "--follow")
        assert (followed.returncode, followed.stderr) == (0, "")
        assert followed.stdout.startswith(answer)


def test_remove_takes_several_ids_all_or_none(morgiana, gallery, enrolled):
    failed = morgiana("remove", *gallery, "--id", "ada", "--id", "eve")
    assert failed.returncode == 3 and failed.stderr.startswith("morgiana: unknown_subject: ")
    # The gallery after --id is still the gallery.
    done = morgiana("remove", "--id", "ada", "--id", "bob", *gallery)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("removed 2 subjects")
    assert json.loads(morgiana("info", *gallery, "--json").stdout)["num_subjects"] == 0


def test_info_says_what_a_gallery_holds(morgiana, gallery, enrolled):
    stats = json.loads(morgiana("info", *gallery, "--json").stdout)
    assert stats["model"] == {"name": "net", "dim": 32}
    assert (stats["num_subjects"], stats["num_references"]) == (2, 3)
    assert "subjects           2\n" in morgiana("info", *gallery).stdout


def test_the_key_may_come_from_the_environment(morgiana, gallery):
    assert morgiana("info", "g", MORGIANA_KEY_FILE="k").returncode == 0


def test_a_key_that_others_can_read_is_refused(morgiana, gallery, tmp_path):
    os.chmod(tmp_path / "k", 0o644)
    ran = morgiana("info", *gallery)
    assert ran.returncode == 3 and ran.stderr.startswith("morgiana: bad_key_file: ")


def test_output_that_cannot_be_written_is_an_error(morgiana, gallery, tmp_path):
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [os.environ["MORGIANA_CLI"], "info", *gallery],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ran.returncode == 3 and "standard output cannot be written" in ran.stderr


def test_a_duplicate_enrols_nobody(morgiana, gallery, enrolled, write, vectors):
    write("more.npy", npy(vectors(2)))
    write("more.txt", "eve\nbob\n")
    ran = morgiana("enrol", *gallery, "--embeddings", "more.npy", "--ids", "more.txt")
    assert ran.returncode == 3 and ran.stderr.startswith("morgiana: duplicate_subject: ")
    assert json.loads(morgiana("info", *gallery, "--json").stdout)["num_subjects"] == 2


def test_work_shows_on_a_terminal_only_and_is_gone_afterwards(morgiana, gallery, tmp_path):
    assert morgiana("info", *gallery).stderr == ""
    shown = shown_on_a_terminal(tmp_path, "info", *gallery)
    assert b"opening g ..." in shown and shown.endswith(b"\r\x1b[K")


def test_enrol_and_update_show_how_far_they_are(gallery, write, vectors, tmp_path):
    write("x.npy", npy(vectors(1500)))
    write("ids.txt", "\n".join(f"s{i}" for i in range(1500)))
    for verb, past in (("enrol", "enrolled"), ("update", "updated")):
        arguments = ["--embeddings", "x.npy", "--ids", "ids.txt"]
        shown = shown_on_a_terminal(tmp_path, verb, *gallery, *arguments).decode()
        done = [int(num) for num in re.findall(rf"{past} (\d+) of 1500 \.\.\.", shown)]
        assert len(done) > 1 and done == sorted(done) and done[-1] == 1500
        assert shown.endswith("\r\x1b[K")

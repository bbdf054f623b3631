"""An error says what to do about it."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from npy_file import DIM, npy

MAKE = ["--model", "net", "--dim", DIM]


def failed(ran, code):
    """What was said of a failure."""
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith(f"morgiana: {code}: "), ran.stderr
    return ran.stderr


def test_a_failed_change_keeps_the_new_key_and_says_so(morgiana, gallery, tmp_path):
    """The gallery is missing, or the old key is another."""
    none = morgiana("change-key", "none", "--key", "k", "--new-key", "n1", "--create-key")
    made = morgiana("create", "g2", "--key", "k2", "--create-key", *MAKE)
    assert made.returncode == 0, made.stderr
    wrong = morgiana("change-key", "g", "--key", "k2", "--new-key", "n2", "--create-key")
    for ran, code, new in ((none, "not_found", "n1"), (wrong, "wrong_key", "n2")):
        said = failed(ran, code)
        assert f"the new key file {new} is kept: use it without --create-key, or delete it" in said
        assert (tmp_path / new).exists()
    changed = morgiana("change-key", *gallery, "--new-key", "n2")
    assert changed.returncode == 0, changed.stderr


@pytest.mark.parametrize(
    "line",
    [
        ["create", "h", *MAKE, "--key", "none"],
        ["change-key", "g", "--key", "k", "--new-key", "none"],
    ],
)
def test_a_verb_that_can_make_the_key_says_so(morgiana, gallery, line):
    said = failed(morgiana(*line), "not_found")
    assert said.endswith("there is no key file none; --create-key makes it\n")
    again = morgiana(*line, "--create-key")
    assert again.returncode == 0, again.stderr


def test_what_create_key_does_not_remedy_does_not_name_it(morgiana, gallery):
    assert "--create-key" not in morgiana("info", "g", "--key", "none").stderr
    assert "--create-key" not in morgiana("create", "no/h", *MAKE, "--key", "k").stderr
    old = morgiana("change-key", "g", "--key", "none", "--new-key", "k")
    assert "no key file none\n" in failed(old, "not_found")


def test_a_token_without_the_key_is_told_how_to_get_it(token, morgiana, gallery):
    new = [word.replace("--", "--new-") for word in token]
    for line in (["create", "h", *MAKE, *token], ["change-key", *gallery, *new]):
        said = failed(morgiana(*line), "token_failed")
        assert said.endswith("token 'gate' has no key 'gates'; --create-key makes it\n")


def test_create_says_which_key_opens_it(morgiana):
    made = morgiana("create", "g", "--key", "k", "--create-key", *MAKE)
    assert made.stdout == "created g for net, 32 dimensions, opened by the new key file k\n"
    other = morgiana("create", "h", "--key", "k", *MAKE)
    assert other.stdout == "created h for net, 32 dimensions, opened by key file k\n"


def test_a_passphrase_that_takes_the_place_of_another_is_told_from_it(morgiana, write, tmp_path):
    for name in ("one", "two"):
        os.chmod(tmp_path / write(name, f"passphrase {name}\n"), 0o600)
    made = morgiana("create", "g", "--passphrase-file", "one", *MAKE)
    assert made.returncode == 0, made.stderr
    keys = ["--passphrase-file", "one", "--new-passphrase-file", "two"]
    changed = morgiana("change-key", "g", *keys)
    assert changed.stdout == (
        "g is opened by the new passphrase now, and no longer by the one before\n"
    )


ANCHOR_IN_TOKEN = ["--anchor-token", "t", "--anchor-token-module", "m"]
ANCHOR_IN_TOKEN += ["--anchor-token-object", "o"]


@pytest.mark.parametrize(
    "line, said",
    [
        (["info", "g", "--passphrase"], "the passphrase; use --passphrase-file"),
        (
            ["info", "g", "--token", "t", "--token-module", "m", "--token-key", "k"],
            "the PIN; use --pin-file",
        ),
        (["info", "g", "--key", "k", *ANCHOR_IN_TOKEN], "the PIN; use --anchor-pin-file"),
        (
            ["change-key", "g", "--key", "k", "--new-passphrase"],
            "the passphrase; use --new-passphrase-file",
        ),
        (
            ["change-key", "g", "--key", "k", "--new-token", "t"]
            + ["--new-token-module", "m", "--new-token-key", "k"],
            "the PIN; use --new-pin-file",
        ),
    ],
)
def test_without_a_terminal_the_option_that_takes_its_place_is_named(gallery, tmp_path, line, said):
    ran = subprocess.run(
        [os.environ["MORGIANA_CLI"], *line],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    assert failed(ran, "invalid_argument").endswith(f"there is no terminal to ask for {said}\n")


def test_who_finds_a_gallery_open_is_told_to_follow_it(morgiana, gallery, enrolled, held):
    said = failed(morgiana("list", *gallery), "locked")
    assert "follow the gallery beside it, or close it there; --follow reads beside" in said
    said = failed(morgiana("compact", *gallery), "locked")
    assert "follow the gallery beside it, or close it there" in said and "--follow" not in said


def test_a_gallery_does_not_migrate_into_itself(morgiana, gallery, enrolled, tmp_path):
    (tmp_path / "link").symlink_to("g")
    passing = ["--threshold", "0.6", "--new-threshold", "0.6", "--enrol-at", "0.8"]
    passing += ["--enrol-margin", "0.1", "--probes", "x.npy", "--new-probes", "x.npy"]
    for newer in ("g", "link"):
        ran = morgiana("migrate", "g", newer, "--key", "k", "--new-key", "k", *passing)
        said = failed(ran, "invalid_argument")
        assert f"the older gallery g and the newer one {newer} are one; name two" in said


def test_a_folder_is_no_key(morgiana, gallery, tmp_path):
    """And must not be made private to one user, nor a device."""
    for option in ("--key", "--passphrase-file"):
        said = failed(morgiana("info", "g", option, "."), "bad_key_file")
        assert ". is a folder" in said and "chmod" not in said
    said = failed(morgiana("info", "g", "--key", "/dev/null"), "bad_key_file")
    assert "/dev/null is not a regular file" in said and "chmod" not in said
    (tmp_path / "key").symlink_to("k")
    assert morgiana("info", "g", "--key", "key").returncode == 0


def test_what_is_no_gallery_is_told_from_one_that_is_damaged(morgiana, gallery, write, tmp_path):
    write("text", "no database " * 1000)
    for file in ("text", "k", "g.keyset"):
        said = failed(morgiana("info", file, "--key", "k"), "not_a_gallery")
        assert "it is no gallery" in said and "damaged" not in said
    with open(tmp_path / "g", "r+b") as database:
        database.write(b"\0" * 100)
    said = failed(morgiana("info", *gallery), "not_a_gallery")
    assert "is damaged: restore a backup" in said and "no gallery:" not in said


def test_a_backup_to_a_name_that_is_taken_names_another(morgiana, gallery, write, tmp_path):
    write("there", "mine")
    said = failed(morgiana("backup", *gallery, "there"), "already_exists")
    assert "nothing was copied: name another, or move it away" in said and "open it" not in said
    said = failed(morgiana("create", *gallery, *MAKE), "already_exists")
    assert "nothing was changed: open it, or name another" in said


def test_a_folder_that_is_missing_is_named(morgiana, tmp_path):
    ran = morgiana("create", "g", "--key", "no/k", "--create-key", *MAKE)
    assert "there is no folder no for key file no/k; make it, or" in failed(ran, "not_found")
    assert os.listdir(tmp_path) == []


NOBODY = 65534


@pytest.fixture
def as_nobody():
    """Runs the tool as a user who owns nothing, in a folder that all can read."""
    if os.geteuid() != 0:
        pytest.skip("absent: the right to be another user")
    program = os.environ["MORGIANA_CLI"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)

        def run(*arguments, user=NOBODY):
            return subprocess.run(
                [program, *map(str, arguments)],
                cwd=folder,
                user=user,
                group=user,
                extra_groups=[],
                capture_output=True,
                text=True,
                check=False,
            )

        try:
            run("--version")
        except PermissionError:
            pytest.skip(f"absent: a folder on the way to {program} that others may enter")
        yield run, folder


def test_who_lacks_a_permission_is_told_which(as_nobody):
    run, folder = as_nobody
    me = f"the user of this process (uid {NOBODY})"
    made = run("create", "g", "--key", "k", "--create-key", *MAKE, user=0)
    assert made.returncode == 0, made.stderr

    said = failed(run("create", "h", "--key", "h.key", "--create-key", *MAKE), "storage_failed")
    assert f"key file h.key cannot be made: {me} needs to write to its folder ." in said

    said = failed(run("change-key", "g", "--key", "k", "--new-key", "k"), "storage_failed")
    assert f"opening lock file {folder}/g.lock: Permission denied; {me} needs to write it" in said

    for file in ("g.lock", "g.keyset"):
        os.chown(folder / file, NOBODY, NOBODY)
    said = failed(run("change-key", "g", "--key", "k", "--new-key", "k"), "storage_failed")
    assert f"key file k cannot be read by {me}; run it as the owner of the key file" in said


@pytest.fixture
def on_a_full_disk(tmp_path):
    """Runs a line of the shell in whose folder "full" a file system lies that a file has filled."""
    (tmp_path / "full").mkdir()
    own = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = "mount -t tmpfs -o size=16m none full"

    def shell(line):
        return subprocess.run(
            [*own, line], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    if shutil.which("unshare") is None or shell(mount).returncode != 0:
        pytest.skip("absent: the right to mount a file system")
    fill = "head -c 16m /dev/zero >full/filler 2>/dev/null"
    return lambda before, line: shell(f"{mount} && {before} && {{ {fill}; {line}; }}")


def test_a_full_disk_is_told_as_such(on_a_full_disk, gallery, enrolled):
    program = os.environ["MORGIANA_CLI"]
    ran = on_a_full_disk("cp g g.keyset full", f"{program} info full/g --key k")
    said = failed(ran, "storage_full")
    assert "there is no space left on its file system, or in the quota: free some" in said


def test_a_commit_that_revoked_nobody_says_where_to_look(morgiana, gallery, enrolled):
    said = failed(morgiana("erasure-receipt", *gallery, "--commit", 99), "not_found")
    assert said.endswith("revoked nobody; morgiana remove prints by which commit it revoked\n")
    none = morgiana("erasure-receipt", "none", "--key", "k", "--commit", 99)
    assert "morgiana remove" not in failed(none, "not_found")


@pytest.mark.parametrize("verb", ["rotate-keys", "purge", "renew"])
def test_a_keyset_that_is_not_overwritten_has_a_remedy(morgiana, gallery, enrolled, tmp_path, verb):
    os.link(tmp_path / "g.keyset", tmp_path / "copy")
    ran = morgiana(verb, *gallery)
    assert ran.returncode == 0, ran.stderr
    assert "perhaps not overwritten: it may be left under another name, a hard link" in ran.stdout
    assert "run morgiana change-key and destroy the old key" in ran.stdout


def test_a_withheld_subject_is_an_answer(morgiana, gallery, enrolled, write):
    probe = write("stranger.npy", npy([[-1.0] + [0.5] * (DIM - 1)]))
    line = ["verify", *gallery, "--id", "ada", "--probe", probe, "--threshold", 0.9]
    refused = morgiana(*line, "--json")
    assert refused.returncode == 1 and '"withheld": false' in refused.stdout
    for _ in range(19):
        assert morgiana(*line).stdout == "refused\tada\n"
    spent = morgiana(*line)
    assert (spent.returncode, spent.stderr) == (1, "")
    state, who, why = spent.stdout.rstrip("\n").split("\t")
    assert (state, who) == ("withheld", "ada") and "until midnight UTC" in why

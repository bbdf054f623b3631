"""Anchors: an older copy of a gallery is refused by what is held outside of it."""

import shutil

import pytest
from npy_file import DIM, npy


@pytest.fixture
def anchored(morgiana, write, vectors):
    """Ada and Bob are enrolled in a gallery with an anchor, as the arguments that name both."""
    arguments = ["g", "--key", "k", "--anchor", "held"]
    made = morgiana("create", *arguments, "--create-key", "--model", "net", "--dim", DIM)
    assert made.returncode == 0, made.stderr
    write("x.npy", npy(vectors(2)))
    write("ids.txt", "ada\nbob\n")
    done = morgiana("enrol", *arguments, "--embeddings", "x.npy", "--ids", "ids.txt")
    assert done.returncode == 0, done.stderr
    return arguments


def copy(folder, source, target):
    for suffix in ("", ".keyset"):
        shutil.copyfile(folder / (source + suffix), folder / (target + suffix))


@pytest.fixture
def brought_back(morgiana, anchored, tmp_path):
    """Bob was removed, and what was before is back."""
    copy(tmp_path, "g", "old")
    removed = morgiana("remove", *anchored, "--id", "bob")
    assert removed.returncode == 0, removed.stderr
    copy(tmp_path, "g", "newest")
    copy(tmp_path, "old", "g")
    return anchored


VERBS = [
    ["enrol", "--embeddings", "x.npy", "--ids", "ids.txt"],
    ["update", "--embeddings", "x.npy", "--ids", "ids.txt"],
    ["identify", "--probes", "x.npy", "--threshold", "0.5"],
    ["verify", "--id", "bob", "--probe", "one.npy", "--threshold", "0.5"],
    ["remove", "--id", "bob"],
    ["list"],
    ["list", "--follow"],
    ["info"],
    ["backup", "copy"],
    ["compact"],
    ["rotate-keys"],
]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("way", ["option", "environment"])
def test_every_verb_refuses_an_older_copy(morgiana, brought_back, write, vectors, verb, way):
    write("one.npy", npy(vectors(1)))
    named = brought_back if way == "option" else brought_back[:3]
    extra = {} if way == "option" else {"MORGIANA_ANCHOR_FILE": "held"}
    ran = morgiana(verb[0], *named, *verb[1:], **extra)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith("morgiana: rolled_back: by anchor held the gallery was brought back")
    assert "put the newest files in its place" in ran.stderr and "morgiana restore" in ran.stderr


def test_check_finds_it(morgiana, brought_back, tmp_path):
    ran = morgiana("check", *brought_back)
    assert ran.returncode == 1 and "was brought back to an older state" in ran.stdout
    assert morgiana("check", *brought_back[:3]).returncode == 0
    copy(tmp_path, "newest", "g")
    assert morgiana("check", *brought_back).returncode == 0
    assert morgiana("list", *brought_back).stdout == "ada\n"


def test_without_the_anchor_the_copy_opens(morgiana, brought_back):
    assert morgiana("list", *brought_back[:3]).stdout == "ada\nbob\n"


def test_one_that_was_lost_is_begun_anew(morgiana, brought_back, tmp_path):
    (tmp_path / "held").unlink()
    ran = morgiana("list", *brought_back)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "anchor_failed: anchor held holds nothing" in ran.stderr and "morgiana set-anchor" in ran.stderr
    older = morgiana("set-anchor", *brought_back)  # by the ledger, which was not lost
    assert older.returncode == 3 and "rolled_back: the gallery is older than the ledger" in older.stderr
    (tmp_path / "held.revoked").unlink()
    begun = morgiana("set-anchor", *brought_back)
    assert begun.returncode == 0, begun.stderr
    assert begun.stdout == (
        "g is held against anchor held from now on. Whether it was the newest until now is not known: "
        "who was revoked since an older copy that was put back before is enrolled again\n"
    )
    assert morgiana("list", *brought_back).stdout == "ada\nbob\n"
    assert morgiana("remove", *brought_back, "--id", "ada").returncode == 0
    copy(tmp_path, "newest", "g")  # of a past that is given up
    assert "rolled_back" in morgiana("list", *brought_back).stderr


def test_a_gallery_without_one_is_given_one(morgiana, gallery, enrolled, tmp_path):
    copy(tmp_path, "g", "old")
    assert morgiana("set-anchor", *gallery, MORGIANA_ANCHOR_FILE="held").returncode == 0
    assert (tmp_path / "held").stat().st_size == 144
    assert morgiana("remove", *gallery, "--id", "bob", "--anchor", "held").returncode == 0
    copy(tmp_path, "old", "g")
    assert "rolled_back" in morgiana("info", *gallery, "--anchor", "held").stderr


def test_one_that_holds_something_is_not_given_away(morgiana, anchored, tmp_path):
    before = (tmp_path / "held").read_bytes()
    made = morgiana("create", "h", *anchored[1:], "--model", "net", "--dim", DIM)
    assert made.returncode == 3 and not (tmp_path / "h").exists()
    assert "already_exists: anchor held holds a commit already" in made.stderr
    assert "name another, or take this one away" in made.stderr
    again = morgiana("set-anchor", *anchored)
    assert again.returncode == 3 and "already_exists" in again.stderr
    assert (tmp_path / "held").read_bytes() == before
    assert morgiana("create", "h", "--key", "k", "--model", "net", "--dim", DIM).returncode == 0
    other = morgiana("info", "h", *anchored[1:])
    assert other.returncode == 3 and "not_authentic: anchor held holds no commit of this" in other.stderr


def test_set_anchor_needs_one(morgiana, gallery):
    ran = morgiana("set-anchor", *gallery)
    assert ran.returncode == 3 and "--anchor or --anchor-token" in ran.stderr


def test_an_anchor_that_cannot_be_moved_leaves_the_change_and_says_so(morgiana, anchored, tmp_path):
    (tmp_path / "away").mkdir()
    away = [*anchored[:3], "--anchor", "away/held"]
    assert morgiana("set-anchor", *away).returncode == 0
    (tmp_path / "away" / "held.new").mkdir()  # where the next one is written
    ran = morgiana("remove", *away, "--id", "bob")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "anchor_failed: anchor away/held: " in ran.stderr and "made and durable" in ran.stderr
    (tmp_path / "away" / "held.new").rmdir()
    assert morgiana("list", *away).stdout == "ada\n"
    assert morgiana("remove", *away, "--id", "ada").returncode == 0


def test_the_key_is_changed_without_an_anchor(morgiana, anchored):
    assert "--anchor" not in morgiana("change-key", "--help").stdout
    changed = morgiana(
        "change-key", *anchored[:3], "--new-key", "n", "--create-key", MORGIANA_ANCHOR_FILE="held"
    )
    assert changed.returncode == 0, changed.stderr
    assert morgiana("list", "g", "--key", "n", "--anchor", "held").stdout == "ada\nbob\n"


def test_a_token_holds_one(token, morgiana, gallery, enrolled, tmp_path):
    held = ["--anchor-token", "gate", "--anchor-token-module", token[3], "--anchor-token-object", "campus"]
    held += ["--anchor-pin-file", "pin"]
    begun = morgiana("set-anchor", *gallery, *held, MORGIANA_ANCHOR_FILE="nowhere")
    assert begun.returncode == 0, begun.stderr
    assert "held against anchor 'campus' of token 'gate'" in begun.stdout
    assert not (tmp_path / "nowhere").exists()
    copy(tmp_path, "g", "old")
    assert morgiana("remove", *gallery, *held, "--id", "bob").returncode == 0
    (tmp_path / "tokens").rename(tmp_path / "pulled")
    (tmp_path / "tokens").mkdir()
    ran = morgiana("list", *gallery, *held)
    assert ran.returncode == 3 and "there is no token 'gate'" in ran.stderr
    (tmp_path / "tokens").rmdir()
    (tmp_path / "pulled").rename(tmp_path / "tokens")
    copy(tmp_path, "old", "g")
    assert "rolled_back" in morgiana("list", *gallery, *held).stderr
    (tmp_path / "pin").write_text("975319\n")
    ran = morgiana("list", *gallery, *held)
    assert ran.returncode == 3 and "the PIN is wrong" in ran.stderr and "975319" not in ran.stderr


@pytest.mark.parametrize("missing", [0, 2, 4])
def test_an_anchor_in_a_token_is_named_in_full(morgiana, gallery, missing):
    held = ["--anchor-token", "gate", "--anchor-token-module", "/m.so", "--anchor-token-object", "o"]
    del held[missing : missing + 2]
    ran = morgiana("info", *gallery, *held)
    assert ran.returncode == 3
    assert "--anchor-token, --anchor-token-module and --anchor-token-object" in ran.stderr


def test_an_anchor_is_a_file_or_in_a_token(morgiana, gallery):
    ran = morgiana("info", *gallery, "--anchor", "held", "--anchor-token", "gate")
    assert ran.returncode == 2 and "--anchor" in ran.stderr

"""What opens a gallery: key files, passphrases, and changing both."""

import os
import pty
import subprocess
import time

import pytest
from npy_file import DIM

WORDS = "correct horse battery staple"


@pytest.fixture
def passphrase(tmp_path):
    file = tmp_path / "words"
    file.write_text(WORDS + "\n")
    file.chmod(0o600)
    return ["--passphrase-file", "words"]


def test_a_passphrase_file_opens_what_it_made(morgiana, passphrase, tmp_path):
    made = morgiana("create", "g", "--model", "net", "--dim", DIM, *passphrase)
    assert made.returncode == 0, made.stderr
    assert morgiana("info", "g", *passphrase).returncode == 0
    (tmp_path / "words").write_text(WORDS + "!\n")
    ran = morgiana("info", "g", *passphrase)
    assert ran.returncode == 3
    assert "wrong_key: passphrase does not open" in ran.stderr and "horse" not in ran.stderr


def test_a_passphrase_wins_over_the_environment(morgiana, passphrase):
    made = morgiana("create", "g", "--model", "net", "--dim", DIM, *passphrase, MORGIANA_KEY_FILE="k")
    assert made.returncode == 0, made.stderr
    assert morgiana("info", "g", *passphrase, MORGIANA_KEY_FILE="k").returncode == 0
    ran = morgiana("info", "g", MORGIANA_KEY_FILE="k")
    assert ran.returncode == 3 and "is opened by a passphrase, not by a key file" in ran.stderr


@pytest.mark.parametrize(
    "line",
    [[], ["--key", "k", "--passphrase-file", "words"], ["--key", "k", "--passphrase"]],
)
def test_one_of_the_keys_is_named(morgiana, gallery, passphrase, line):
    ran = morgiana("info", "g", *line)
    assert ran.returncode == 2
    assert "Exactly 1 option from [--key,--passphrase-file,--passphrase,--token] is required" in ran.stderr


@pytest.mark.parametrize(
    "content, mode, said",
    [
        (WORDS, 0o640, "chmod 600 words"),
        ("x" * 1025, 0o600, "more than 1024 bytes"),
        ("short", 0o600, "8 bytes at least, got 5"),
    ],
)
def test_a_passphrase_file_is_private_and_long_enough(morgiana, gallery, tmp_path, content, mode, said):
    (tmp_path / "words").write_text(content)
    (tmp_path / "words").chmod(mode)
    ran = morgiana("info", "g", "--passphrase-file", "words")
    assert ran.returncode == 3 and said in ran.stderr
    assert morgiana("info", "g", "--passphrase-file", "none").returncode == 3


def typed(folder, lines, *arguments):
    """Exit code and what a terminal shows when these lines are typed, each at a prompt."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execv(os.environ["MORGIANA_CLI"], ["morgiana", *map(str, arguments)])
    shown = b""
    try:
        while True:
            shown += os.read(terminal, 4096)
            if shown.rstrip(b" ").endswith(b":") and lines:
                time.sleep(0.05)  # the prompt comes when the terminal is silent
                os.write(terminal, lines.pop(0).encode() + b"\n")
    except OSError:  # the terminal is closed
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


def test_a_passphrase_is_asked_for_and_not_shown(morgiana, passphrase, tmp_path):
    create = ["create", "g", "--model", "net", "--dim", DIM, "--passphrase"]
    code, shown = typed(tmp_path, [WORDS, "something else"], *create)
    assert code == 3 and "the two passphrases are not the same" in shown and WORDS not in shown
    code, shown = typed(tmp_path, [WORDS, WORDS], *create)
    assert code == 0 and WORDS not in shown
    assert morgiana("info", "g", *passphrase).returncode == 0
    code, shown = typed(tmp_path, [WORDS], "info", "g", "--passphrase")
    assert code == 0 and "subjects" in shown


def test_without_a_terminal_there_is_nobody_to_ask(gallery, tmp_path):
    ran = subprocess.run(
        [os.environ["MORGIANA_CLI"], "info", "g", "--passphrase"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    assert ran.returncode == 3 and "use --passphrase-file" in ran.stderr


def test_the_key_is_changed_beside_who_has_the_gallery_open(morgiana, gallery, enrolled, held, passphrase):
    changed = morgiana("change-key", *gallery, "--new-key", "other", "--create-key")
    assert changed.returncode == 0, changed.stderr
    assert changed.stdout == "g is opened by key file other now, and no longer by key file k\n"
    assert morgiana("list", *gallery, "--follow").returncode == 3
    assert morgiana("list", "g", "--key", "other", "--follow").returncode == 0
    to_words = morgiana("change-key", "g", "--key", "other", "--new-passphrase-file", "words")
    assert to_words.returncode == 0, to_words.stderr
    assert morgiana("list", "g", *passphrase, "--follow").stdout == "ada\nbob\n"
    assert morgiana("change-key", *gallery, "--new-key", "other").returncode == 3
    assert morgiana("change-key", *gallery).returncode == 2


def test_keys_are_rotated_and_everybody_stays(morgiana, gallery, enrolled):
    ran = morgiana("rotate-keys", *gallery)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == (
        "rewrapped 2 subjects; the old wrapping key is destroyed, the old keyset overwritten\n"
    )
    assert morgiana("list", *gallery).stdout == "ada\nbob\n"
    assert morgiana("check", *gallery).returncode == 0


def test_a_token_opens_what_it_made(token, morgiana, tmp_path):
    made = morgiana("create", "g", "--model", "net", "--dim", DIM, "--create-key", *token)
    assert made.returncode == 0, made.stderr
    assert morgiana("info", "g", *token).returncode == 0
    (tmp_path / "pin").write_text("975319\n")
    ran = morgiana("info", "g", *token)
    assert ran.returncode == 3 and "token_failed: logging in to token 'gate' failed: the PIN" in ran.stderr
    assert "975319" not in ran.stderr


def test_a_gallery_moves_into_a_token(token, morgiana, gallery):
    new = [word.replace("--", "--new-") for word in token]
    changed = morgiana("change-key", *gallery, *new, "--create-key")
    assert changed.returncode == 0, changed.stderr
    assert "is opened by key 'gates' of token 'gate' now" in changed.stdout
    assert morgiana("info", *gallery).returncode == 3
    assert morgiana("info", "g", *token).returncode == 0


def test_a_token_is_named_in_full(morgiana, gallery):
    ran = morgiana("info", "g", "--token", "gate", "--pin-file", "k")
    assert ran.returncode == 3 and "--token, --token-module and --token-key" in ran.stderr

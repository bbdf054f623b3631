"""What the help says, and what is said of a line that is not understood."""

import pytest

VERBS = [
    "create",
    "enrol",
    "update",
    "identify",
    "verify",
    "remove",
    "list",
    "info",
    "check",
    "backup",
    "restore",
    "compact",
    "change-key",
    "rotate-keys",
    "purge",
    "renew",
    "erasure-receipt",
    "set-anchor",
    "migrate",
    "signer-key",
    "audit",
]
WITH_CODE_1 = {"identify", "verify", "check", "rotate-keys", "erasure-receipt", "migrate", "audit"}


@pytest.fixture
def help_of(morgiana):
    """The help of a verb, its lines joined."""

    def shown(verb):
        ran = morgiana(verb, "--help")
        assert (ran.returncode, ran.stderr) == (0, "")
        return " ".join(ran.stdout.split())

    return shown


def test_help_is_a_verb_too(morgiana):
    assert morgiana("help").stdout == morgiana("--help").stdout != ""
    for verb in VERBS:
        asked = morgiana("help", verb)
        assert (asked.returncode, asked.stdout) == (0, morgiana(verb, "--help").stdout)
    unknown = morgiana("help", "identfy")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "'identfy' is no verb" in unknown.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_shows_its_own_exit_codes(help_of, verb):
    said = help_of(verb)
    assert said.count("Exit codes: 0 success; ") == 1
    assert ("; 1 " in said) == (verb in WITH_CODE_1)
    assert verb == "identify" or "identify did not grant" not in said


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("change-key", "audit")])
def test_tokens_and_anchors_come_behind_all_else(morgiana, verb):
    shown = morgiana(verb, "--help").stdout
    before, _, behind = shown.partition("Exit codes: ")
    names = [line.split()[0] for line in behind.splitlines() if line.startswith("  --")]
    assert "--token-module" in names and "--anchor" in names
    assert all("token" in name or "anchor" in name or "pin-file" in name for name in names)
    assert "  --key " in before and "-module" not in before
    assert max(len(line) for line in shown.splitlines()) <= 110


@pytest.mark.parametrize(
    "verb, said",
    [
        ("identify", "0 to 2; 0 without it"),
        ("identify", "at most, 10 without it"),
        ("identify", "After 20 refusals of one subject to a caller within a day, or 40 to all"),
        ("verify", "all who name none are one"),
        ("verify", "withheld, the subject, and why"),
        ("create", "embeddings, 32 to 4096"),
        ("create", "8 bytes at least without the newline at its end"),
        ("purge", "then rotates the keys"),
        ("change-key", "need the new key when they open it again or rotate its keys"),
        ("change-key", "Copies of the old keyset, in a backup or elsewhere, still open with"),
        ("change-key", "an anchor does not cover keysets"),
        ("change-key", "It takes no anchor"),
        ("set-anchor", "every verb but change-key, which takes none"),
    ],
)
def test_defaults_limits_and_consequences_are_told(help_of, verb, said):
    assert said in help_of(verb)


def test_words_that_are_not_understood_are_listed_in_their_order(morgiana, gallery):
    change = ["change-key", *gallery, "--new-key", "n"]
    ran = morgiana(*change, "--anchor", "held", "--anchor-pin-file", "p")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(
        "change-key: not understood: --anchor held --anchor-pin-file p\n"
    )
    before = morgiana("--loud", "info", "--deep", *gallery)
    assert before.returncode == 2
    assert before.stderr.startswith("info: not understood: --loud --deep\n")

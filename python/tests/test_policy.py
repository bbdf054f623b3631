"""Policies with rules, and the moments they are asked about."""

import hashlib
import json
import pickle
import struct
from pathlib import Path

import pytest

import morgiana as mg

NOON = 1_709_726_400  # 2024-03-06 12:00:00 UTC, a Wednesday
DOCS = Path(__file__).parents[2] / "docs"
TILL = mg.Rules(
    amounts=[
        mg.AmountTier(mg.Amount(1500, "EUR"), "face"),
        mg.AmountTier(mg.Amount(10_000, "EUR"), "step_up"),
    ],
    day_limits=[mg.Amount(12_000, "EUR")],
)
SMALLEST = {"format": 1, "name": "n", "version": 1, "accept": {"at_least": 0.5}, "margin": 0}


@pytest.fixture
def found(gallery, rows):
    probe = rows(1)
    gallery.enrol("ada", probe, cohorts=0b101)
    return gallery.identify(probe, threshold=0.5)[0]


def decided(found, rules, **context):
    facts = context.pop("facts", mg.SubjectFacts("ada", cohorts=0b101))
    moment = mg.Context(**{"now_s": NOON, "area": "lab", "direction": "in", "facts": facts} | context)
    return mg.decide(found, mg.Policy(0.5, rules=rules), moment)


def test_who_forgets_the_context_lets_nobody_in(found, gallery, rows):
    policy = mg.Policy(0.5, rules=mg.Rules(max_attempts=3))
    for answer in (found, gallery.verify("ada", rows(1)[0], threshold=0.5)):
        decision = mg.decide(answer, policy)
        assert (decision.outcome, decision.reason) == ("not_determined", "context_missing")
    assert mg.decide(found, mg.Policy(0.5)).outcome == "granted"


def test_facts_are_looked_up_for_whom_is_in_question(found, gallery):
    policy = mg.Policy(0.5, rules=mg.Rules(access=[mg.AccessRule("lab", cohorts=0b100)]))
    subject = mg.subject_in_question(found, policy)
    assert subject == "ada"
    facts = mg.SubjectFacts(subject, gallery.enrolled(subject).cohorts)
    moment = mg.Context(now_s=NOON, area="lab", facts=facts)
    assert mg.decide(found, policy, moment).subject == "ada"
    assert mg.subject_in_question(found, mg.Policy(0.5, margin=0.1)) is None  # too narrow a search


def test_access_is_by_area_group_day_and_minute(found):
    def reason(now_s=NOON, offset_s=0, **rule):
        rules = mg.Rules(access=[mg.AccessRule(**{"area": "lab"} | rule)])
        return decided(found, rules, now_s=now_s, utc_offset_s=offset_s).reason

    assert reason() == "accepted"
    assert reason(area="hall") == "area_not_allowed"
    assert reason(cohorts=0b10) == "area_not_allowed"
    assert reason(weekdays=["wed"]) == "accepted"
    assert reason(weekdays=["wed"], offset_s=12 * 3600) == "outside_hours"
    night = {"weekdays": ["tue"], "from_minute": 22 * 60, "to_minute": 6 * 60}
    assert reason(NOON - 7 * 3600, **night) == "accepted"  # Wednesday at five
    assert reason(NOON - 6 * 3600, **night) == "outside_hours"


def test_passages_are_told_apart(found):
    def reason(ago_s, way, area="lab", **rules):
        facts = mg.SubjectFacts("ada", last_passage=mg.Passage(NOON - ago_s, area, way))
        return decided(found, mg.Rules(**rules), facts=facts).reason

    lab = [mg.AntiPassback("lab", reset_after_s=60)]
    assert reason(4, "in", debounce_s=5) == "repeated_reading"
    assert reason(5, "in", debounce_s=5) == "accepted"
    assert reason(59, "in", anti_passback=lab) == "passback"
    assert reason(59, mg.Direction.OUT, anti_passback=lab) == "accepted"
    assert reason(60, "in", anti_passback=lab) == "accepted"
    assert reason(60, "in", area="hall", anti_passback=lab) == "facts_of_another"
    for rules in (mg.Rules(debounce_s=5), mg.Rules(anti_passback=lab)):
        assert decided(found, rules, facts=mg.SubjectFacts("ada")).reason == "facts_missing"
        assert decided(found, rules, facts=mg.SubjectFacts("ada", never_passed=True)).outcome == "granted"
    assert reason(-3, "in") == "clock_set_back"


def test_amounts_step_up_and_have_limits(found):
    def answer(amount, spent=0, **context):
        facts = mg.SubjectFacts("ada", spent_today=mg.Amount(spent, "EUR"))
        decision = decided(found, TILL, amount=mg.Amount(amount, "EUR"), facts=facts, **context)
        return decision.outcome, decision.reason

    assert answer(1500) == ("granted", "accepted")
    assert answer(1501) == ("step_up", "amount_needs_step_up")
    assert answer(1501, has_second_factor=True) == ("granted", "accepted")
    assert answer(10_001, has_second_factor=True) == ("denied", "amount_above_limit")
    assert answer(1001, spent=11_000) == ("denied", "day_limit_reached")
    assert answer(1500, spent=2**63 - 1) == ("denied", "day_limit_reached")
    with pytest.raises(mg.Error, match="an amount is not negative"):
        answer(-1)


def test_transactions_have_attempts_and_expire(found):
    rules = mg.Rules(max_attempts=3, max_transaction_s=30, max_capture_age_s=5)
    now = {"attempt": 3, "begun_at_s": NOON - 30, "captured_at_s": NOON - 5}
    assert decided(found, rules, **now).reason == "accepted"
    assert decided(found, rules, **now | {"attempt": 4}).reason == "too_many_attempts"
    assert decided(found, rules, **now | {"begun_at_s": NOON - 31}).reason == "transaction_expired"
    assert decided(found, rules, **now | {"captured_at_s": NOON - 6}).reason == "capture_expired"
    assert decided(found, rules).reason == "context_missing"


def test_facts_of_nobody_or_somebody_else_decide_nothing(found):
    rules = mg.Rules(access=[mg.AccessRule("lab")])
    assert decided(found, rules, facts=None).reason == "facts_missing"
    assert decided(found, rules, facts=mg.SubjectFacts("ada")).reason == "facts_missing"
    assert decided(found, rules, facts=mg.SubjectFacts("bob", 1)).reason == "facts_of_another"


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"access": [mg.AccessRule("")]}, r"rules\.access\[0\]\.area"),
        ({"access": [mg.AccessRule("a", from_minute=9, to_minute=9)]}, r"rules\.access\[0\]\.to"),
        ({"access": [mg.AccessRule("a", weekdays=[])]}, r"rules\.access\[0\]\.weekdays"),
        ({"access": [mg.AccessRule("a", from_minute=2**16)]}, "from_minute"),
        ({"access": [mg.AccessRule("a", cohorts=2**64)]}, "cohorts"),
        ({"debounce_s": 0}, r"rules\.debounce_s"),
        ({"debounce_s": 2**32}, "debounce_s"),
        ({"amounts": list(TILL.amounts)[::-1]}, r"rules\.amounts\[1\]\.up_to"),
        ({"day_limits": [mg.Amount(1, "EUR")]}, r"rules\.day_limits\[0\]\.currency"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(rules, field):
    with pytest.raises(mg.Error, match=field) as refused:
        mg.Rules(**rules)
    assert refused.value.code == "invalid_argument"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: mg.Rules(access=["lab"]), r"rules.access\[0\] is a morgiana.AccessRule, got str"),
        (lambda: mg.Rules(access=mg.AccessRule("lab")), "rules.access is an iterable of"),
        (lambda: mg.Rules(max_attempts=1.5), "max_attempts is an int, got float"),
        (lambda: mg.Rules(max_attempts=True), "max_attempts is an int, got bool"),
        (lambda: mg.AccessRule(7), "area is a str, got int"),
        (lambda: mg.AccessRule("lab", weekdays="mon"), "weekdays is an iterable of str, got str"),
        (lambda: mg.AmountTier(5, "face"), "up_to is a morgiana.Amount, got int"),
        (lambda: mg.Amount("5", "EUR"), "minor_units is an int, got str"),
        (lambda: mg.Amount(5.0, "EUR"), "minor_units is an int, got float"),
        (lambda: mg.Policy(0.5, rules=[]), "rules is a morgiana.Rules or None, got list"),
        (lambda: mg.Context(now_s=1.5), "now_s is an int, got float"),
        (lambda: mg.Context(now_s=1, has_second_factor=1), "has_second_factor is a bool, got int"),
        (lambda: mg.Context(now_s=1, facts="ada"), "facts is a morgiana.SubjectFacts or None, got str"),
        (lambda: mg.PolicyFile.parse(7), "json is a str or bytes, got int"),
        (lambda: mg.PolicyFile.load(7), "path is a str or os.PathLike, got int"),
    ],
)
def test_another_type_is_refused_by_name(make, said):
    with pytest.raises(TypeError, match=said):
        make()


def test_decide_takes_no_bare_context(found):
    with pytest.raises(TypeError, match="context is a morgiana.Context or None, got dict"):
        mg.decide(found, mg.Policy(0.5), {"now_s": NOON})
    with pytest.raises(TypeError, match="policy is a morgiana.Policy, got Rules"):
        mg.subject_in_question(found, TILL)


def test_policies_and_contexts_are_values():
    policy = mg.Policy(0.5, rules=TILL)
    assert pickle.loads(pickle.dumps(policy)) == policy == mg.Policy(0.5, rules=TILL)
    moment = mg.Context(now_s=NOON, facts=mg.SubjectFacts("ada"))
    assert pickle.loads(pickle.dumps(moment)) == moment
    assert mg.AccessRule("a", weekdays=["sun", "mon"]) == mg.AccessRule("a", weekdays=("mon", "sun"))


def example():
    return (DOCS / "policy.md").read_text().split("```json\n")[1].split("```")[0]


def test_a_policy_is_read_from_a_file(tmp_path):
    (tmp_path / "cafeteria.json").write_text(example())
    read = mg.PolicyFile.load(tmp_path / "cafeteria.json")
    assert (read.name, read.version) == ("cafeteria", 3)
    weekdays = ("mon", "tue", "wed", "thu", "fri")
    assert read.policy.rules == mg.Rules(
        access=[
            mg.AccessRule("till", None, weekdays, 7 * 60, 20 * 60),
            mg.AccessRule("till", 0b1000, from_minute=20 * 60, to_minute=2 * 60),
        ],
        anti_passback=[mg.AntiPassback("lab", 43_200)],
        debounce_s=5,
        amounts=TILL.amounts,
        day_limits=[mg.Amount(15_000, "EUR")],
        max_attempts=3,
        max_transaction_s=60,
        max_capture_age_s=10,
    )
    assert read.policy.accept.at_least == pytest.approx(0.45, abs=1e-7)
    assert read.policy.accept.at_least >= 0.45 and read.policy.margin >= 0.05
    assert read == mg.PolicyFile.parse(example()) == mg.PolicyFile.parse(example().encode())


def digest_of(read):
    """As docs/policy.md says it."""
    policy, rules = read.policy, read.policy.rules
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

    def number(value):
        return struct.pack("<Q", value or 0)

    def real(value):
        return struct.pack("<d", value + 0.0)

    def text(value):
        return number(len(value.encode())) + value.encode()

    def amount(value):
        return text(value.currency) + number(value.minor_units)

    def entries(values, of):
        return number(len(values)) + b"".join(of(value) for value in values)

    def access(rule):
        mask = sum(1 << days.index(day) for day in rule.weekdays)
        groups = 2**64 - 1 if rule.cohorts is None else rule.cohorts
        return text(rule.area) + b"".join(number(n) for n in (groups, mask, rule.from_minute, rule.to_minute))

    return hashlib.sha256(
        text("morgiana/policy/1")
        + text(read.name)
        + number(read.version)
        + real(policy.accept.at_least)
        + real(policy.margin)
        + real(policy.assurance.miss_probability)
        + entries(rules.access, access)
        + entries(rules.anti_passback, lambda one: text(one.area) + number(one.reset_after_s))
        + number(rules.debounce_s)
        + entries(rules.amounts, lambda tier: amount(tier.up_to) + number(1 + (tier.needs == "step_up")))
        + entries(rules.day_limits, amount)
        + number(rules.max_attempts)
        + number(rules.max_transaction_s)
        + number(rules.max_capture_age_s)
    ).hexdigest()


@pytest.mark.parametrize("text", [example(), json.dumps(SMALLEST)])
def test_the_digest_is_the_one_that_is_documented(text):
    read = mg.PolicyFile.parse(text)
    assert read.digest == digest_of(read)


def test_a_file_that_is_not_understood_is_refused_by_its_place(tmp_path):
    with pytest.raises(mg.Error) as refused:
        mg.PolicyFile.parse(json.dumps(SMALLEST | {"risks": 1}, indent=1), "gate.json")
    assert refused.value.code == "bad_policy"
    assert refused.value.message == "gate.json:9: risks: is not a field that is known here"
    with pytest.raises(mg.Error, match="bad_policy: policy.json:1: is no JSON"):
        mg.PolicyFile.parse(b"\xff")
    with pytest.raises(mg.Error, match="not_found: opening .*none.json"):
        mg.PolicyFile.load(tmp_path / "none.json")

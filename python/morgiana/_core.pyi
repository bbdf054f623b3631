# The compiled module (bindings/python). python/tests/test_typing.py compares the two.
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NoReturn, SupportsIndex, TypeAlias, TypedDict, final

import numpy
import numpy.typing

from morgiana.calibration import ResolvedRisk
from morgiana.types import Assurance

__version__: str

class _Counts(TypedDict):
    num_subjects: int
    num_references: int
    num_pending_erasures: int
    num_refusals_today: int
    num_withheld: int
    num_wrapping_keys: int
    index_bytes: int
    file_bytes: int
    tier: str

class _Report(TypedDict):
    num_subjects: int
    num_references: int
    num_commits: int
    num_pending_erasures: int
    file_system: str
    overwrites_in_place: bool
    problems: tuple[str, ...]

# Area, cohorts, a mask of weekdays, from and to.
_Access: TypeAlias = tuple[str, int | None, int, int, int]
_Amount: TypeAlias = tuple[int, str]
_Passage: TypeAlias = tuple[int, str, str]
# Access, anti-passback, debounce, tiers (and whether they need a step up), day's limits, most
# attempts, longest transaction, oldest capture.
_Rules: TypeAlias = tuple[
    list[_Access],
    list[tuple[str, int | None]],
    int | None,
    list[tuple[_Amount, bool]],
    list[_Amount],
    int | None,
    int | None,
    int | None,
]
# Value, and the ends of its interval.
_Rate: TypeAlias = tuple[float, float, float]
# An FPIR, and the probes of a transaction.
_AskedRisk: TypeAlias = tuple[float, int]
# Name, version, digest, threshold, margin, miss probability, rules, risk.
_PolicyFile: TypeAlias = tuple[
    str, int, str, float | None, float, float, _Rules, _AskedRisk | None
]

class _Claims(TypedDict):
    id: str
    issuer: str
    relying_party: str
    terminal: str
    issued_at_s: int
    not_before_s: int | None
    expires_at_s: int
    outcome: str
    reason: str
    subject: str | None
    threshold: float | None
    fmr: float | None
    fpir: float | None
    gallery: str
    model: str
    tier: str
    head_sequence: int
    head_sha256: str
    calibration: str | None
    policy_sha256: str | None
    nonce: str | None
    amount: tuple[int, str] | None
    sequence: int | None
    previous_sha256: str | None

class _Audit(TypedDict):
    log: str
    issuer: str
    num_receipts: int
    num_checkpoints: int
    num_unsealed: int
    first_wrong: tuple[int, str] | None

def audit(
    path: bytes, keys: Sequence[str], checkpoint: str | None, least_receipts: int
) -> _Audit: ...
def calibrate_gallery(
    gallery: Gallery,
    data: str,
    cohorts: int | None,
    excluded: list[tuple[str, str]],
    checks: EnrolChecks,
    max_subjects: int,
    execution: Execution,
    tell: Callable[[int, int], object] | None,
) -> tuple[Calibration, tuple[tuple[str, str], ...], tuple[str, ...], int, int]: ...
def departures(here: Calibration, there: Calibration) -> list[tuple[float, _Rate, _Rate]]: ...
def decision(
    outcome: str,
    reason: str,
    subject: str | None,
    policy: Policy,
    resolved: tuple[float, float | None] | None,
) -> Decision: ...
def receipt_request(
    relying_party: str,
    nonce: str,
    amount: tuple[int, str] | None,
    calibration: str,
    policy_sha256: str,
) -> ReceiptRequest: ...
def decide(
    result: Identification | Verification, policy: Policy, context: Context | None
) -> tuple[str, str, str | None, ResolvedRisk | None]: ...
def subject_in_question(result: Identification | Verification, policy: Policy) -> str | None: ...
def policy(
    accept: float | None,
    fmr: float | None,
    margin: float,
    miss_probability: float,
    rules: Rules,
    risk: _AskedRisk | None,
) -> Policy: ...
def rules(
    access: list[_Access],
    anti_passback: list[tuple[str, int | None]],
    debounce_s: int | None,
    amounts: list[tuple[_Amount, bool]],
    day_limits: list[_Amount],
    max_attempts: int | None,
    max_transaction_s: int | None,
    max_capture_age_s: int | None,
) -> Rules: ...
def context(
    now_s: int,
    utc_offset_s: int,
    area: str,
    direction: str,
    amount: _Amount | None,
    attempt: int | None,
    begun_at_s: int | None,
    captured_at_s: int | None,
    has_second_factor: bool,
    facts: tuple[str, int | None, _Passage | None, _Amount | None, bool] | None,
) -> Context: ...
def parse_policy(json: bytes, file: str) -> _PolicyFile: ...
def load_policy(path: bytes) -> _PolicyFile: ...
def identify_options(
    wanted: Policy,
    max_candidates: int,
    include_scores: bool,
    cohorts: int | None,
    exclude: Iterable[str],
    caller: str,
    calibration: Calibration | None,
) -> IdentifyOptions: ...
def enrol_checks(
    duplicate: float | None, hub: float | None, max_hub_matches: int
) -> EnrolChecks: ...
def verify_options(
    wanted: Policy, include_scores: bool, caller: str, calibration: Calibration | None
) -> VerifyOptions: ...
def refusal_budget(per_caller: int, per_subject: int, band: float) -> RefusalBudget: ...
def pass_options(
    cohorts: int | None, exclude: Iterable[str], caller: str, execution: Execution
) -> PassOptions: ...
def execution(max_threads: int, timeout_ms: float | None) -> Execution: ...
@final
class KeySource:
    @staticmethod
    def file(path: bytes) -> KeySource: ...
    @staticmethod
    def create_file(path: bytes) -> KeySource: ...
    @staticmethod
    def passphrase(passphrase: bytes) -> KeySource: ...
    @staticmethod
    def token(module: bytes, token: str, key: str, pin: bytes) -> KeySource: ...
    @staticmethod
    def create_in_token(module: bytes, token: str, key: str, pin: bytes) -> KeySource: ...
    def name(self) -> str: ...
    def path(self) -> bytes: ...

@final
class Anchor:
    @staticmethod
    def file(path: bytes) -> Anchor: ...
    @staticmethod
    def token(module: bytes, token: str, object: str, pin: bytes) -> Anchor: ...
    @staticmethod
    def callback(
        read: Callable[[], bytes],
        compare_and_swap: Callable[[bytes, bytes], bool],
        ledger: tuple[Callable[[bytes], object], Callable[[], bytes]] | None,
    ) -> Anchor: ...
    def name(self) -> str: ...

@final
class Policy: ...

@final
class Rules: ...

@final
class Context: ...

@final
class RefusalBudget: ...

@final
class IdentifyOptions: ...

@final
class PassOptions: ...

@final
class VerifyOptions: ...

@final
class EnrolChecks: ...

@final
class Execution: ...

@final
class Searched:
    """How much of the gallery an answer speaks for, and how surely."""
    @property
    def num_subjects(self) -> int: ...
    @property
    def num_references(self) -> int: ...
    @property
    def num_withheld(self) -> int: ...
    @property
    def assurance(self) -> Assurance: ...

@final
class Identification:
    """The accepted subjects of one probe, best first, ties by id."""
    def __bool__(self) -> NoReturn: ...
    @property
    def candidates(self) -> list[str]: ...
    @property
    def scores(self) -> numpy.typing.NDArray[numpy.float32] | None: ...
    @property
    def num_accepted(self) -> int: ...
    @property
    def runner_up(self) -> str | None: ...
    @property
    def searched(self) -> Searched: ...
    @property
    def resolved(self) -> ResolvedRisk | None: ...

@final
class Identifications:
    """One answer a probe; laid flat, those of probe i are subjects[offsets[i]:offsets[i + 1]]."""
    @property
    def subjects(self) -> list[str]: ...
    @property
    def offsets(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def scores(self) -> numpy.typing.NDArray[numpy.float32] | None: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: SupportsIndex) -> Identification: ...
    def __iter__(self) -> Iterator[Identification]: ...

@final
class Verification:
    """The answer to a comparison with one claimed subject."""
    def __bool__(self) -> NoReturn: ...
    @property
    def accepted(self) -> bool: ...
    @property
    def claimed(self) -> str: ...
    @property
    def score(self) -> float | None: ...
    @property
    def resolved(self) -> ResolvedRisk | None: ...

@final
class Gallery:
    @staticmethod
    def create(
        path: bytes,
        model: str,
        dim: int,
        key: KeySource,
        is_resident: bool,
        residual_codes: bool,
        is_batched: bool,
        anchor: Anchor | None,
        refusals: RefusalBudget | None,
    ) -> Gallery: ...
    @staticmethod
    def open(
        path: bytes,
        key: KeySource,
        is_resident: bool,
        residual_codes: bool,
        is_batched: bool,
        execution: Execution,
        anchor: Anchor | None,
        refusals: RefusalBudget | None,
    ) -> Gallery: ...
    @staticmethod
    def follow(
        path: bytes,
        key: KeySource,
        is_resident: bool,
        residual_codes: bool,
        execution: Execution,
        anchor: Anchor | None,
        refusals: RefusalBudget | None,
    ) -> Gallery: ...
    @staticmethod
    def check(
        path: bytes, key: KeySource, execution: Execution, anchor: Anchor | None
    ) -> _Report: ...
    @property
    def model(self) -> tuple[str, int]: ...
    @property
    def id(self) -> str: ...
    def enrol(
        self,
        ids: str | Iterable[str],
        embeddings: numpy.typing.NDArray[numpy.float32],
        cohorts: int | Iterable[int] | None,
        execution: Execution,
        tell: Callable[[int, int], object] | None,
        checks: EnrolChecks,
    ) -> None: ...
    def update(
        self,
        ids: str | Iterable[str],
        embeddings: numpy.typing.NDArray[numpy.float32],
        cohorts: int | Iterable[int] | None,
        execution: Execution,
        checks: EnrolChecks,
    ) -> bool: ...
    def identify(
        self,
        probes: numpy.typing.NDArray[numpy.float32],
        options: IdentifyOptions,
        execution: Execution,
    ) -> Identifications: ...
    def verify(
        self,
        claimed: str,
        probe: numpy.typing.NDArray[numpy.float32],
        options: VerifyOptions,
    ) -> Verification: ...
    def remove(self, ids: str | Iterable[str]) -> tuple[int, bool, int]: ...
    def compact(self) -> None: ...
    def backup(self, path: bytes, tell: Callable[[int, int], object] | None) -> None: ...
    @staticmethod
    def restore(
        backup: bytes,
        path: bytes,
        key: KeySource,
        anchor: Anchor,
        execution: Execution,
        tell: Callable[[int, int], object] | None,
    ) -> tuple[int, list[str]]: ...
    def rotate_keys(self, tell: Callable[[int, int], object] | None) -> tuple[int, bool, bool]: ...
    def purge(self, tell: Callable[[int, int], object] | None) -> tuple[int, bool]: ...
    def renew(
        self, execution: Execution, tell: Callable[[int, int], object] | None
    ) -> tuple[int, bool]: ...
    def erasure_receipt(self, commit: int) -> tuple[int, bool, bool, str]: ...
    def receipt_key(self) -> str: ...
    def pseudonym(self, subject: str, relying_party: str) -> str: ...
    @staticmethod
    def change_key(path: bytes, key: KeySource, new_key: KeySource) -> None: ...
    def set_anchor(self, anchor: Anchor) -> None: ...
    def flush(self) -> None: ...
    def subjects(self, limit: int, after: str) -> list[str]: ...
    def contains(self, subject: str) -> bool: ...
    def enrolled(self, subject: str) -> tuple[int, int, int, int] | None: ...
    def counts(self) -> _Counts: ...
    def close(self) -> None: ...

@final
class Migration:
    @staticmethod
    def migrate(
        older: Gallery,
        newer: Gallery,
        older_policy: Policy,
        newer_policy: Policy,
        enrolment: Policy,
    ) -> Migration: ...
    def identify(
        self,
        older_probe: numpy.typing.NDArray[numpy.float32],
        newer_probe: numpy.typing.NDArray[numpy.float32],
        options: PassOptions,
    ) -> tuple[str, str, str | None, bool | None, str, tuple[str, str] | None]: ...
    def remove(
        self, ids: str | Iterable[str]
    ) -> tuple[tuple[int, bool, int] | None, tuple[int, bool, int] | None]: ...
    def progress(self) -> tuple[int, int]: ...
    def remaining(self, limit: int, after: str) -> list[str]: ...

_Array = numpy.typing.NDArray[numpy.generic]
_Risk = tuple[str, float, float, float, str]

class _RateTable(TypedDict):
    value: numpy.typing.NDArray[numpy.float64]
    low: numpy.typing.NDArray[numpy.float64]
    high: numpy.typing.NDArray[numpy.float64]
    effective_trials: numpy.typing.NDArray[numpy.float64]

class _CurveTable(TypedDict):
    references_per_subject: int
    num_probes: int
    num_probe_identities: int
    num_subjects: float
    thresholds: numpy.typing.NDArray[numpy.float32]
    num_identity_pairs: numpy.typing.NDArray[numpy.uint64]
    is_supported: numpy.typing.NDArray[numpy.bool_]
    fmr: _RateTable
    fpir: _RateTable
    fnmr: _RateTable | None

def clopper_pearson(
    num_errors: float, num_trials: float, confidence: float
) -> tuple[float, float]: ...
def prediction_interval(
    rate: float, effective_trials: float, observed_trials: float, confidence: float
) -> tuple[float, float]: ...
def det_curve(
    mated: _Array, non_mated: _Array, mated_weights: _Array, non_mated_weights: _Array
) -> DetCurve: ...
def fold_accuracy(
    scores: _Array, is_mated: _Array, folds: _Array
) -> tuple[float, float, list[float], numpy.typing.NDArray[numpy.float32]]: ...
@final
class DetCurve:
    @property
    def thresholds(self) -> numpy.typing.NDArray[numpy.float32]: ...
    @property
    def false_positive(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def false_negative(self) -> numpy.typing.NDArray[numpy.float64]: ...
    def equal_error_rate(self) -> float: ...
    def at_false_positive(self, at_most: float) -> tuple[float, float, float]: ...

@final
class Calibration:
    @staticmethod
    def estimate(
        model: str,
        dim: int,
        evidence: dict[str, str | int],
        identity_of: _Array,
        mated: tuple[_Array, _Array, _Array],
        non_mated: tuple[_Array, _Array, _Array],
        floor: float,
        excluded: list[tuple[int, int]],
        thresholds: _Array,
        most_references: int,
        most_probes: int,
    ) -> Calibration: ...
    @staticmethod
    def estimate_log(
        model: str,
        dim: int,
        evidence: dict[str, str | int],
        person_of: _Array,
        num_references: _Array,
        found: tuple[_Array, _Array, _Array],
        floor: float,
        excluded: list[tuple[int, int]],
        most_probes: int,
    ) -> Calibration: ...
    @staticmethod
    def parse(json: str, source: str) -> Calibration: ...
    @staticmethod
    def load(path: bytes) -> Calibration: ...
    def to_json(self) -> str: ...
    @property
    def model(self) -> tuple[str, int]: ...
    def evidence(self) -> tuple[str, str, str, int, int, int]: ...
    def tables(self) -> list[_CurveTable]: ...
    def risk(
        self, threshold: float, num_subjects: int, num_references: int, num_probes: int
    ) -> _Risk: ...
    def threshold_for(
        self, fpir: float, num_subjects: int, num_references: int, num_probes: int
    ) -> tuple[float | None, float | None, _Risk, float | None]: ...
@final
class DriftAlarm:
    @staticmethod
    def of(alpha: float, cohorts: Sequence[str], thresholds: _Array) -> DriftAlarm: ...
    @staticmethod
    def parse(json: str, source: str) -> DriftAlarm: ...
    @staticmethod
    def load(path: bytes) -> DriftAlarm: ...
    def to_json(self) -> str: ...
    @property
    def alpha(self) -> float: ...
    @property
    def cohorts(self) -> list[str]: ...
    @property
    def thresholds(self) -> _Array: ...
    def observe_false_accepts(
        self,
        cohort: str,
        promised: float,
        num_transactions: int,
        num_false_accepts: int,
        at_s: int,
    ) -> bool: ...
    def observe_scores(
        self, cohort: str, best_non_mated: _Array, promised: _Array, at_s: int
    ) -> bool: ...
    def has_rung(self) -> bool: ...
    def status(
        self,
    ) -> list[
        tuple[
            str,
            str,
            float,
            float,
            int,
            tuple[tuple[int, int], tuple[int, int], float | None] | None,
        ]
    ]: ...
    def acknowledge(self, cohort: str, is_scores: bool) -> None: ...

def estimate_identification(
    mated: tuple[_Array, _Array, _Array, _Array, _Array],
    strangers: tuple[_Array, _Array, _Array, _Array, _Array],
    is_subject: _Array,
    thresholds: _Array,
) -> tuple[_RateTable, _RateTable]: ...
def promised_rate(high: float, num_people: int | None) -> float | None: ...
@final
class Decision: ...

@final
class ReceiptRequest: ...

@final
class ReceiptSigner:
    @staticmethod
    def of(gallery: Gallery, issuer: str, terminal: str, lifetime_s: int) -> ReceiptSigner: ...
    def sign(self, decision: Decision, request: ReceiptRequest) -> str: ...
    def public_key(self) -> str: ...
    def key_id(self) -> str: ...

@final
class Receipt:
    def claims(self) -> _Claims: ...

@final
class ReceiptVerifier:
    @staticmethod
    def of(
        keys: Sequence[tuple[str, str]], relying_party: str, leeway_s: int
    ) -> ReceiptVerifier: ...
    def verify(self, jws: str, nonce: str | None, amount: tuple[int, str] | None) -> Receipt: ...

@final
class NonceStore:
    @staticmethod
    def create(path: bytes) -> NonceStore: ...
    @staticmethod
    def open(path: bytes) -> NonceStore: ...
    def use(self, receipt: Receipt) -> None: ...

@final
class ReceiptLog:
    @staticmethod
    def create(path: bytes, signer: ReceiptSigner, checkpoint_every: int) -> ReceiptLog: ...
    @staticmethod
    def open(path: bytes, signer: ReceiptSigner, checkpoint_every: int) -> ReceiptLog: ...
    def sign(self, decision: Decision, request: ReceiptRequest) -> str: ...
    def checkpoint(self) -> str: ...
    def num_receipts(self) -> int: ...
    def close(self) -> None: ...

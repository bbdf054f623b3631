# The compiled module (bindings/python). python/tests/test_typing.py compares the two.
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NoReturn, SupportsIndex, TypedDict, final

import numpy
import numpy.typing

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
def decision(outcome: str, reason: str, subject: str | None, policy: Policy) -> Decision: ...
def receipt_request(
    relying_party: str,
    nonce: str,
    amount: tuple[int, str] | None,
    calibration: str,
    policy_sha256: str,
) -> ReceiptRequest: ...
def decide(
    result: Identification | Verification, policy: Policy
) -> tuple[str, str, str | None]: ...
def policy(accept: float, fmr: float | None, margin: float, miss_probability: float) -> Policy: ...
def identify_options(
    wanted: Policy,
    max_candidates: int,
    include_scores: bool,
    cohorts: int | None,
    exclude: Iterable[str],
    caller: str,
) -> IdentifyOptions: ...
def enrol_checks(
    duplicate: float | None, hub: float | None, max_hub_matches: int
) -> EnrolChecks: ...
def verify_options(
    accept: float, fmr: float | None, include_scores: bool, caller: str
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

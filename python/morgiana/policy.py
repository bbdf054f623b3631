"""What must hold before access is granted, made here or read from a file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from morgiana import _core
from morgiana.arguments import file_name, real_number, refusal, text
from morgiana.errors import Error
from morgiana.rules import Rules, rules_of
from morgiana.types import Assurance, Risk, Threshold


@dataclass(frozen=True, init=False)
class Policy:
    """What must hold before access is granted, by a threshold or by a risk; ``margin`` is the least
    lead over the second.

    With ``risk`` the search was by that one or a smaller one, and ``accept`` is ``None``.
    ``assurance`` is the least that the search must have had: who could be missed may be second.
    ``rules`` narrow what the comparison grants; with any, ``decide`` needs a ``Context``.
    """

    accept: Threshold | None
    margin: float
    assurance: Assurance
    rules: Rules
    risk: Risk | None

    def __init__(
        self,
        accept: Threshold | float | None = None,
        margin: float = 0.0,
        assurance: Assurance | Literal["proven", "probable"] = "proven",
        rules: Rules | None = None,
        risk: Risk | float | None = None,
    ) -> None:
        """Errors: invalid_argument (a threshold that is no cosine, a margin not from 0 to 2, both a
        threshold and a risk, or neither)."""
        if (accept is None) == (risk is None):
            which = "neither was given" if accept is None else "both were given"
            raise Error("invalid_argument", f"acceptance is by a threshold or by a risk; {which}")
        margin = real_number("margin", margin)
        if not 0 <= margin <= 2:
            raise Error("invalid_argument", f"margin {margin} is not from 0 to 2")
        if rules is not None and not isinstance(rules, Rules):
            raise refusal("rules", "a morgiana.Rules or None", rules)
        object.__setattr__(self, "accept", None if accept is None else Threshold.of(accept))
        object.__setattr__(self, "margin", margin)
        object.__setattr__(self, "assurance", Assurance.of(assurance))
        object.__setattr__(self, "rules", rules or Rules())
        object.__setattr__(self, "risk", None if risk is None else Risk.of(risk))

    def _native(self) -> _core.Policy:
        return _core.policy(
            None if self.accept is None else self.accept.at_least,
            None if self.accept is None else self.accept.fmr,
            self.margin,
            self.assurance.miss_probability,
            self.rules._native(),
            None if self.risk is None else (self.risk.fpir, self.risk.num_probes),
        )


@dataclass(frozen=True)
class PolicyFile:
    """A policy as a JSON file states it: docs/policy.md. ``name`` and ``version`` are the policy's
    own; ``digest`` is the SHA-256 of all that it means, in hexadecimal digits."""

    name: str
    version: int
    policy: Policy
    digest: str

    @classmethod
    def parse(cls, json: str | bytes, file: str = "policy.json") -> PolicyFile:
        """Errors: TypeError; bad_policy and unsupported_format (of a newer version), which name ``file``,
        the line and the field."""
        if not isinstance(json, (str, bytes)):
            raise refusal("json", "a str or bytes", json)
        encoded = json if isinstance(json, bytes) else text("json", json).encode()
        return cls._of(_core.parse_policy(encoded, text("file", file)))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> PolicyFile:
        """Errors: not_found; storage_failed; otherwise as parse."""
        return cls._of(_core.load_policy(file_name("path", path)))

    @classmethod
    def _of(cls, stated: _core._PolicyFile) -> PolicyFile:
        name, version, digest, accept, margin, miss_probability, rules, risk = stated
        asked = None if risk is None else Risk(*risk)
        policy = Policy(accept, margin, Assurance(miss_probability), rules_of(rules), asked)
        return cls(name, version, policy, digest)

"""What a gallery says of what is in it."""

from __future__ import annotations

from dataclasses import dataclass

from morgiana.types import Model


@dataclass(frozen=True)
class Stats:
    """``num_refusals_today`` are those that a ``RefusalBudget`` counted, ``num_withheld`` the subjects
    whose budget is spent today, with one caller at least. ``num_wrapping_keys`` is 1, and more while a
    rotation or renewal is not finished. ``index_bytes`` are in memory,
    ``file_bytes`` on disk; ``tier`` is the instruction tier, ``id`` as ``Gallery.id``."""

    model: Model
    id: str
    num_subjects: int
    num_references: int
    num_pending_erasures: int
    num_refusals_today: int
    num_withheld: int
    num_wrapping_keys: int
    index_bytes: int
    file_bytes: int
    tier: str


@dataclass(frozen=True)
class EnrolledSubject:
    """What a gallery says of a subject besides its references. ``cohorts`` is a mask of 64 bits,
    ``enrolled_at_s`` Unix time of the enrolment or update; ``enrolment`` is never given twice:
    another one after an update or a renewal, too."""

    cohorts: int
    num_references: int
    enrolled_at_s: int
    enrolment: int

"""What a check of a gallery found."""

from dataclasses import dataclass
from typing import NoReturn


@dataclass(frozen=True)
class CheckReport:
    """Counts of what is authentic, and in words what is not.

    ``overwrites_in_place``: whether what erasure writes over is gone from the file system; not
    where that copies on write, keeps a log or snapshots, or is not known.
    """

    num_subjects: int
    num_references: int
    num_commits: int
    num_pending_erasures: int
    file_system: str
    overwrites_in_place: bool
    problems: tuple[str, ...]

    def __bool__(self) -> NoReturn:
        """``if Gallery.check(…)`` would pass whatever was found."""
        raise TypeError("a CheckReport is neither true nor false; ask .problems")

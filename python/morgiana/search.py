"""Answers of a gallery."""

from morgiana._core import Identification, Identifications, Verification

__all__ = ["Identification", "Identifications", "Verification"]

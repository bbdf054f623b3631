"""Answers of a gallery."""

from morgiana._core import Identification, Identifications, Searched, Verification

__all__ = ["Identification", "Identifications", "Searched", "Verification"]

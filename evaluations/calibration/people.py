"""Real people whose images are compared once, and sampled many times."""

from __future__ import annotations

import csv

import numpy as np

from evaluations.people import Array, folder_of_data
from morgiana.evaluation.comparisons import Comparisons, Pairs, compare_all

FLOOR = 0.38  # below it a gallery of thousands takes most strangers for somebody


class People:
    """Everybody who was compared, above a floor."""

    def __init__(self, found: Comparisons, floor: float = FLOOR) -> None:
        self._found = found
        self._floor = floor
        high = found.non_mated.scores >= floor
        self._non_mated = Pairs(*(column[high] for column in found.non_mated.arrays))
        self._num_images = np.bincount(found.identity_of)
        self._within = np.empty(len(found.identity_of), np.int64)  # its identity's how manieth image
        order = np.argsort(found.identity_of, kind="stable")
        first = np.cumsum(self._num_images) - self._num_images
        self._within[order] = np.arange(len(order)) - np.repeat(first, self._num_images)

    @classmethod
    def of_lfw(cls) -> People:
        """By SFace. Errors: FileNotFoundError."""
        with open(folder_of_data() / "ids.csv", encoding="utf-8") as file:
            names = [row["name"] for row in csv.DictReader(file)]
        return cls(compare_all(np.load(folder_of_data() / "sface128.f32.npy"), names))

    @property
    def num_identities(self) -> int:
        return len(self._num_images)

    def sample(self, times: Array) -> tuple[Comparisons, list[tuple[str, str]]]:
        """Each identity so many times, as so many people; and the pairs of those, which do not count.

        Shape: times [identities], whole numbers.
        """
        times = np.asarray(times, np.int64)
        num_images = np.repeat(self._num_images, times)
        first_place = np.cumsum(times) - times
        first_row = np.cumsum(num_images) - num_images
        identity_of = np.repeat(np.arange(len(num_images)), num_images).astype(np.uint32)
        names = tuple(f"{place:06}" for place in range(len(num_images)))

        def rows(images: Array, places: Array) -> Array:
            found: Array = (first_row[places] + self._within[images]).astype(np.uint32)
            return found

        def taken(pairs: Pairs, are_mated: bool) -> Pairs:
            a, b = (self._found.identity_of[column] for column in (pairs.first, pairs.second))
            copies = times[a] if are_mated else times[a] * times[b]
            which = np.repeat(np.arange(len(pairs)), copies)
            number = np.arange(len(which)) - np.repeat(np.cumsum(copies) - copies, copies)
            of_a = number if are_mated else number // times[b[which]]
            of_b = number if are_mated else number % times[b[which]]
            return Pairs(
                rows(pairs.first[which], first_place[a[which]] + of_a),
                rows(pairs.second[which], first_place[b[which]] + of_b),
                pairs.scores[which],
            )

        twice = [
            (names[first + i], names[first + k])
            for first, count in zip(first_place, times, strict=True)
            for i in range(count)
            for k in range(i + 1, count)
        ]
        return (
            Comparisons(
                identity_of, names, taken(self._found.mated, True), taken(self._non_mated, False), self._floor,
                self._found.mated_histogram, self._found.non_mated_histogram,
            ),
            twice,
        )  # fmt: skip

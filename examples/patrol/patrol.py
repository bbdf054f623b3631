"""Looks for the people of a watch-list from a moving camera, and reports who is seen in several frames.

patrol.py SITE --camera 0 --zone Europe/Berlin --least-frames 2 --frames-of-track 3 --risk 0.01

SITE is made by ../gate/gate.py create, of the photographs of who is looked for, with watch.json.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from datetime import datetime

try:
    from tracks import Track, Tracker

    import morgiana as mg
    from morgiana import vision
    from morgiana.site_options import add_site_options, followed_site
except ImportError as error:
    sys.exit(f"patrol.py: {error}; README.md says what it needs")


class Patrol:
    """A track is one transaction: its first ``frames_of_track`` usable faces are compared and no more, and
    ``least_frames`` of them must name the same subject. So its risk is bounded by that of so many probes."""

    def __init__(self, gallery: mg.Gallery, policy: mg.Policy, options: argparse.Namespace) -> None:
        self._gallery, self._stated, self._options = gallery, policy, options
        self._calibration = mg.Calibration.shipped(gallery.model.name)
        self._resolved_for: tuple[int, int] | None = None
        self._policy = policy
        self.tracker = Tracker()

    def see(self, frame: vision.Frame, faces: list[vision.Face]) -> list[str]:
        """What is to be said of a frame: alerts, one a track, and whatever keeps them from being given."""
        said = self._resolve()
        for track in self.tracker.update(frame.number, faces):
            if track.is_reported or track.num_compared == self._options.frames_of_track:
                continue
            if track.face.quality.usable:
                said += self._compare(track)
        return said

    def _compare(self, track: Track) -> list[str]:
        policy = self._policy
        asked = {"assurance": policy.assurance, "caller": self._options.terminal}
        found = self._gallery.identify(
            track.face.embedding, threshold=policy.accept, margin=policy.margin, **asked
        )
        track.num_compared += 1
        decision = mg.decide(found[0], policy)
        if decision.subject is None:
            is_told = decision.reason not in (mg.Reason.NO_CANDIDATE, mg.Reason.AMBIGUOUS)
            return [f"track {track.number}: not looked for: {decision.reason}"] if is_told else []
        track.named[decision.subject] += 1
        num_named = track.named[decision.subject]
        if num_named < self._options.least_frames:
            return []
        track.is_reported = True
        frames = f"{num_named} of {track.num_compared} frames"
        return [f"ALERT track {track.number}: {decision.subject}, by {frames}"]

    def _resolve(self) -> list[str]:
        """The threshold of the risk, for as many people as are on the list now."""
        stats, options = self._gallery.stats(), self._options
        population = stats.num_subjects, stats.num_references
        if population == self._resolved_for:
            return []
        self._resolved_for, self._policy = population, self._stated
        if stats.num_subjects == 0:
            return ["the watch-list is empty"]
        resolved = self._calibration.threshold_for(
            options.risk, num_subjects=population[0], num_references=population[1],
            num_probes=options.frames_of_track,
        )  # fmt: skip
        asked = f"{stats.num_subjects} people, risk {options.risk:g} for {options.frames_of_track} frames"
        stated = self._stated
        if resolved.accept is None:
            left = f"at the policy's threshold {stated.accept.at_least:g} the risk is not known"
            return [f"{asked}: UNSUPPORTED: {resolved.predicted.why}; {left}"]
        self._policy = mg.Policy(resolved.accept, stated.margin, stated.assurance, stated.rules)
        return [f"{asked}: threshold {resolved.accept.at_least:.3f}, {resolved.predicted.support}"]


def run(options: argparse.Namespace) -> None:
    pipeline = vision.Pipeline()
    with followed_site(options) as site, closing(vision.source_of(options)) as source:
        patrol = Patrol(site.gallery, site.policy.policy, options)
        for frame in source:
            at = datetime.fromtimestamp(frame.captured_at_s, options.zone).isoformat(" ", "milliseconds")
            for said in patrol.see(frame, pipeline(frame.pixels)):
                print(f"{at}  {frame.name:24} {said}", flush=True)
        print(f"{frame.number} frames, {len(patrol.tracker)} tracks held at the end")


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add_site_options(parser)
    vision.add_source_options(parser)
    parser.add_argument("--risk", type=float, default=0.01, help="of a stranger's track; default: 0.01")
    parser.add_argument("--least-frames", type=int, default=2, help="that name the same subject; default: 2")
    parser.add_argument("--frames-of-track", type=int, default=3, help="that are compared; default: 3")
    parser.add_argument("--terminal", default="patrol-1")
    options = parser.parse_args(arguments)
    if not 1 <= options.least_frames <= options.frames_of_track:
        parser.error("--least-frames is from 1 to --frames-of-track")
    return options


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    try:
        run(options)
        return 0
    except KeyboardInterrupt:
        return 0
    except (mg.Error, OSError) as error:
        print(f"patrol.py: {error}; NOBODY IS LOOKED FOR ANY MORE", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

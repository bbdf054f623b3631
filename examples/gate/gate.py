"""A door that opens by face: frames in; granted, denied or blocked out; a signed receipt of each decision.

gate.py create SITE --people PEOPLE --policy gate.json   (PEOPLE/E-1001/*.jpg are the photographs of E-1001)
gate.py enrol SITE --people MORE
gate.py run SITE --camera 0 --zone Europe/Berlin
gate.py remove SITE E-1001
"""

import argparse
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

try:
    import morgiana as mg
    from morgiana import vision
    from morgiana.site_options import add_site_options, followed_site, key_file_of, opened_site
except ImportError as error:
    sys.exit(f"gate.py: {error}; README.md says what it needs")

MODEL = mg.Model("sface-2021dec", 128)
LEAST_LIKENESS, DUPLICATE = 0.35, 0.55  # of photographs in a folder, and in two: README.md


def create(options: argparse.Namespace) -> None:
    """a site, and enrol people"""  # nothing is made before all that is given is understood
    policy, key_file = mg.PolicyFile.load(options.policy), key_file_of(options)
    if (options.site / "people.morgiana").exists():
        raise mg.Error("already_exists", f"{options.site} is a site; gate.py enrol adds people to it")
    people = vision.references_in(options.people, vision.Pipeline(), least_likeness=LEAST_LIKENESS)
    known = None if policy.policy.risk is None else mg.Calibration.shipped(MODEL.name)
    key, text = mg.KeySource.create_file(key_file), options.policy.read_bytes()
    with mg.Site.create(options.site, policy=text, model=MODEL, key=key, calibration=known) as site:
        print(f"{options.site} is made for {policy.name}; keep {key_file} elsewhere")
        site.gallery.enrol(*people, duplicate_threshold=options.duplicate_threshold)
        print(f"{len(site.gallery)} people enrolled")


def enrol(options: argparse.Namespace) -> None:
    """more people, also while the gate runs"""
    people = vision.references_in(options.people, vision.Pipeline(), least_likeness=LEAST_LIKENESS)
    with opened_site(options) as site:
        site.gallery.enrol(*people, duplicate_threshold=options.duplicate_threshold)
        print(f"{len(set(people[0]))} people enrolled, {len(site.gallery)} in all")


def line(frame: vision.Frame, direction: str, admission: mg.Admission, zone: ZoneInfo) -> str:
    at = datetime.fromtimestamp(frame.captured_at_s, zone).isoformat(" ", "milliseconds")
    return f"{at}  {frame.name:24} {direction:3}  {admission}"


def switch_door(admission: mg.Admission) -> None:
    """A relay is switched here: for seconds, for granted, and for nothing else."""
    if admission.answer is mg.Answer.GRANTED:
        print("    door opens")


def run(options: argparse.Namespace) -> int:
    """the gate"""
    with followed_site(options) as site, closing(vision.source_of(options)) as source:
        gate = site.gate(
            vision.Pipeline(), terminal=options.terminal, area=options.area, issuer=options.issuer,
            zone=options.zone, least_inter_eye_px=options.least_inter_eye_px, clock=source.now_s,
        )  # fmt: skip
        if gate.num_withdrawn:
            print(f"{gate.num_withdrawn} passage withdrawn: killed before the door opened for it")
        try:
            for frame in source:
                admission = gate.admit(frame, options.direction)
                print(line(frame, options.direction, admission, options.zone), flush=True)
                switch_door(admission)
        except KeyboardInterrupt:
            print("stopped; the door stays shut")
        return show_audit(site, options.terminal)


def remove(options: argparse.Namespace) -> None:
    """a subject, with its passages"""
    with opened_site(options) as site:
        removal = site.remove(options.subject)
        how = f"by commit {removal.commit}, erasure {removal.erasure}" if removal else "before"
        print(f"{options.subject} is removed {how}; all passages of it are erased")


def show_audit(site: mg.Site, terminal: str) -> int:
    report = site.audit(terminal)
    if report.first_wrong is not None:
        print(f"AUDIT FAILED: line {report.first_wrong.line}: {report.first_wrong.why}")
        return 1
    print(f"audit: {report.num_receipts} receipts of {terminal}, each as it was signed")
    return 0


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in (create, enrol, run, remove):
        add_site_options(verbs.add_parser(verb.__name__, help=verb.__doc__))
        verbs.choices[verb.__name__].set_defaults(call=verb)
    for name in ("create", "enrol"):
        verbs.choices[name].add_argument("--people", type=Path, required=True, metavar="FOLDER")
        verbs.choices[name].add_argument("--duplicate-threshold", type=float, default=DUPLICATE)
    verbs.choices["create"].add_argument("--policy", type=Path, required=True)
    verbs.choices["remove"].add_argument("subject")
    gate = verbs.choices["run"]
    vision.add_source_options(gate)
    gate.add_argument("--direction", choices=["in", "out"], default="in")
    gate.add_argument("--area", default="laboratory")
    gate.add_argument("--terminal", default="gate-1")
    gate.add_argument("--issuer", default="campus")
    gate.add_argument("--least-inter-eye-px", type=float, default=30.0, help="default: 30")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    try:
        return options.call(options) or 0
    except (mg.Error, OSError) as error:
        print(f"gate.py: {error}{'; the door stays shut' if options.verb == 'run' else ''}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

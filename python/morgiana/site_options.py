"""Options of a command line that say which site is meant, and what opens it."""

from __future__ import annotations

import argparse
from pathlib import Path

from morgiana.keys import KeySource
from morgiana.site import Site


def add_site_options(parser: argparse.ArgumentParser) -> None:
    """``SITE`` and ``--key``."""
    parser.add_argument(
        "site", type=Path, metavar="SITE", help="folder of gallery, passages, policy and receipts"
    )
    parser.add_argument("--key", type=Path, metavar="FILE", help="default: SITE.key")


def key_file_of(options: argparse.Namespace) -> Path:
    site: Path = options.site
    return options.key or site.with_name(site.name + ".key")


def opened_site(options: argparse.Namespace) -> Site:
    """To enrol and to remove. Errors: those of ``Site.open``."""
    return Site.open(options.site, key=KeySource.file(key_file_of(options)))


def followed_site(options: argparse.Namespace) -> Site:
    """For gates, beside whoever enrols and removes. Errors: those of ``Site.follow``."""
    return Site.follow(options.site, key=KeySource.file(key_file_of(options)))

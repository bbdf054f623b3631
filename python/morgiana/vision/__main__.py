"""python -m morgiana.vision install [names…] | list"""

import argparse
import sys
from collections.abc import Sequence

from morgiana.vision import VisionError, models


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m morgiana.vision")
    verbs = parser.add_subparsers(dest="verb", required=True)
    install = verbs.add_parser("install", help="install models; all by default")
    install.add_argument("names", nargs="*", metavar="name", help=", ".join(models.names()))
    install.add_argument("--source", help="an ONNX file to install instead of PyPI's")
    install.add_argument("--sha256", help="digest of a source that the registry does not know")
    verbs.add_parser("list", help="all models and their state")
    options = parser.parse_args(arguments)
    if options.verb == "list":
        return _list()
    if options.source and len(options.names) != 1:
        parser.error("--source needs exactly one model name")
    return _install(options.names or models.names(), options.source, options.sha256)


def _install(names: Sequence[str], source: str | None, sha256: str | None) -> int:
    for number, name in enumerate(names, start=1):
        prefix = f"[{number}/{len(names)}] {name}"
        try:
            if source is None and _state(name) == "installed":
                print(f"{prefix}: already installed, {models.path(name)}")
                continue
            print(f"{prefix}: installing ({models.get(name).licence})", flush=True)
            print(f"{prefix}: {models.install(name, source=source, sha256=sha256)}")
        except VisionError as error:
            print(f"{prefix}: {error}", file=sys.stderr)
            return 1
    return 0


def _list() -> int:
    for name in models.names():
        model = models.get(name)
        print(f"{name}  {_state(name)}  {model.licence}  {model.purpose}  {model.origin}")
    return 0


def _state(name: str) -> str:
    try:
        models.verify(name)
    except VisionError as error:
        if error.code == "model_missing":
            return "not installed"
        if error.code == "model_corrupt":
            return "corrupt"
        raise
    return "installed"


if __name__ == "__main__":
    sys.exit(main())

"""Who may include whom. Ends with 1 and a line per breach."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

FOLDERS = ("src", "include", "bindings", "examples", "fuzz")
# A module includes itself, these modules, and the public headers.
MODULES = {
    "types": set(),
    "kernels": {"types"},
    "store": {"types"},
    "seal": {"types"},
    "parallel": {"types"},
    "index": {"types", "kernels", "parallel"},
    "json": {"types"},
    "policy": {"types", "seal", "json"},
    "gallery": {"types", "kernels", "parallel", "store", "seal", "index"},
    "calibration": {"types", "json"},
    "receipt": {"types", "store", "seal", "json", "gallery"},
}
# What a module may know of the public interface; the rest is above it.
BASIC_HEADERS = {"morgiana/error.hpp", "morgiana/types.hpp", "morgiana/export.hpp"}
PUBLIC_HEADERS = {
    "parallel": BASIC_HEADERS | {"morgiana/execution.hpp"},
    "index": BASIC_HEADERS | {"morgiana/execution.hpp", "morgiana/template.hpp"},
    "policy": BASIC_HEADERS | {"morgiana/amount.hpp", "morgiana/policy.hpp", "morgiana/policy_file.hpp"},
    "gallery": None,  # all of them
    "calibration": BASIC_HEADERS
    | {"morgiana/calibration.hpp", "morgiana/calibration_file.hpp", "morgiana/drift_file.hpp"},
    "receipt": None,
}
# A third party's headers stay in one place.
THIRD_PARTY = {
    "openssl/": {"src/seal"},
    "p11-kit/": {"src/seal"},
    "sqlite3.h": {"src/store"},
    "tbb/": {"src/parallel"},
    "oneapi/": {"src/parallel"},
    "xsimd/": {"src/kernels"},
    "immintrin.h": {"src/kernels"},
    "pybind11/": {"bindings/python"},
    "CLI/": {"bindings/cli"},
    "nlohmann/": {"bindings/cli", "src/calibration", "src/json", "src/receipt"},
}


def sources(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in {".hpp", ".cpp"}
    )


def includes(path: Path) -> list[str]:
    return [match[2] for match in INCLUDE.finditer(path.read_text("utf-8"))]


def breaches_of_module(path: Path, module: str) -> list[str]:
    found = []
    public = PUBLIC_HEADERS.get(module, BASIC_HEADERS)
    for header in includes(path):
        top = header.split("/")[0]
        if top in MODULES and top != module and top not in MODULES[module]:
            found.append(f"{module} may not include {header}")
        if top == "morgiana" and public is not None and header not in public:
            found.append(f"{module} may not know {header}")
    return found


def breaches_of_third_parties(path: Path) -> list[str]:
    folder = "/".join(path.relative_to(ROOT).parts[:2])
    return [
        f"{header} belongs in {', '.join(sorted(homes))}"
        for header in includes(path)
        for prefix, homes in THIRD_PARTY.items()
        if header.startswith(prefix) and folder not in homes
    ]


def breaches() -> list[str]:
    found = []
    for path in sources(*FOLDERS):
        parts = path.relative_to(ROOT).parts
        reasons = breaches_of_third_parties(path)
        if parts[0] == "src":
            reasons += breaches_of_module(path, parts[1])
        elif parts[0] != "fuzz":  # which, like a test, sees every module
            # the public interface, bindings and examples see include/ alone
            reasons += [
                f"{parts[0]} may not include {header}"
                for header in includes(path)
                if header.split("/")[0] in MODULES and "/" in header
            ]
        found += [f"{path.relative_to(ROOT)}: {reason}" for reason in reasons]
    return found


def main() -> int:
    checked = len(sources(*FOLDERS))
    found = breaches()
    for line in found:
        print(line)
    print(f"{checked} files checked, {len(found)} breaches")
    return 1 if found or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

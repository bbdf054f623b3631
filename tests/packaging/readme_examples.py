"""The README's examples in Python and C++ run as they stand.

Usage: readme_examples.py <README.md> <include folder> <static library> <C++ compiler>
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path


def examples(readme: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)


def run_python(source: str, folder: Path) -> None:
    subprocess.run([sys.executable, "-c", source], cwd=folder, check=True)


def run_cpp(source: str, folder: Path, include: str, library: str, compiler: str) -> None:
    (folder / "example.cpp").write_text(source, "utf-8")
    build = [compiler, "-std=c++20", f"-I{include}", "example.cpp", library]
    subprocess.run([*build, "-lcrypto", "-lsqlite3", "-ltbb", "-o", "example"], cwd=folder, check=True)
    subprocess.run(["./example"], cwd=folder, check=True)


def main() -> None:
    readme_path, include, library, compiler = sys.argv[1:]
    readme = Path(readme_path).read_text("utf-8")
    python, cpp = examples(readme, "python"), examples(readme, "cpp")
    assert python and cpp, "the README has lost its examples"
    for source in python:
        with tempfile.TemporaryDirectory() as folder:
            run_python(source, Path(folder))
    for source in cpp:
        with tempfile.TemporaryDirectory() as folder:
            run_cpp(source, Path(folder), include, library, compiler)
    print(f"{len(python)} Python and {len(cpp)} C++ examples ran")


if __name__ == "__main__":
    main()

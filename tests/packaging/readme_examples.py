"""The README's examples in Python, C++ and the shell run as they stand.

Usage: readme_examples.py <README.md> <include folder> <static library> <C++ compiler> <command>
"""

import os
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


def run_shell(source: str, folder: Path, command: str) -> None:
    first = [str(Path(command).parent), str(Path(sys.executable).parent)]
    path = os.pathsep.join([*first, os.environ["PATH"]])
    script = ["sh", "-e", "-c", source]
    ran = subprocess.run(
        script, cwd=folder, env={**os.environ, "PATH": path}, check=True, stdout=subprocess.PIPE
    )
    assert b"all granted" in ran.stdout, "the README's command line granted nobody"


def main() -> None:
    readme_path, include, library, compiler, command = sys.argv[1:]
    readme = Path(readme_path).read_text("utf-8")
    python, cpp, shell = (examples(readme, language) for language in ("python", "cpp", "sh"))
    assert python and cpp and shell, "the README has lost its examples"
    for source in python:
        with tempfile.TemporaryDirectory() as folder:
            run_python(source, Path(folder))
    for source in cpp:
        with tempfile.TemporaryDirectory() as folder:
            run_cpp(source, Path(folder), include, library, compiler)
    for source in shell:
        with tempfile.TemporaryDirectory() as folder:
            run_shell(source, Path(folder), command)
    print(f"{len(python)} Python, {len(cpp)} C++ and {len(shell)} shell examples ran")


if __name__ == "__main__":
    main()

"""What a command shows on a terminal."""

import errno
import os
import subprocess
from pathlib import Path


def everything_written_to(terminal: int) -> bytes:
    """A terminal may hand over its text in pieces; once its other side is closed, it ends in EIO."""
    shown = b""
    with open(terminal, "rb", buffering=0) as stream:
        try:
            while piece := stream.read(4096):
                shown += piece
        except OSError as error:
            assert error.errno == errno.EIO
    return shown


def shown_on_a_terminal(folder: Path, *arguments: str) -> bytes:
    ours, theirs = os.openpty()
    command = [os.environ["MORGIANA_CLI"], *arguments]
    subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    return everything_written_to(ours)

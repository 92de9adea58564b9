"""Programs in an interpreter of their own, for what happens only once in a process: imports, and defaults."""

import os
import subprocess
import sys


def run(code, **environment):
    """What a program prints, word by word."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()

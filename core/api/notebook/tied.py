"""Run a command until standard input ends: whoever started it is then gone, however it ended.

A script: `python tied.py COMMAND …`. It imports nothing of Hardlook.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading


def main() -> None:
    """Start the command, and end it with the input."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=lambda: os._exit(child.wait()), daemon=True).start()
    sys.stdin.buffer.read()
    child.terminate()
    child.wait()


if __name__ == "__main__":
    main()

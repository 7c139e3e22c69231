"""The command's first lines: how threads wait is settled before a numeric library is loaded, for it cannot be later.

On a machine with other work, a thread that spins while it waits takes the time that the thread it waits for needs.
Measured on two busy cores, images embedded a second with two threads: 23 spinning, 88 sleeping; a fit of RMD at 1,280
dimensions: 15.6 CPU-seconds with two spinning BLAS threads, 2.1 with one. What the environment says already stays.
"""

from __future__ import annotations

import os
import signal

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # PyTorch, scikit-learn, faiss
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy and SciPy, whose threads know no way to sleep


def main() -> None:
    """Run the command line. Ctrl-C ends it without a traceback, however often and early it is pressed."""
    try:
        from .cli.shell.streams import guard_standard_streams

        guard_standard_streams()
        from .cli.app import main as run

        run()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    finally:
        # What the interpreter does at its end belongs to libraries, which say so at length when they are interrupted.
        signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    main()

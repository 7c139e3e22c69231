"""The worker: a child process of the dashboard that holds PyTorch, so that the dashboard never does.

It reads requests from its standard input and answers on its standard output (`messages`); there is no port to reach it
by. It ends when it has been idle, and when its input ends: that is, when the dashboard does, however that ended.
Started by `client.Worker` as `python -m core.pipeline.worker.process SECONDS`.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import BinaryIO

from ...errors import HardlookError
from ...worker.messages import BrokenFrame, Frame, read_frame, write_frame

Say = Callable[[str, int, int], None]
"""Called with what is being done, how far it is, and of how much; 0 of 0 where that is not known."""

Handler = Callable[[Frame, Say], Frame]


def handlers() -> Mapping[str, Handler]:
    """What can be asked, by name. The first request pays for loading PyTorch, not the start."""
    from . import tasks

    return {
        "encode_texts": tasks.encode_texts,
        "encode_image": tasks.encode_image,
        "gradient_maps": tasks.gradient_maps_of,
    }


def serve(
    requests: BinaryIO, answers: BinaryIO, find_handlers: Callable[[], Mapping[str, Handler]], idle_seconds: float
) -> None:
    """Answer requests one after the other until none has come for `idle_seconds`.

    An error ends its request alone. The process ends at once where `requests` ends, also amid a computation.
    """
    waiting: SimpleQueue[Frame] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, waiting), daemon=True).start()
    while True:
        try:
            frame = waiting.get(timeout=idle_seconds)
        except Empty:
            return
        write_frame(answers, _answered(frame, answers, find_handlers))


def _listen(requests: BinaryIO, waiting: SimpleQueue[Frame]) -> None:
    try:
        while (frame := read_frame(requests)) is not None:
            waiting.put(frame)
    except (BrokenFrame, OSError):
        traceback.print_exc()
    # Not sys.exit: the main thread may be inside a computation of minutes, for a dashboard that is gone.
    os._exit(0)


def _answered(frame: Frame, answers: BinaryIO, find_handlers: Callable[[], Mapping[str, Handler]]) -> Frame:
    """The answer to one request: its result, or its error in words."""
    number, name = frame.message.get("number"), str(frame.message.get("request"))

    def say(doing: str, done: int = 0, total: int = 0) -> None:
        progress = {"number": number, "kind": "progress", "doing": doing, "done": done, "total": total}
        write_frame(answers, Frame(progress))

    try:
        say("Loading PyTorch" if "torch" not in sys.modules else "Starting")
        found = find_handlers().get(name)
        if found is None:
            raise HardlookError(f"The worker knows no request {name!r}.", "Restart the dashboard: its parts differ.")
        result = found(frame, say)
        return Frame({**result.message, "number": number, "kind": "result"}, result.arrays)
    except HardlookError as error:
        error.name_audit(Path(str(frame.message.get("audit", ""))).name)
        said = {"message": error.message, "hint": error.hint}
    except Exception as error:  # noqa: BLE001 - one request's failure, whatever it is, must not end the worker
        traceback.print_exc()
        said = {
            "message": f"The worker failed at {name!r}: {type(error).__name__}: {error}.",
            "hint": "The whole message stands in the dashboard's log.",
        }
    return Frame({**said, "number": number, "kind": "error"})


def main() -> None:
    """Serve on the standard streams. What libraries print goes to standard error: it would break the frames."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    serve(requests, answers, handlers, float(sys.argv[1]))
    os._exit(0)  # the listening thread holds a lock of its stream, which an orderly end would wait for


if __name__ == "__main__":
    main()

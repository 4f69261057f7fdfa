"""How a worker hears its user: lines on standard input, a command file, signals.

Lines are ``stop`` (finish the batch, keep the best), ``cancel``, and ``detach`` (the window closes, the
job goes on). End of input without ``detach`` means that the window died: as ``stop``.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType

from cirrus_core.errors import Cancelled
from cirrus_core.jobs.context import EventWriter, Requests
from cirrus_core.jobs.events import CancelledEvent
from cirrus_core.jobs.processes import kill_children

_POLL_S = 0.5
GIVE_UP_S = 20.0
"""Work that has not ended this long after 'cancel' is ended by force, window or no window. It is longer
than the window's own ladder (`launch`), which can also end a worker that hangs inside a library."""


def listen_to_input(descriptor: int, requests: Requests) -> None:
    """Obey lines from `descriptor` in a thread of its own."""
    threading.Thread(target=_obey_lines, args=(descriptor, requests), daemon=True).start()


def _obey_lines(descriptor: int, requests: Requests) -> None:
    # Bare descriptors: a daemon thread inside a buffered reader can break the interpreter's exit.
    pending = b""
    while chunk := os.read(descriptor, 4096):
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            word = line.decode("utf-8", "replace").strip()
            if word == "detach":
                return
            requests.take(word)
    requests.take("stop")


def watch(command_file: Path, writer: EventWriter, requests: Requests) -> None:
    """Obey the command file, and end by force what ignores 'cancel', in a thread of its own."""
    threading.Thread(target=_watch, args=(command_file, writer, requests), daemon=True).start()


def _watch(command_file: Path, writer: EventWriter, requests: Requests) -> None:
    while not requests.cancel.wait(_POLL_S):
        try:
            requests.take(command_file.read_text(encoding="utf-8").strip())
        except FileNotFoundError:
            continue
    time.sleep(GIVE_UP_S)
    writer.write(CancelledEvent())
    kill_children(os.getpid())
    os._exit(Cancelled.exit_code)


def obey_signals(requests: Requests) -> None:
    """SIGTERM and SIGINT mean 'cancel'; a further one breaks off where the work stands.

    Raises
    ------
    Cancelled
        Out of whatever runs in the main thread, at the second signal.
    """

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if requests.cancel.is_set():
            raise Cancelled
        requests.cancel.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)


def ignore_signals() -> None:
    """From here on the job only says its last word, which nothing may interrupt."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

"""A worker for tests: the real `worker.run` with work that behaves badly in a chosen way.

``python job_script.py JOB_FOLDER``; the job's parameter ``do`` names the behaviour.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cirrus_core.errors import FrameError
from cirrus_core.jobs.folder import JobFolder
from cirrus_core.jobs.worker import run
from cirrus_core.progress import TaskContext


def steps(context: TaskContext, n: int = 600) -> dict[str, Any]:
    """Work in small steps that can be stopped: up to a minute."""
    for i in range(n):
        context.check_cancelled()
        context.progress(i, n, "working")
        context.metrics({"loss": 1.0 / (i + 1), "bad": float("nan")}, step=i)
        if context.stop_requested():
            return {"best": i}
        time.sleep(0.1)
    return {"best": n}


def quick(context: TaskContext) -> dict[str, Any]:
    context.log("hello")
    context.progress(3, 3, "done")
    context.artifact("model", Path("/models/a"))
    return {"answer": 42}


def sentence(context: TaskContext) -> dict[str, Any]:
    raise FrameError("a.fits is empty.", "Copy it again.")


def memory(context: TaskContext) -> dict[str, Any]:
    import numpy as np

    return {"sum": float(np.ones((1 << 40,)).sum())}


def bug(context: TaskContext) -> dict[str, Any]:
    return {"x": 1 / 0}


def die(context: TaskContext) -> dict[str, Any]:
    sys.stderr.write("last words\n")
    sys.stderr.flush()
    os.kill(os.getpid(), 9)
    return {}


def leave(context: TaskContext) -> dict[str, Any]:
    os._exit(7)


def noisy(context: TaskContext) -> dict[str, Any]:
    """Prints as a C library would, past Python, in the middle of a line of events."""
    for _ in range(3):
        os.write(1, b'noise {"v":1,')
        print("more noise", flush=True)  # noqa: T201
        context.progress(1, 3, "x")
    subprocess.run(["/bin/sh", "-c", "echo from a child; read line; echo got $line"], check=False)
    return {}


def deaf(context: TaskContext) -> dict[str, Any]:
    """Never looks whether it was cancelled, but can be interrupted."""
    context.progress(1, 2)
    while True:
        time.sleep(0.05)


def deaf_but_brief(context: TaskContext) -> dict[str, Any]:
    """As `deaf`, with less patience on the side of the worker."""
    from cirrus_core.jobs import listener

    listener.GIVE_UP_S = 0.5
    return deaf(context)


def full_disk(context: TaskContext) -> dict[str, Any]:
    """Files cannot grow any more in the middle of the next event."""
    import resource

    context.log("makes the events longer than what is printed " * 200)
    size = (Path(sys.argv[1]) / "events.jsonl").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, size + 20))
    context.log("this does not fit")
    return {}


def stone_deaf(context: TaskContext) -> dict[str, Any]:
    """Shrugs off signals, and has a child that does."""
    import signal

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    child = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(300)"], stdout=subprocess.DEVNULL
    )
    context.log(f"child {child.pid}")
    while True:
        time.sleep(0.05)


def orphan(context: TaskContext) -> dict[str, Any]:
    """Starts a child and forgets it."""
    child = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(300)"], stdout=subprocess.DEVNULL
    )
    context.log(f"child {child.pid}")
    return {}


def orphan_and_die(context: TaskContext) -> dict[str, Any]:
    orphan(context)
    os.kill(os.getpid(), 9)
    return {}


BEHAVIOURS: dict[str, Callable[[TaskContext], dict[str, Any]]] = {
    work.__name__: work
    for work in (
        steps,
        quick,
        sentence,
        memory,
        bug,
        die,
        leave,
        noisy,
        deaf,
        deaf_but_brief,
        full_disk,
        stone_deaf,
        orphan,
        orphan_and_die,
    )
}


def behave(params: Mapping[str, Any], folder: JobFolder, context: TaskContext) -> dict[str, Any]:
    return BEHAVIOURS[params["do"]](context)


if __name__ == "__main__":
    raise SystemExit(run(Path(sys.argv[1]), {"simulate_sky": behave}))

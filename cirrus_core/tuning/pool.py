"""Several worker processes of this computer on one study.

Each is joined to this process by a pipe of its own: a worker that is killed can hold no lock of the others.
"""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from cirrus_core.errors import Cancelled, CirrusError
from cirrus_core.progress import LogLevel, TaskContext
from cirrus_core.tuning.work import Task, work

_POLL_S = 0.2
_MAX_DEATHS = 3
"""So many workers are replaced when they are killed; then something is wrong with this computer."""


@dataclass(slots=True)
class _Worker:
    number: int
    process: BaseProcess
    pipe: Connection

    def say(self, word: str) -> None:
        try:
            self.pipe.send(word)
        except OSError:
            # It has ended meanwhile, which its pipe tells next.
            return


def work_in_processes(task: Task, context: TaskContext, *, workers: int) -> None:
    """Let `workers` processes work on the study; one that is killed is replaced.

    Raises
    ------
    Cancelled
        If the user gave up.
    CirrusError
        The first one of a worker, or if workers are killed again and again.
    """
    running = [_start(task, number) for number in range(workers)]
    try:
        _supervise(task, running, context)
    finally:
        for worker in running:
            worker.say("cancel")
        for worker in running:
            worker.process.join(timeout=20.0)
            worker.process.kill()
            worker.pipe.close()


def _supervise(task: Task, running: list[_Worker], context: TaskContext) -> None:
    deaths, stopping = 0, False
    while running:
        context.check_cancelled()
        if context.stop_requested() and not stopping:
            stopping = True
            for worker in running:
                worker.say("stop")
        heard = wait([worker.pipe for worker in running], timeout=_POLL_S)
        for worker in [worker for worker in running if worker.pipe in heard]:
            if _listen(worker, context):
                continue
            running.remove(worker)
            worker.pipe.close()
            worker.process.join()
            if worker.process.exitcode == 0:
                continue
            deaths += 1
            context.log(f"Worker {worker.number} was killed: possibly out of memory.", "warning")
            if deaths > _MAX_DEATHS:
                raise CirrusError(
                    "Workers are killed again and again.", "Use fewer workers or smaller networks."
                )
            if not stopping:
                # Its number is not used again: it would draw the same random numbers.
                running.append(_start(task, worker.number + 1000))


def _listen(worker: _Worker, context: TaskContext) -> bool:
    """Take one message of a worker; False when it has ended."""
    try:
        word, *said = worker.pipe.recv()
    except (EOFError, OSError):
        return False
    match word:
        case "progress":
            context.progress(*said)
        case "metrics":
            context.metrics(said[0], step=said[1])
        case "log":
            context.log(*said)
        case "error":
            raise said[0]
        case "bug":
            raise RuntimeError(f"A worker failed:\n{said[0]}")
    return True


def _start(task: Task, number: int) -> _Worker:
    # Not forked: the libraries of this process have threads.
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_main, args=(there, task, number), daemon=True)
    with _interrupts_held():
        process.start()
    there.close()
    return _Worker(number, process, here)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """A process started inside never hears ctrl-C: this process passes on what the user asks."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _main(pipe: Connection, task: Task, number: int) -> None:
    """The worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    context = PipeContext(pipe)
    try:
        work(task, context, worker=number)
    except Cancelled:
        return
    except CirrusError as error:
        context.send("error", error)
    except Exception:
        context.send("bug", traceback.format_exc())


class PipeContext:
    """The `TaskContext` of a worker process: everything goes through the pipe, both ways."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._asked: set[str] = set()

    def send(self, word: str, *said: Any) -> None:
        """Tell the parent; without a parent there is nobody to work for."""
        try:
            self._pipe.send((word, *said))
        except OSError:
            self._asked.add("cancel")

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.send("progress", done, total, message)

    def metrics(self, values: Mapping[str, float], *, step: int) -> None:
        self.send("metrics", dict(values), step)

    def log(self, message: str, level: LogLevel = "info") -> None:
        self.send("log", message, level)

    def artifact(self, kind: str, path: Path) -> None:
        self.send("log", f"{kind}: {path}", "info")

    def stop_requested(self) -> bool:
        self._hear()
        return bool(self._asked)

    def check_cancelled(self) -> None:
        self._hear()
        if "cancel" in self._asked:
            raise Cancelled

    def _hear(self) -> None:
        try:
            while self._pipe.poll():
                self._asked.add(self._pipe.recv())
        except (EOFError, OSError):
            self._asked.add("cancel")

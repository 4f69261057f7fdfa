"""The process of one job: ``python -m cirrus_core.jobs.worker <job folder>``.

Standard output carries events and nothing else: the real one is moved to a private descriptor, and
descriptor 1 is pointed at standard error, so that no print of any library can break the stream. Exit
codes: 0 finished, 1 failed, 3 cancelled.
"""

from __future__ import annotations

import errno
import faulthandler
import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cirrus_core.errors import Cancelled, CirrusError
from cirrus_core.files import disk_error, write_text_atomic
from cirrus_core.jobs.context import EventWriter, JobContext, Requests
from cirrus_core.jobs.events import CancelledEvent, Failed, Finished, Started, Terminal
from cirrus_core.jobs.folder import JobFolder
from cirrus_core.jobs.kinds import JOB_KINDS, JobFunction
from cirrus_core.jobs.listener import ignore_signals, listen_to_input, obey_signals, watch
from cirrus_core.jobs.processes import WorkerId, kill_children

_MAX_TRACEBACK = 20_000


@dataclass(frozen=True, slots=True)
class _Pipes:
    stdin: int
    stdout: BinaryIO


def main(argv: list[str] | None = None) -> int:
    """Run the job whose folder is the only argument."""
    arguments = sys.argv[1:] if argv is None else argv
    if len(arguments) != 1:
        sys.stderr.write("Usage: python -m cirrus_core.jobs.worker JOB_FOLDER\n")
        return 2
    return run(Path(arguments[0]), JOB_KINDS)


def run(root: Path, kinds: Mapping[str, JobFunction]) -> int:
    """Work on the job in folder `root` and return the exit code."""
    pipes = _take_pipes()
    faulthandler.enable()
    _leave_a_core_free()
    folder = JobFolder(root)
    requests = Requests()
    try:
        writer = EventWriter(folder.events_file, stdout=pipes.stdout)
    except (CirrusError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    obey_signals(requests)
    me = WorkerId.of(os.getpid())
    writer.write(Started(pid=me.pid, create_time=me.create_time))
    listen_to_input(pipes.stdin, requests)
    watch(folder.command_file, writer, requests)
    last_word, code = _work(folder, kinds, JobContext(writer, requests))
    # Children end before the last word: whoever hears it may rely on all being over.
    kill_children(me.pid)
    try:
        writer.write(last_word)
    except OSError as error:
        # The reader tells this line instead.
        sys.stderr.write(f"{failure_of(error).message}\n")
        return 1
    return code


def _work(folder: JobFolder, kinds: Mapping[str, JobFunction], context: JobContext) -> tuple[Terminal, int]:
    try:
        try:
            spec = folder.spec()
            result = kinds[spec.kind](spec.params, folder, context)
            context.check_cancelled()
        finally:
            ignore_signals()
        write_text_atomic(folder.result_file, Finished(result=result).model_dump_json(include={"result"}))
        return Finished(result=result, stopped=context.stop_requested()), 0
    except Cancelled:
        return CancelledEvent(), Cancelled.exit_code
    except Exception as error:
        traceback.print_exc()
        return failure_of(error), 1


def failure_of(error: Exception) -> Failed:
    """Tell an exception as the user should hear it."""
    told = disk_error(error) if isinstance(error, OSError) else error
    if isinstance(told, CirrusError):
        return Failed(kind="expected", message=told.message, hint=told.hint)
    if _is_out_of_memory(error):
        return Failed(
            kind="memory",
            message="The computer ran out of memory.",
            hint="Use a smaller batch size or smaller frames, or close other programs, and try again.",
            traceback=_trace(error),
        )
    return Failed(
        kind="bug",
        message=f"Something went wrong inside CIRRUS: {type(error).__name__}: {error}",
        hint="Please report it with the text below.",
        traceback=_trace(error),
    )


def _is_out_of_memory(error: Exception) -> bool:
    # Torch is not imported here: its CUDA error is known by name, its CPU allocator's by text.
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    if type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(
        words in str(error) for words in ("can't allocate memory", "not enough memory", "out of memory")
    )


def _trace(error: Exception) -> str:
    return "".join(traceback.format_exception(error))[-_MAX_TRACEBACK:]


def _take_pipes() -> _Pipes:
    stdin, stdout = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return _Pipes(stdin, os.fdopen(stdout, "wb", buffering=0))


def _leave_a_core_free() -> None:
    # The window draws better and training is hardly slower; read by libraries when they are loaded.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, str(max(1, cores - 1)))


if __name__ == "__main__":
    raise SystemExit(main())

"""Where a study is kept: a journal file in its folder, or a database that several computers share.

A journal is for the processes of one computer. A writer that dies in the midst of a line would make the next
record unreadable; here the torn end is cut off before anything is appended, and before the file is opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from cirrus_core.errors import CirrusError, UsageError
from cirrus_core.files import write_atomic

JOURNAL_FILE = "journal.log"
_LOCK_S = 10
"""A lock that nobody has touched for so long belongs to a process that was killed."""
_DATABASES = ("sqlite:", "postgresql:", "postgresql+", "mysql:", "mysql+")


class RepairingLock(JournalFileOpenLock):
    """The lock of a journal; whoever takes it finds a file that ends with a whole line."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), grace_period=_LOCK_S)
        self._journal = path

    def acquire(self) -> bool:
        super().acquire()
        _cut_torn_end(self._journal)
        return True


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Only one process of this computer at a time is inside, for one study folder."""
    lock = JournalFileOpenLock(str(folder / "study"), grace_period=_LOCK_S)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def open_storage(folder: Path, url: str) -> BaseStorage:
    """The storage of the study in `folder`, or the database at `url` if that is not empty.

    Raises
    ------
    UsageError
        If `url` names no database that is known here.
    CirrusError
        If the database cannot be reached.
    """
    if not url:
        path = folder / JOURNAL_FILE
        repair_journal(path)
        return JournalStorage(JournalFileBackend(str(path), lock_obj=RepairingLock(path)))
    if not url.startswith(_DATABASES):
        raise UsageError(f"'{url}' is no database.", "Write sqlite:///file.db or postgresql://host/name.")
    try:
        return RDBStorage(url)
    except ImportError as error:
        raise CirrusError(
            f"The driver of this database is missing: {error}.", "Install it, or leave out --storage."
        ) from error
    except Exception as error:
        # Each database has errors of its own. The address is not repeated: it may hold a password.
        raise CirrusError(
            f"The database cannot be opened ({type(error).__name__}).", "Is the address right?"
        ) from error


def repair_journal(path: Path) -> int:
    """Drop what is no record, such as a line torn by a crash, and return how many lines those were."""
    if not path.is_file():
        return 0
    lock = JournalFileOpenLock(str(path), grace_period=_LOCK_S)
    lock.acquire()
    try:
        lines = path.read_bytes().splitlines(keepends=True)
        good = [line for line in lines if _is_record(line)]
        if len(good) < len(lines):
            write_atomic(path, lambda stream: stream.write(b"".join(good)))
        return len(lines) - len(good)
    finally:
        lock.release()


def _is_record(line: bytes) -> bool:
    try:
        return line.endswith(b"\n") and isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _cut_torn_end(path: Path) -> None:
    if not path.is_file() or path.stat().st_size == 0:
        return
    with path.open("r+b") as journal:
        journal.seek(-1, 2)
        if journal.read(1) != b"\n":
            journal.seek(0)
            journal.truncate(journal.read().rfind(b"\n") + 1)


def quiet_optuna() -> None:
    """Let only warnings of optuna through: what happens is told by the study itself."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)

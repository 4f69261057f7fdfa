"""What the headers of a night said, kept in SQLite so that they are read once.

An entry holds as long as size and time of change of its file do. The index can be deleted at any time; a
broken one is replaced, and one that cannot be written just does not help.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from cirrus_core.frames.frame import FrameRef
from cirrus_core.settings import cache_dir

INDEX_VERSION = 1
"""Raised whenever a newer CIRRUS reads more or something else from the same header."""

_CREATE = """
CREATE TABLE files (
    folder TEXT, name TEXT, asked_hdu INTEGER, size_bytes INTEGER, mtime_ns INTEGER,
    hdu INTEGER, time_us INTEGER, time_source TEXT, rows INTEGER, columns INTEGER, n_bands INTEGER,
    PRIMARY KEY (folder, name, asked_hdu)
) WITHOUT ROWID
"""
_INSERT = "INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?,?,?,?,?,?)"
_SELECT = """
SELECT name, asked_hdu, size_bytes, mtime_ns, hdu, time_us, time_source, rows, columns, n_bands
FROM files WHERE folder = ?
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_PICTURE = -1
_WAIT_S = 0.5  # for another window that writes; reading the headers anew takes no longer


class FileState(NamedTuple):
    """A file as its folder (an absolute path) lists it, and the HDU asked for (None: the first picture).

    Names, not paths: making ten thousand paths takes longer than reading them from the index.
    """

    folder: str
    name: str
    hdu: int | None
    size_bytes: int
    mtime_ns: int

    @property
    def path(self) -> Path:
        """Absolute path of the file."""
        return Path(self.folder, self.name)

    @property
    def asked_hdu(self) -> int:
        """The HDU as the index stores it."""
        return _FIRST_PICTURE if self.hdu is None else self.hdu


class NightIndex:
    """The index file, to be used as a context manager.

    Parameters
    ----------
    path : Path, optional
        By default ``frames.sqlite`` in the user's cache folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or cache_dir() / "frames.sqlite"
        self._db: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def usable(self) -> bool:
        """False when the file can be neither read nor made: nights then open without its help."""
        return self._db is not None

    def lookup(self, files: Sequence[FileState]) -> list[FrameRef | None]:
        """What is known about each of `files`; None where it is new or has changed."""
        rows = {folder: {row[:4]: row[4:] for row in self._rows(folder)} for folder in _by_folder(files)}
        found: list[FrameRef | None] = []
        for item in files:
            row = rows[item.folder].get((item.name, item.asked_hdu, item.size_bytes, item.mtime_ns))
            found.append(None if row is None else _reference(item, *row))
        return found

    def remember(self, files: Sequence[FileState], fresh: Sequence[tuple[FileState, FrameRef]]) -> None:
        """Add what was just read, and forget what is no longer in the folders of `files`.

        Rejected files are not remembered: what is wrong may be cured without a trace in size or time.
        """
        if self._db is None:
            return
        try:
            with self._db:
                self._db.executemany(_INSERT, [_row(item, ref) for item, ref in fresh])
                for folder, names in _by_folder(files).items():
                    self._forget_vanished(self._db, folder, names)
        except sqlite3.Error:
            # Locked by another window, or no room: the next opening reads these headers again.
            return

    def _rows(self, folder: str) -> list[tuple[Any, ...]]:
        if self._db is None:
            return []
        try:
            return self._db.execute(_SELECT, (folder,)).fetchall()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                self._close()
                self._open(anew=True)
            return []

    def _forget_vanished(self, db: sqlite3.Connection, folder: str, present: set[str]) -> None:
        names = {str(row[0]) for row in db.execute("SELECT name FROM files WHERE folder = ?", (folder,))}
        gone = [(folder, name) for name in names - present if not (Path(folder) / name).exists()]
        db.executemany("DELETE FROM files WHERE folder = ? AND name = ?", gone)

    def _open(self, *, anew: bool = False) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if anew:
                self.path.unlink(missing_ok=True)
            self._db = _connect(self.path)
        except sqlite3.OperationalError:
            # Locked, or not to be written to (a read-only home, a full disk): go on without.
            self._db = None
        except sqlite3.DatabaseError:
            if not anew:
                self._open(anew=True)
        except OSError:
            self._db = None

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_WAIT_S)
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version != INDEX_VERSION:
            with db:
                db.execute("DROP TABLE IF EXISTS files")
                db.execute(_CREATE)
                db.execute(f"PRAGMA user_version = {INDEX_VERSION}")
    except BaseException:
        db.close()
        raise
    return db


def _by_folder(files: Iterable[FileState]) -> dict[str, set[str]]:
    folders: dict[str, set[str]] = defaultdict(set)
    for item in files:
        folders[item.folder].add(item.name)
    return folders


def _row(item: FileState, ref: FrameRef) -> tuple[Any, ...]:
    time_us = (ref.time - _EPOCH) // timedelta(microseconds=1)
    return (item.folder, item.name, item.asked_hdu, item.size_bytes, item.mtime_ns,
            ref.hdu, time_us, ref.time_source, *ref.shape, ref.n_bands)  # fmt: skip


def _reference(
    item: FileState, hdu: int, time_us: int, time_source: Any, rows: int, columns: int, n_bands: int
) -> FrameRef:
    time = _EPOCH + timedelta(microseconds=time_us)
    shape = (rows, columns)
    return FrameRef(item.path, hdu, time, time_source, shape, n_bands, item.size_bytes, item.mtime_ns)

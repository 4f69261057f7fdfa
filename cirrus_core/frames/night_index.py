"""What the headers of a night said, kept in SQLite so that they are read once.

An entry holds as long as size and time of change of its file do. The index can be deleted at any time; a
broken one is replaced, and one that cannot be written just does not help.
"""

from __future__ import annotations

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from cirrus_core.errors import FrameError
from cirrus_core.frames.frame import FrameRef
from cirrus_core.settings import cache_dir

INDEX_VERSION = 1
"""Raised whenever a newer CIRRUS reads more or something else from the same header."""

_CREATE = """
CREATE TABLE files (
    folder TEXT, name TEXT, asked_hdu INTEGER, size_bytes INTEGER, mtime_ns INTEGER,
    hdu INTEGER, time_us INTEGER, time_source TEXT, rows INTEGER, columns INTEGER, n_bands INTEGER,
    reason TEXT, hint TEXT,
    PRIMARY KEY (folder, name, asked_hdu)
) WITHOUT ROWID
"""
_INSERT = "INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_HDU = -1
_Row = tuple[object, ...]


class FileState(NamedTuple):
    """A file as the folder lists it, and the HDU asked for (None: the first picture)."""

    path: Path
    hdu: int | None
    size_bytes: int
    mtime_ns: int


class NightIndex:
    """The index file; use it as a context manager.

    Parameters
    ----------
    path : Path, optional
        By default ``frames.sqlite`` in the user's cache folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or cache_dir() / "frames.sqlite"
        self._db: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        try:
            self._db = _open(self.path)
        except (sqlite3.Error, OSError):
            # A read-only home or a full disk: the night opens without help.
            self._db = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    @property
    def usable(self) -> bool:
        """False when the file can be neither read nor made."""
        return self._db is not None

    def lookup(self, files: Sequence[FileState]) -> dict[FileState, FrameRef | FrameError]:
        """What is known about those of `files` that have not changed."""
        known: dict[FileState, FrameRef | FrameError] = {}
        for folder, items in _by_folder(files).items():
            rows = {(str(row[0]), row[1]): row for row in self._rows(folder)}
            for name, item in items:
                row = rows.get((name, _asked(item)))
                if row is not None and (row[2], row[3]) == (item.size_bytes, item.mtime_ns):
                    known[item] = _outcome(item, row)
        return known

    def remember(self, files: Sequence[FileState], fresh: Mapping[FileState, FrameRef | FrameError]) -> None:
        """Add what was just read of `files`, and forget files of these folders that are no longer there."""
        if self._db is None:
            return
        try:
            with self._db:
                for folder, items in _by_folder(files).items():
                    new = [(folder, name, *_values(i, fresh[i])) for name, i in items if i in fresh]
                    self._db.executemany(_INSERT, new)
                    self._forget_vanished(folder, {name for name, _ in items})
        except sqlite3.Error:
            # Locked by another window or no room: the next opening reads the headers again.
            return

    def _rows(self, folder: str) -> list[_Row]:
        if self._db is None:
            return []
        try:
            return self._db.execute(
                "SELECT name, asked_hdu, size_bytes, mtime_ns, hdu, time_us, time_source, rows, columns,"
                " n_bands, reason, hint FROM files WHERE folder = ?",
                (folder,),
            ).fetchall()
        except sqlite3.DatabaseError:
            self._rebuild()
            return []

    def _rebuild(self) -> None:
        if self._db is not None:
            self._db.close()
        try:
            self.path.unlink(missing_ok=True)
            self._db = _open(self.path)
        except (sqlite3.Error, OSError):
            self._db = None

    def _forget_vanished(self, folder: str, present: set[str]) -> None:
        assert self._db is not None
        names = {
            str(row[0]) for row in self._db.execute("SELECT name FROM files WHERE folder = ?", (folder,))
        }
        gone = [(folder, name) for name in names - present if not (Path(folder) / name).exists()]
        self._db.executemany("DELETE FROM files WHERE folder = ? AND name = ?", gone)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _connect(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise
        path.unlink(missing_ok=True)
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=5.0)
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version != INDEX_VERSION:
            with db:
                db.execute("DROP TABLE IF EXISTS files")
                db.execute(_CREATE)
                db.execute(f"PRAGMA user_version = {INDEX_VERSION}")
        db.execute("SELECT 1 FROM files LIMIT 1").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _by_folder(files: Iterable[FileState]) -> dict[str, list[tuple[str, FileState]]]:
    folders: dict[str, list[tuple[str, FileState]]] = defaultdict(list)
    absolute: dict[str, str] = {}
    for item in files:
        folder, name = os.path.split(item.path)
        if folder not in absolute:
            absolute[folder] = str(Path(folder).resolve())
        folders[absolute[folder]].append((name, item))
    return folders


def _asked(item: FileState) -> int:
    return _FIRST_HDU if item.hdu is None else item.hdu


def _values(item: FileState, outcome: FrameRef | FrameError) -> _Row:
    key = (_asked(item), item.size_bytes, item.mtime_ns)
    if isinstance(outcome, FrameError):
        return (*key, None, None, None, None, None, None, outcome.message, outcome.hint)
    time_us = (outcome.time - _EPOCH) // timedelta(microseconds=1)
    return (*key, outcome.hdu, time_us, outcome.time_source, *outcome.shape, outcome.n_bands, None, None)


def _outcome(item: FileState, row: _Row) -> FrameRef | FrameError:
    _name, _asked_hdu, size, mtime, hdu, time_us, source, rows, columns, n_bands, reason, hint = row
    if reason is not None:
        return FrameError(str(reason), str(hint))
    time = _EPOCH + timedelta(microseconds=time_us)  # type: ignore[arg-type]
    return FrameRef(item.path, hdu, time, source, (rows, columns), n_bands, size, mtime)  # type: ignore[arg-type]

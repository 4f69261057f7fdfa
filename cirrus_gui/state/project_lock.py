"""Only one window at a time may write the masks of a project."""

from __future__ import annotations

from PyQt6.QtCore import QLockFile

from cirrus_core.errors import ProjectError
from cirrus_core.project.project import Project


class ProjectLock:
    """Held while a window works on a project; a lock left behind by a crash does not count."""

    def __init__(self, project: Project) -> None:
        self._name = project.name
        self._root = project.layout.root
        self._file = QLockFile(str(project.layout.lock_file))
        # A window may stay open for days: only a dead owner makes a lock stale, not its age.
        self._file.setStaleLockTime(0)

    def take(self) -> None:
        """Take the lock.

        Raises
        ------
        ProjectError
            If another window holds it or the project folder cannot be written.
        """
        if self._file.tryLock(0):
            return
        if self._file.error() == QLockFile.LockError.PermissionError:
            raise ProjectError(
                f"The project folder {self._root} cannot be written: masks can be looked at, not changed.",
                "Allow writing there, or choose another project with --project.",
            )
        raise ProjectError(
            f"Another window works on the project '{self._name}': here masks can be looked at, not changed.",
            "Close the other window, then open the night again.",
        )

    def release(self) -> None:
        """Let another window work on the project."""
        self._file.unlock()

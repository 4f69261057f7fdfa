"""What a job says while it runs: one JSON object a line, ``{"v":1,"type":…,"time":…}``.

Exactly one of `Finished`, `Failed`, `CancelledEvent` ends a job. The worker appends every event to
``events.jsonl``; readers follow the file by byte offset and never wait for it.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError

from cirrus_core.config import Config
from cirrus_core.progress import LogLevel

FailKind = Literal["expected", "memory", "bug", "killed"]
"""A sentence for the user; out of memory; a bug with traceback; the process died without a word."""


def utc_now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


class _Said(Config):
    # A loss may be NaN; as a string it survives strict JSON.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    v: Literal[1] = 1
    time: AwareDatetime = Field(default_factory=utc_now)


class Started(_Said):
    """First event. `create_time` (s since 1970) tells this process from a later one with the same `pid`."""

    type: Literal["started"] = "started"
    pid: int
    create_time: float


class Progress(_Said):
    """`done` of `total` steps are finished."""

    type: Literal["progress"] = "progress"
    done: int
    total: int
    message: str = ""


class Metrics(_Said):
    """Numbers of one step, e.g. of an epoch."""

    type: Literal["metrics"] = "metrics"
    step: int
    values: dict[str, float]


class Log(_Said):
    """A sentence for the log."""

    type: Literal["log"] = "log"
    level: LogLevel = "info"
    message: str


class Artifact(_Said):
    """A file or folder the job has finished writing."""

    type: Literal["artifact"] = "artifact"
    kind: str
    path: str


class Finished(_Said):
    """The work is done; `stopped` when the user asked to end early and keep the best."""

    type: Literal["finished"] = "finished"
    result: dict[str, Any] = Field(default_factory=dict)
    stopped: bool = False


class Failed(_Said):
    """The work failed; `traceback` holds the traceback of a bug or the last lines of a killed worker."""

    type: Literal["failed"] = "failed"
    kind: FailKind
    message: str
    hint: str = ""
    traceback: str = ""


class CancelledEvent(_Said):
    """The user gave the work up."""

    type: Literal["cancelled"] = "cancelled"


Terminal = Finished | Failed | CancelledEvent
Event = Started | Progress | Metrics | Log | Artifact | Finished | Failed | CancelledEvent

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def to_line(event: Event) -> bytes:
    """One event as a line of UTF-8 JSON, newline included."""
    return event.model_dump_json().encode() + b"\n"


def from_line(line: bytes) -> Event:
    """Read one line; one that is no event (torn by a crash) becomes a warning in the log."""
    try:
        return _ADAPTER.validate_json(line)
    except ValidationError:
        return Log(level="warning", message=f"An unreadable event of {len(line)} bytes was passed over.")


def read_events(path: Path, offset: int = 0, *, limit: int | None = None) -> tuple[list[Event], int]:
    """Read the events after byte `offset`, at most `limit`, and the offset to go on from.

    A last line without newline is still being written: it is left for the next call. A missing file
    has no events yet.
    """
    lines, _ = _whole_lines(path, offset)
    events = [from_line(line) for line in lines[:limit] if line.strip()]
    return events, offset + sum(len(line) + 1 for line in lines[:limit])


def read_history(path: Path, until: int | None = None) -> list[Event]:
    """Read all events before byte `until`, without those of progress, which are many and soon stale."""
    lines, _ = _whole_lines(path, 0, until)
    # Inside a text the quotes would be escaped: these bytes are found nowhere but in the type.
    return [from_line(line) for line in lines if line.strip() and b'"type":"progress"' not in line]


def whole_bytes(path: Path) -> int:
    """Length of the file up to its last newline: what comes later may be read from there."""
    return _whole_lines(path, 0)[1]


def _whole_lines(path: Path, offset: int, until: int | None = None) -> tuple[list[bytes], int]:
    """The complete lines between two offsets, without their newlines, and the offset after them."""
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            chunk = stream.read(-1 if until is None else until - offset)
    except FileNotFoundError:
        return [], offset
    *lines, torn = chunk.split(b"\n")
    return lines, offset + len(chunk) - len(torn)


def append_event(path: Path, event: Event) -> None:
    """Append an event for a job that has no worker (any more), after a torn last line if need be."""
    line = to_line(event)
    with path.open("ab+") as stream:
        if stream.seek(0, os.SEEK_END) > 0:
            stream.seek(-1, os.SEEK_END)
            line = line if stream.read(1) == b"\n" else b"\n" + line
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())

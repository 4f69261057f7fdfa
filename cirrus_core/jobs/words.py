"""Jobs in words: a line of log for an event, a duration, a state."""

from __future__ import annotations

from pathlib import Path

from cirrus_core.jobs.events import (
    Artifact,
    CancelledEvent,
    Event,
    Failed,
    Finished,
    Log,
    Metrics,
    Progress,
    Started,
)
from cirrus_core.jobs.spec import JobRecord


def log_line(event: Event) -> str | None:
    """The event as a line of log with its time in UTC; None for progress, which has a bar."""
    text = _text(event)
    return None if text is None else f"{event.time:%H:%M:%S}  {text}"


def _text(event: Event) -> str | None:
    match event:
        case Started():
            return f"started (process {event.pid})"
        case Progress():
            return None
        case Metrics():
            numbers = ", ".join(f"{name} {value:.4g}" for name, value in event.values.items())
            return f"{event.step}: {numbers}"
        case Log():
            return event.message if event.level == "info" else f"{event.level}: {event.message}"
        case Artifact():
            return f"{event.kind}: {Path(event.path).name}"
        case Finished():
            return "finished early, the best so far is kept" if event.stopped else "finished"
        case Failed():
            told = [f"failed: {event.message}", event.hint, event.traceback.strip()]
            return "\n".join(line for line in told if line)
        case CancelledEvent():
            return "cancelled"


def duration_text(seconds: float) -> str:
    """A duration as people say it: ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def outcome(record: JobRecord) -> str:
    """What came of a job, in a sentence; empty while nothing did."""
    failed = record.result.get("failed", [])
    if failed:
        n, first = len(failed), failed[0]
        left = f"{n} of {record.result['frames']} frames could not be used"
        return f"{left}, the first: {first['frame']}: {first['reason']} All of them are in the log."
    return " ".join(filter(None, (record.message, record.hint)))


def percent(record: JobRecord) -> int | None:
    """Share of the steps that are done, in percent; None while unknown."""
    if record.total <= 0:
        return None
    return min(100, 100 * record.done // record.total)

"""What a background job is asked to do, and what became of it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from cirrus_core.config import Config

JobKind = Literal["train_segment", "tune_segment", "predict_night", "simulate_sky"]
JobState = Literal["queued", "running", "finished", "failed", "cancelled"]


class JobSpec(Config):
    """A request: the kind of work and its parameters, all of it in ``job.json``."""

    kind: JobKind
    title: str
    params: dict[str, Any] = Field(default_factory=dict)
    created: str = ""
    retry_of: str | None = None


class JobRecord(Config):
    """The state of a job as its folder tells it.

    `done` of `total` steps, `result` of a finished job, `message` and `hint` of a failed one.
    """

    id: str
    spec: JobSpec
    state: JobState
    pid: int | None = None
    done: int = 0
    total: int = 0
    status: str = ""
    message: str = ""
    hint: str = ""
    traceback: str = ""
    started: str = ""
    ended: str = ""
    result: dict[str, Any] = Field(default_factory=dict)

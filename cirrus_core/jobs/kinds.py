"""What each kind of job does: thin adapters from parameters to one function of the engine.

The engine is imported inside the functions, so that a worker says that it lives before it loads torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cirrus_core.config import build
from cirrus_core.jobs.folder import JobFolder
from cirrus_core.jobs.params import SimulateParams
from cirrus_core.progress import TaskContext

JobFunction = Callable[[Mapping[str, Any], JobFolder, TaskContext], dict[str, Any]]
"""(parameters, job folder, context) -> result, which must go through JSON."""


def _simulate_sky(params: Mapping[str, Any], folder: JobFolder, context: TaskContext) -> dict[str, Any]:
    from cirrus_core.simulate.lwir_sky import SimulateSkyConfig, simulate_night

    wanted = build(SimulateParams, params, what="job")
    config = build(SimulateSkyConfig, wanted.config, what="simulation")
    night = simulate_night(config, Path(wanted.out), context)
    context.artifact("night", night)
    return {"night": str(night)}


JOB_KINDS: Mapping[str, JobFunction] = {
    "simulate_sky": _simulate_sky,
}

"""The trials of a study: taking one, knowing whose it is, and how it ended.

Every trial carries the process that works on it (``owner``) and, once it has ended by itself, how
(``ended``: done, pruned or failed). One that failed without ``ended`` was interrupted: it does not count, and
its point is tried once more.
"""

from __future__ import annotations

import os
import platform
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import psutil
from optuna.trial import FrozenTrial, TrialState

from cirrus_core.tuning.plan import Plan
from cirrus_core.tuning.storage import folder_lock

_SAME_S = 2.0
"""The start time of a process is reckoned from the boot time, which the clock service may shift."""
_NAMELESS = timedelta(seconds=60)
"""A trial without an owner after so long was begun by a process that died on the spot."""


def next_trial(
    study: optuna.Study, folder: Path, plan: Plan, *, limit: int | None, worker: int
) -> optuna.Trial | None:
    """Take the next trial, drawn by the study's sampler; None once `limit` trials were taken."""
    with folder_lock(folder):
        release_orphans(study)
        trials = study.get_trials(deepcopy=False)
        if limit is not None and sum(map(counts, trials)) >= limit:
            return None
        # Seeded anew for each trial: a study that is resumed goes on as if it had not been interrupted.
        study.sampler = make_sampler(plan, worker=worker, n_trials=len(trials))
        trial = study.ask()
        trial.set_user_attr("owner", _me())
        return trial


def make_sampler(plan: Plan, *, worker: int, n_trials: int) -> optuna.samplers.BaseSampler:
    """The sampler for the trial after `n_trials`; every worker has its own random numbers."""
    seed = int(np.random.SeedSequence([plan.seed, worker, n_trials]).generate_state(1)[0])
    return optuna.samplers.TPESampler(
        n_startup_trials=plan.random_trials, multivariate=True, constant_liar=True, seed=seed
    )


def make_pruner(plan: Plan) -> optuna.pruners.BasePruner:
    """Breaks a trial off that is worse than the median of the others at the same epoch."""
    return optuna.pruners.MedianPruner(
        n_startup_trials=plan.unpruned_trials, n_warmup_steps=plan.unpruned_epochs
    )


def counts(trial: FrozenTrial) -> bool:
    """True for a trial that ended by itself or is worked on."""
    return trial.state == TrialState.RUNNING or (trial.state.is_finished() and not was_interrupted(trial))


def was_interrupted(trial: FrozenTrial) -> bool:
    """True for a trial whose process was killed or told to give up."""
    return trial.state == TrialState.FAIL and "ended" not in trial.user_attrs


def end(study: optuna.Study, trial: optuna.Trial, how: str, value: float | None = None) -> None:
    """Close a trial that ended by itself: done (with its score), pruned or failed."""
    states = {"done": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
    trial.set_user_attr("ended", how)
    study.tell(trial, value, state=states[how])


def interrupt(study: optuna.Study, trial: FrozenTrial, *, by_user: bool = False) -> None:
    """Close a trial that was not finished, and put its point back.

    A point at which processes die is put back once only, one that the user gave up each time.
    """
    study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
    point = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
    if point and (by_user or "retry_of" not in trial.user_attrs):
        study.enqueue_trial(point, user_attrs={"retry_of": trial.number})


def release_orphans(study: optuna.Study) -> list[int]:
    """Close the running trials whose process on this computer is gone; returns their numbers.

    What runs on another computer, in a study in a database, is left alone.
    """
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    orphans = [trial for trial in running if _is_orphan(trial)]
    for trial in orphans:
        interrupt(study, trial)
    return [trial.number for trial in orphans]


def _me() -> dict[str, Any]:
    pid = os.getpid()
    return {"host": platform.node(), "pid": pid, "create_time": psutil.Process(pid).create_time()}


def _is_orphan(trial: FrozenTrial) -> bool:
    owner = trial.user_attrs.get("owner")
    if owner is None:
        return trial.datetime_start is not None and datetime.now() - trial.datetime_start > _NAMELESS
    return owner["host"] == platform.node() and not _lives(owner["pid"], owner["create_time"])


def _lives(pid: int, create_time: float) -> bool:
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - create_time) < _SAME_S
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False

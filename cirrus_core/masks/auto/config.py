"""Parameters of the automatic mask methods."""

from __future__ import annotations

from cirrus_core.config import Config, param


class OtsuLogConfig(Config):
    """Defaults are those of the published masks."""

    contrast: float = param(0.9, help="contrast of the zscale interval", low=0.05, high=1.0)
    log_a: float = param(100_000.0, help="strength of the log stretch", low=1.0, high=1e7, log=True)


class ThresholdConfig(Config):
    """One fixed value for all frames."""

    level: float = param(700.0, help="brighter pixels are cloud", unit="ADU", low=-100_000.0, high=100_000.0)

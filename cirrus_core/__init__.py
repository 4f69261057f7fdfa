"""CIRRUS engine: reading sky frames, cloud masks, training, prediction and background jobs."""

__version__ = "0.1.0"

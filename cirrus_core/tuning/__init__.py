"""The search for good training settings: what is varied, and the study that tries it."""

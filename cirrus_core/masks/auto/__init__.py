"""Automatic masks, one file per method."""

"""Masks: labels, painting, undo, files, automatic methods."""

"""Readers of frame files."""

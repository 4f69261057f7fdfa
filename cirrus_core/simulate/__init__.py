"""Simulated frames with exact truth."""

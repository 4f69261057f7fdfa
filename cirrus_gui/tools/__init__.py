"""Mask tools: plain state machines over pointer events."""

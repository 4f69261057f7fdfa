"""Losses, metrics, the training loop and evaluation."""

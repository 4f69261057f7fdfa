"""Prediction of frames and nights."""

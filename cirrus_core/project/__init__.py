"""The project folder: nights, mask layers, frame states."""

"""The linked views of the sky."""

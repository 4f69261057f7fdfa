"""The CIRRUS window."""

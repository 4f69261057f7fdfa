"""What the window shows and edits; the only place that changes core objects."""

"""Background jobs: folder, events, worker."""

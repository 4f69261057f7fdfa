"""Side panels; each talks to state only."""

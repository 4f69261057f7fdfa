"""Small widgets without knowledge of nights."""

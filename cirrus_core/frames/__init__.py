"""Reading, ordering, stretching and binning frames."""

"""From frames and masks to training arrays."""

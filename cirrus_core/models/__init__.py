"""Networks, their cards and their files."""

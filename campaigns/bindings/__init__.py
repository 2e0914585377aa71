"""Which lists a campaign dials."""

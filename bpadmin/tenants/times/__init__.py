"""A tenant's time: its zone, days as people write them, and times that a clock shows twice or never."""

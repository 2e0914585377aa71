"""The queue of opt-out requests."""

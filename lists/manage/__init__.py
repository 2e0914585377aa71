"""Calling lists made and deleted."""

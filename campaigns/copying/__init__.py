"""Campaigns described, copied and deleted."""

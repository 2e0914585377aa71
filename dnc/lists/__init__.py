"""Whole Do Not Call lists: found, made, changed, bound to campaigns, deleted."""

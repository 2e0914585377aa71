"""Recycling: records of a list chosen by their attempts go into a new list, or into one that there is."""

"""Figures made of what was read, each with its formula, its age and its gaps."""

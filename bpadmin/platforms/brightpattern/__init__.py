"""Bright Pattern: the List Management API v3.0, and the rules its records follow."""

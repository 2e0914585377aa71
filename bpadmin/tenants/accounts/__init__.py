"""Signing in, passwords and the first page."""

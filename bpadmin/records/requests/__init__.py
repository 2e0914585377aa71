"""Requests that people add to a source or put back into dialling."""

"""Exports of the results of campaigns."""

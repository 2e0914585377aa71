"""Exports of records: ordered, read part by part, written as one file."""

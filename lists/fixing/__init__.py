"""Correcting the refused rows of an upload on a page, cell by cell, and sending them again."""

"""Entries of Do Not Call lists: the ledger, changes by hand, look-ups, expiry."""

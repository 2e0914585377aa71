"""Proof of every change: the signed chain, and its export."""

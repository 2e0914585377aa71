"""Changing cells on the way in: the rules, how they are applied, and recipes saved from them."""

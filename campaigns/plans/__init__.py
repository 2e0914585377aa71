"""The plans that campaigns offer: each looks first, and acts through the same services as a person."""

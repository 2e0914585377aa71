"""What a number, an address or another entry is compared by."""

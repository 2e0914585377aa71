"""What a file goes into: which it is, what waits in it already, and whether rows in question are there."""

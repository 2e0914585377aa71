"""From bytes to text: which encoding a file has, and how sure that is."""

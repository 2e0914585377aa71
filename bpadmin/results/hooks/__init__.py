"""Results that a platform sends by itself: the address that it sends them to, what comes, and how it gets counted."""

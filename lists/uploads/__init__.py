"""Files on their way into calling lists."""

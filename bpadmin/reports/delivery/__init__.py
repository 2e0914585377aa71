"""The ways by which a report's file goes out: one module each, all with the same two functions."""

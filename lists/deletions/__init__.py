"""Records of a list deleted by a filter."""

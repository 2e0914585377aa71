"""Pages of results, and the charts on them."""

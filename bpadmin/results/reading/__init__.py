"""Reading of results from the diallers, page by page, at a pace of its own."""

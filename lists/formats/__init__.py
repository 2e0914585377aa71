"""The fields of calling lists."""

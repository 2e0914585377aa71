"""Single records of calling lists."""

"""A finished upload proved: its list compared with the rows that it brought in."""

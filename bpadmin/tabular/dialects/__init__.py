"""How the cells of a text are parted and quoted: found out from a sample."""

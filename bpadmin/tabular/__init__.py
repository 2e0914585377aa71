"""Tables out of files: delimited text and workbooks, unpacked and read in blocks. Plain Python, no Django."""

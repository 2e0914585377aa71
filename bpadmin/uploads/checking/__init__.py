"""Reading a file once, judging every row, and writing what will be sent and what is refused."""

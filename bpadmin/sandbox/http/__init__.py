"""The sandbox's side of the wire: the server, requests and answers."""

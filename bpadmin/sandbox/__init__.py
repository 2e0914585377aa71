"""A simulated Bright Pattern tenant over real HTTP, for the demo and for tests.

It is a stranger to `bpadmin.platforms`: it was written from the same document but shares no code with the client, so
that a mistake made on one side shows on the other. Parts: `wire` (HTTP), `routes` (the 34 methods), `handlers` (what
each method checks and answers), `state` (what the tenant holds), `control` (the private prefix), `faults`, `seeds`.
"""

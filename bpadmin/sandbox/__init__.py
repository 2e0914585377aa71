"""A simulated Bright Pattern tenant over real HTTP, and older and other APIs beside it, for the demo and for tests.

It is a stranger to `bpadmin.platforms`: it was written from the same documents but shares no code with the clients, so
that a mistake made on one side shows on the other. Parts: `wire` (HTTP), `apis` (which API a request is for), `routes`
(the 34 methods of v3), `handlers` (what each method checks and answers), `state` (what the tenant holds), `control`
(the private prefix), `faults`, `seeding`. Other APIs are packages with the same parts: `older` (Bright Pattern by
name), `jtel`, `conpeek`.
"""

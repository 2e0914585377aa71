"""A jtel dialler below /rest/v1.0/{ClientsID}/dialler/, for one client with one token.

Parts: `routes` (the methods), `api` (token, errors), `handlers` (what each method checks and answers), `state` (what
the dialler holds), `fields` (the full sets of fields), `control` (the private prefix), `seed`.
"""

"""Bright Pattern's older APIs, which go by names instead of ids: v2 below /configapi/v2/, v1 below /admin/ws/t/.

They stand on the same lists, campaigns and DNC lists as v3. Parts: `routes` (the methods), `api` (signing in, errors),
`v2` and `v1` (what each method checks and answers), `digest` (v1's way of signing in).
"""

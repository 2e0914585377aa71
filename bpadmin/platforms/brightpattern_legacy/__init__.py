"""Client of Bright Pattern's two older APIs, which know lists and campaigns by their names.

v2 stands below /configapi/v2 and hands out tokens as v3 does; v1 below /admin/ws/t/<tenant> wants HTTP Digest. Records,
results and tokens come in the shapes that v3 still has, so they are read by v3's readers.
"""

"""`python -m bpadmin.sandbox`: the tenant without Django's command line."""

from .server import main

main()

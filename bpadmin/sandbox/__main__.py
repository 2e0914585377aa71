"""`python -m bpadmin.sandbox`: the tenant without Django's command line."""

from bpadmin.sandbox.http.server import main

main()

"""Chaos: the product as processes against a simulated tenant, while something dies, hangs, lies or is pressed.

    python -m bench.chaos [--list] [--only NAME] [--stack embedded|operator|all] [--short] [--runs N] [--out FILE.md]

Every scene does one thing to a running bpadmin and then compares, row by row, the file that was uploaded, the job's
numbers, the file of rejected rows and what the tenant holds. See `scene.py` for what a scene may do, `judge.py` for
what counts as lost, twice and miscounted.
"""

"""Mutation testing of the modules that hold the promise: which lines can be changed without a test failing.

    python -m bench.mutation [--mutants 600] [--seed 1] [--processes 2] [--minutes 60] [--only dnc/] [tests/dnc …]

Mutants are made by cosmic-ray's operators, drawn by a seed over the places that can be changed, and each is tried on
the tests that run its line, in a copy of the tree. cosmic-ray's own runner has one test command for all mutants, and
mutmut leaves out decorated functions and everything outside of functions (our SQL), draws no sample and shares one test
database between its processes; hence this thin driver.

What survives stands in var/mutation/survivors.txt, everything in var/mutation/results.jsonl.
"""

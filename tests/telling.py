"""Which cases of a long matrix run every time; the rest run with the slow tests, and none is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def telling(cases: Sequence[Any], *kept: Any) -> list[Any]:
    """Return the cases of a matrix, those that are not `kept` marked as slow."""
    return [case if case in kept else pytest.param(case, marks=pytest.mark.slow) for case in cases]

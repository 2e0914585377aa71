"""What the oldest API signs its callers in with: numbers that are given out, live for minutes and count their uses."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

NONCE_LIFE_MS = 300 * 1000


@dataclass(slots=True)
class Nonces:
    """Nonces that were given out: nonce -> (end of life in milliseconds, the counts it was used with)."""

    issued: dict[str, tuple[int, set[int]]] = field(default_factory=dict)
    _random: random.Random = field(default_factory=lambda: random.Random(16), repr=False)  # noqa: S311

    def issue(self, now: int) -> str:
        """Return a new nonce; those whose life is over are forgotten."""
        self.issued = {nonce: use for nonce, use in self.issued.items() if use[0] > now}
        nonce = f"{self._random.getrandbits(128):032x}"
        self.issued[nonce] = (now + NONCE_LIFE_MS, set())
        return nonce

    def use(self, nonce: str, count: int, now: int) -> bool:
        """Use a nonce with a count; False when it is unknown or too old, or was used with this count before."""
        end, counts = self.issued.get(nonce, (0, set()))
        if end <= now or count in counts:
            return False
        counts.add(count)
        return True

    def revoke(self) -> None:
        """Forget all nonces."""
        self.issued.clear()

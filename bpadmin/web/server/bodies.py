"""What people send with a request, read as it arrives, for at most as long as an honest sender needs."""

from __future__ import annotations

import asyncio
import io
import time
from concurrent.futures import TimeoutError as NotReadyYet
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# What a stranger may send: a sign-in form is a few hundred bytes. Taken in whole before a thread looks at the request.
FORM_BYTES = 16 * 1024
FORM_SECONDS = 10.0
# Where passwords are hashed: forms, by threads of their own (`application`), and nothing longer.
SIGN_IN_PATHS = ("/sign-in/", "/password/", "/confirm/", "/invitation/")
# Somebody whose line stands still for this long is given up, and so is one slower than this over the whole body.
PATIENCE_SECONDS = 20.0
LEAST_RATE = 4 * 1024
# How often a thread that waits for a body looks whether the server stops.
LOOK_SECONDS = 1.0


class BodyLate(OSError):
    """The body came too slowly."""


class BodyBroken(OSError):
    """The sender went away before the end."""


async def body_collect(proto: Any, length: int) -> bytes:
    """Take in a short body whole. TimeoutError when it is not there in FORM_SECONDS, BodyBroken when it ends early."""
    found = bytearray()
    async with asyncio.timeout(FORM_SECONDS):
        async for part in proto:
            found += part
    if len(found) != length:
        raise BodyBroken(f"{len(found)} of {length} bytes came")
    return bytes(found)


class BodyStream(io.RawIOBase):
    """A long body for the thread of a view: each read waits for what comes next, and no byte of it is fetched before.

    Only waiting for the sender counts as time: a view that is slow itself (its disk, its bucket) takes nothing away
    from them. Reading raises BodyLate and BodyBroken, which Django makes an unreadable request of.
    """

    def __init__(self, proto: Any, length: int, loop: asyncio.AbstractEventLoop) -> None:
        self.length = length
        self.received = 0
        self.waited = 0.0
        self.is_late = False
        self.is_given_up = False
        self._loop = loop
        self._proto = proto
        self._parts: Any = None
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill what is there, as much of it as has come; 0 at the end."""
        if not self._left and self.received < self.length:
            self._left = memoryview(self._next())
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._left))
        view[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def _next(self) -> bytes:
        """Wait for the next part; never an empty one."""
        if self.is_late or self.is_given_up:
            raise BodyLate("the body came too slowly")
        allowed = PATIENCE_SECONDS + self.received / LEAST_RATE - self.waited
        began = time.monotonic()
        until = began + min(PATIENCE_SECONDS, allowed)
        asked = asyncio.run_coroutine_threadsafe(self._ask(), self._loop)
        try:
            while True:
                try:
                    part = asked.result(timeout=max(0.0, min(LOOK_SECONDS, until - time.monotonic())))
                    break
                except NotReadyYet:
                    if time.monotonic() >= until or self.is_given_up:
                        asked.cancel()
                        self.is_late = True
                        raise BodyLate("the body came too slowly") from None
        finally:
            self.waited += time.monotonic() - began
        if not part:
            raise BodyBroken(f"{self.received} of {self.length} bytes came")
        self.received += len(part)
        return part

    async def _ask(self) -> bytes:
        """Ask the server for the next part; b"" at the end, and where the sender went away."""
        if self._parts is None:
            self._parts = aiter(self._proto)
        return bytes(await anext(self._parts, b""))

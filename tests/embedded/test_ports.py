"""Which port it listens on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from bpadmin.embedded.ports import PortRefused, is_free, port_choose


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_that_somebody_asked_for_and_cannot_have_is_refused_in_words(taken: int) -> None:
    with pytest.raises(PortRefused, match=f"Port {taken} on 127.0.0.1 is taken .*BPADMIN_PORT"):
        port_choose("127.0.0.1", taken, variable="BPADMIN_PORT", is_asked_for=True)


def test_the_usual_port_gives_way_to_the_next_free_one(taken: int) -> None:
    port = port_choose("127.0.0.1", taken, variable="BPADMIN_PORT", is_asked_for=False)
    assert taken < port < taken + 20


def test_a_free_port_is_taken_as_it_is(taken: int) -> None:
    port = port_choose("127.0.0.1", taken, variable="BPADMIN_PORT", is_asked_for=False)
    assert is_free("127.0.0.1", port)
    assert port_choose("127.0.0.1", port, variable="BPADMIN_PORT", is_asked_for=True) == port
